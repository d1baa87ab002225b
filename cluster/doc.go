// Package cluster gives many instances one list. All follow a stream of NATS JetStream,
// and each lists from its own memory, in microseconds, like any engine.
//
//	nc, _ := nats.Connect("nats://n1,nats://n2,nats://n3")
//	engine, _ := sessiondex.Open("node.db", nil) // or New: then a restart reads the stream
//	node, err := cluster.Open(ctx, nc, engine, nil) // returns caught up
//	…
//	seq, err := node.Put(ctx, session)           // on a majority of the servers, and visible here
//	page, err := node.Reader().List(ctx, query.Query{})
//
// The stream has one subject for each session and keeps its last message, the session's
// JSON. Membership, replication, elections and the routing of requests are those of NATS;
// a [Node] is one writer that follows a log and remembers its position in the transaction
// that applies it. The package's README has the guarantees, what failures look like, sizes
// and operations.
//
// # Guarantees
//
//  1. A Put that has returned was committed by a majority of the stream's servers. It
//     survives kill -9 of any one of them, and loss of power of one; a loss of power of
//     several at a time only where servers force each write to the device (sync_interval:
//     always).
//  2. Every version that a node shows is the state after a prefix of the stream: never a
//     part of a batch, never a later change without an earlier one.
//  3. A node's versions only move forward, across kill -9 too if its engine is in a file.
//     A stream that was replaced by another begins a new history.
//  4. A write is visible on the node that made it, and elsewhere after [Node.Wait].
//  5. [Node.Sync] is linearizable: what was acknowledged before the call is visible after.
//  6. Without a majority writes fail when their context ends, as [ErrUncertain], and reads
//     go on, stale: [Node.Status] says how stale, and [Options].MaxLag refuses them.
//  7. Nothing is promised across partitions: a batch lies in one, and a [Fleet] answers
//     from a version of each.
//
// # Identity
//
// An id belongs to one workspace at a time. A Put of a session that is here in another
// workspace moves it, in one step, if both are in one partition; else it is refused
// ([SpansError]): delete it first. If two nodes put one id in two workspaces of a partition
// at the same moment, the later write counts everywhere, and the earlier session is
// withdrawn. Sessions of one id in two partitions are two sessions: a Fleet lists both, and
// its Get returns the one that was updated last.
package cluster
