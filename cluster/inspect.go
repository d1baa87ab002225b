package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// StreamStatus is what a stream says of itself and of the nodes that follow it.
type StreamStatus struct {
	Stream   string
	Created  time.Time
	Messages uint64 // sessions, tombstones and a message of each node
	Bytes    uint64
	Last     Seq
	Replicas int
	// Leader is the server that orders the writes, "" if there is none at the moment, and
	// Behind are the servers that have not everything yet.
	Leader string
	Behind []string
	// Partitions is their number.
	Partitions string
	// Restoring says that Restore is filling it, or was broken off.
	Restoring bool
	// Differences are what makes it unfit for nodes with these options.
	Differences []string
	Warnings    []string
	Nodes       []NodeStatus
}

// NodeStatus is what a node has last said of itself.
type NodeStatus struct {
	Name   string
	Schema string // a digest of the declared fields: those of nodes should be the same
	Seen   time.Time
}

// Inspect asks the servers about a stream, which it does not create. Nodes are those that
// have said something in the last quarter of an hour or so.
func Inspect(ctx context.Context, nc *nats.Conn, opts *Options) (StreamStatus, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return StreamStatus{}, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return StreamStatus{}, err
	}
	stream, err := js.Stream(ctx, o.Stream)
	if err != nil {
		return StreamStatus{}, fmt.Errorf("cluster: stream %s: %w", o.Stream, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(o.subjects().sync("*")))
	if err != nil {
		return StreamStatus{}, fmt.Errorf("cluster: stream %s: %w", o.Stream, err)
	}
	out := StreamStatus{
		Stream: o.Stream, Created: info.Created, Messages: info.State.Msgs, Bytes: info.State.Bytes, Last: Seq(info.State.LastSeq), Replicas: info.Config.Replicas,
		Partitions: info.Config.Metadata[metaPartitions], Restoring: info.Config.Metadata[metaRestoring] != "", Differences: o.differences(&info.Config),
		Warnings: syncWarnings(ctx, nc),
	}
	if c := info.Cluster; c != nil {
		out.Leader = c.Leader
		for _, peer := range c.Replicas {
			if !peer.Current || peer.Offline {
				out.Behind = append(out.Behind, peer.Name)
			}
		}
	}
	for subject := range info.State.Subjects {
		m, err := stream.GetLastMsgForSubject(ctx, subject)
		if err != nil {
			continue // forgotten meanwhile
		}
		var g greeting
		if json.Unmarshal(m.Data, &g) == nil && !g.Bye {
			out.Nodes = append(out.Nodes, NodeStatus{strings.TrimPrefix(subject, o.subjects().sync("")), g.Schema, m.Time})
		}
	}
	slices.SortFunc(out.Nodes, func(a, b NodeStatus) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
