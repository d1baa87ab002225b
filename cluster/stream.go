package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What a stream's metadata say of it.
const (
	metaFormat     = "sessiondex.format"
	metaPartitions = "sessiondex.partitions"
	metaRestoring  = "sessiondex.restoring"
	format         = "1"
)

// duplicateWindow is for how long the servers know a message that is sent again.
const duplicateWindow = 2 * time.Minute

// Ensured says what Ensure found or made.
type Ensured struct {
	// Created says that the stream was not there.
	Created bool
	// Warnings are what an operator should think about, such as a stream on fewer than
	// three servers, or servers that do not force each write to the device.
	Warnings []string
}

// Ensure creates the stream, or looks whether the one that is there is what nodes need:
// a StreamError lists every difference. It changes no stream that is there. Open does the
// same; programs need Ensure to see its warnings, or to make the stream beforehand. While
// the servers have no leader, or too few of them are up for the replicas, it waits until the
// context ends; its error is then the context's and the servers'.
func Ensure(ctx context.Context, nc *nats.Conn, opts *Options) (Ensured, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return Ensured{}, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return Ensured{}, err
	}
	return o.ensure(ctx, nc, js)
}

// ensure is Ensure. While the servers are not ready it tries again.
func (o *Options) ensure(ctx context.Context, nc *nats.Conn, js jetstream.JetStream) (Ensured, error) {
	for {
		report, err := o.ensureOnce(ctx, nc, js)
		if err == nil || !again(err) || ctx.Err() != nil {
			return report, err
		}
		select {
		case <-time.After(resendMost):
		case <-ctx.Done():
			return report, errors.Join(ctx.Err(), err)
		}
	}
}

// attempt bounds a request by what an answer takes: one that was lost, with a leader maybe,
// is not waited for until the context ends.
func attempt(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, attemptTime)
}

func (o *Options) ensureOnce(ctx context.Context, nc *nats.Conn, js jetstream.JetStream) (report Ensured, err error) {
	ctx, cancel := attempt(ctx)
	defer cancel()
	stream, err := js.Stream(ctx, o.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, o.streamConfig())
		if report.Created = err == nil; errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			stream, err = js.Stream(ctx, o.Stream) // another node was first
		}
	}
	if err != nil {
		return report, fmt.Errorf("cluster: stream %s: %w", o.Stream, err)
	}
	info := stream.CachedInfo()
	if d := o.differences(&info.Config); len(d) > 0 {
		return report, &StreamError{o.Stream, d}
	}
	if n := info.Config.Replicas; n < 3 {
		report.Warnings = append(report.Warnings, fmt.Sprintf("stream %s is on %d of the servers; a write survives the loss of one only if there are at least 3", o.Stream, n))
	}
	if n := info.Config.Replicas; !report.Created && n != o.Replicas {
		report.Warnings = append(report.Warnings, fmt.Sprintf("stream %s has %d replicas, the options say %d", o.Stream, n, o.Replicas))
	}
	report.Warnings = append(report.Warnings, syncWarnings(ctx, nc)...)
	return report, nil
}

// streamConfig is the stream that nodes need: the last message of each subject, atomic
// batches, and nothing that takes messages away behind their backs.
func (o *Options) streamConfig() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               o.Stream,
		Description:        "sessions, one subject each",
		Subjects:           []string{o.subjects().all()},
		Retention:          jetstream.LimitsPolicy,
		MaxMsgs:            -1,
		MaxBytes:           -1,
		MaxMsgSize:         -1,
		MaxConsumers:       -1,
		MaxMsgsPerSubject:  1,
		Discard:            jetstream.DiscardNew,
		Storage:            jetstream.FileStorage,
		Replicas:           o.Replicas,
		Duplicates:         duplicateWindow,
		DenyDelete:         true,
		DenyPurge:          !o.knobs.allowPurge,
		AllowMsgTTL:        true,
		AllowAtomicPublish: true,
		Metadata:           map[string]string{metaFormat: format, metaPartitions: strconv.Itoa(o.PartitionCount)},
	}
}

// differences lists what makes a stream unfit.
func (o *Options) differences(c *jetstream.StreamConfig) []string {
	want := o.streamConfig()
	var out []string
	compare := func(name string, is, should any) {
		if is != should {
			out = append(out, fmt.Sprintf("%s is %v, must be %v", name, is, should))
		}
	}
	if !slices.Equal(c.Subjects, want.Subjects) {
		out = append(out, fmt.Sprintf("subjects are %q, must be %q", c.Subjects, want.Subjects))
	}
	compare("format (metadata "+metaFormat+")", c.Metadata[metaFormat], want.Metadata[metaFormat])
	compare("number of partitions (metadata "+metaPartitions+")", c.Metadata[metaPartitions], want.Metadata[metaPartitions])
	compare("retention", c.Retention, want.Retention)
	compare("max_msgs_per_subject", c.MaxMsgsPerSubject, want.MaxMsgsPerSubject)
	compare("max_age", c.MaxAge, want.MaxAge)
	compare("max_msgs", c.MaxMsgs, want.MaxMsgs)
	compare("discard", c.Discard, want.Discard)
	compare("deny_delete", c.DenyDelete, want.DenyDelete)
	compare("deny_purge", c.DenyPurge, want.DenyPurge)
	compare("allow_rollup_hdrs", c.AllowRollup, want.AllowRollup)
	compare("allow_msg_ttl", c.AllowMsgTTL, want.AllowMsgTTL)
	compare("allow_atomic", c.AllowAtomicPublish, want.AllowAtomicPublish)
	compare("sealed", c.Sealed, false)
	if c.Mirror != nil || len(c.Sources) > 0 {
		out = append(out, "it mirrors or sources other streams, must not")
	}
	if c.Duplicates < want.Duplicates {
		out = append(out, fmt.Sprintf("duplicate_window is %v, must be at least %v", c.Duplicates, want.Duplicates))
	}
	return out
}

// syncWarnings says whether a loss of power may lose acknowledged writes. Servers tell only
// those who may ask for their state; who may not is told so.
func syncWarnings(ctx context.Context, nc *nats.Conn) []string {
	const lazy = "a loss of power of several servers at a time can lose acknowledged writes (jetstream { sync_interval: always } forces each write to the device)"
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	reply, err := nc.RequestWithContext(ctx, "$SYS.REQ.SERVER.PING.JSZ", []byte(`{"config":true}`))
	var answer struct {
		Data struct {
			Config struct {
				SyncAlways   bool          `json:"sync_always"`
				SyncInterval time.Duration `json:"sync_interval"`
			} `json:"config"`
		} `json:"data"`
	}
	if err == nil {
		err = json.Unmarshal(reply.Data, &answer)
	}
	switch c := answer.Data.Config; {
	case err != nil:
		return []string{"whether servers force each write to the device can't be seen with these credentials; unless they do, " + lazy}
	case !c.SyncAlways:
		return []string{fmt.Sprintf("servers force writes to the device every %v: ", c.SyncInterval) + lazy}
	}
	return nil
}
