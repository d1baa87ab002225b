package cluster

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

// What options mean that are not set.
const (
	DefaultStream       = "SESSIONS"
	DefaultReplicas     = 3
	DefaultTombstoneTTL = 7 * 24 * time.Hour
)

// MaxPartitions is how many partitions a stream can be divided into.
const MaxPartitions = 4096

// Options configure a node, a stream or a fleet. A zero field means its default, and a nil
// *Options all defaults. They are copied.
type Options struct {
	// Stream is the name of the stream; its subjects begin with the same name. Letters,
	// digits, '-' and '_'. Default DefaultStream.
	Stream string
	// Replicas is on how many servers the stream is kept, when it is created. Default
	// DefaultReplicas.
	Replicas int
	// Partitions are those that the node holds. Default all.
	Partitions []int
	// PartitionCount is into how many partitions the workspaces are divided; it is fixed
	// for the stream's life. Default 1.
	PartitionCount int
	// TombstoneTTL is how long a deletion is remembered by the stream, in whole seconds.
	// A node that was away for longer reads the whole stream again. Default
	// DefaultTombstoneTTL.
	TombstoneTTL time.Duration
	// MaxLag is how long ago a node may last have had everything for Node.Reader to
	// answer: past it, reads fail with ErrStale. The node asks the stream three times in
	// that time. Default 0: reads are answered always.
	MaxLag time.Duration
	// Name tells the node apart in logs and in the Status of others: letters, digits,
	// '-' and '_'. It must be a node's own. Default: made up.
	Name string
	// Logger gets what an operator should know. Default slog.Default().
	Logger *slog.Logger

	knobs knobs
}

// knobs switch off single remedies, for the tests that show what each is for.
type knobs struct {
	tornBatches  bool // show a batch before its end has come
	ignoreHoles  bool // publish over holes
	onlyHalfSeen bool // of the holes, mind only those in a batch that was seen in part
	noIdentity   bool // follow a stream without looking whether it is the one from before
	trustLast    bool // be caught up when the last sequence is reached that the stream tells
	trustPending bool // be caught up when the consumer says that nothing is pending
	allowPurge   bool // make streams that can be purged
	oneConflict  bool // know one of the two codes of conflicts
	readOnce     bool // let a reading that breaks off be the last

	ahead int        // how many messages are asked for ahead
	slow  func()     // called for each message that is taken in
	lag   func(*tap) // puts itself between a tap and its reader
	// marked is called with messages whose sequence was not told, but that of a later mark.
	marked func(msgs []*nats.Msg)
}

// withDefaults returns a copy with the defaults filled in, or every fault.
func (o *Options) withDefaults() (Options, error) {
	var out Options
	if o != nil {
		out = *o
	}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if out.Stream == "" {
		out.Stream = DefaultStream
	}
	if !isPlain(out.Stream) || len(out.Stream) > 128 {
		fault("option Stream must be at most 128 letters, digits, '-' and '_', got %q", out.Stream)
	}
	if out.Name == "" {
		out.Name = nuid.Next()
	}
	if !isPlain(out.Name) || len(out.Name) > 128 {
		fault("option Name must be at most 128 letters, digits, '-' and '_', got %q", out.Name)
	}
	if out.Replicas == 0 {
		out.Replicas = DefaultReplicas
	}
	if out.Replicas < 1 || out.Replicas > 5 {
		fault("option Replicas must be from 1 to 5, got %d", out.Replicas)
	}
	if out.PartitionCount == 0 {
		out.PartitionCount = 1
	}
	if out.PartitionCount < 1 || out.PartitionCount > MaxPartitions {
		fault("option PartitionCount must be from 1 to %d, got %d", MaxPartitions, out.PartitionCount)
	} else {
		out.Partitions = out.held(fault)
	}
	if out.TombstoneTTL == 0 {
		out.TombstoneTTL = DefaultTombstoneTTL
	}
	if out.TombstoneTTL < time.Second || out.TombstoneTTL%time.Second != 0 {
		fault("option TombstoneTTL must be whole seconds, at least one, got %v", out.TombstoneTTL)
	}
	if out.MaxLag != 0 && out.MaxLag < 100*time.Millisecond {
		fault("option MaxLag must be 0 or at least 100ms, got %v", out.MaxLag)
	}
	if out.Logger == nil {
		out.Logger = slog.Default()
	}
	if len(faults) > 0 {
		return out, fmt.Errorf("cluster: invalid options: %w", errors.Join(faults...))
	}
	return out, nil
}

// held returns the partitions of the node, sorted.
func (o *Options) held(fault func(format string, args ...any)) []int {
	var out []int
	if len(o.Partitions) == 0 {
		for p := range o.PartitionCount {
			out = append(out, p)
		}
		return out
	}
	for i, p := range o.Partitions {
		switch {
		case p < 0 || p >= o.PartitionCount:
			fault("option Partitions[%d] must be from 0 to %d, got %d", i, o.PartitionCount-1, p)
		case slices.Contains(out, p):
			fault("option Partitions[%d] is there twice, got %d", i, p)
		default:
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// holds reports whether the node holds a partition.
func (o *Options) holds(p int) bool {
	_, found := slices.BinarySearch(o.Partitions, p)
	return found
}

// isPlain reports whether a name can be part of a subject as it is.
func isPlain(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	})
}
