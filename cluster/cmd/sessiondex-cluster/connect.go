package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex/cluster"
)

// connection are the flags that say which stream of which servers.
type connection struct {
	url, creds string
	partitions string
	options    cluster.Options
}

func (c *connection) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.url, "nats", cmp.Or(os.Getenv("NATS_URL"), nats.DefaultURL), "the servers, comma-separated; also from NATS_URL")
	f.StringVar(&c.creds, "creds", "", "a `file` with credentials for the servers")
	f.StringVar(&c.options.Stream, "stream", cluster.DefaultStream, "the stream's `name`")
	f.IntVar(&c.options.Replicas, "replicas", cluster.DefaultReplicas, "on how many servers the stream is kept, if it is made")
	f.IntVar(&c.options.PartitionCount, "partition-count", 1, "into how `many` partitions workspaces are divided; fixed once the stream is made")
}

// addNode adds the flags of nodes.
func (c *connection) addNode(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.partitions, "partitions", "", "the partitions that this node holds, as in 0,2,8-15 (default: all)")
	f.DurationVar(&c.options.TombstoneTTL, "tombstone-ttl", cluster.DefaultTombstoneTTL, "for how `long` the stream remembers deletions")
	f.DurationVar(&c.options.MaxLag, "max-lag", 0, "refuse reads if the node has not had everything for so `long` (default: never)")
	f.StringVar(&c.options.Name, "name", "", "the node's `name`, one of its own (default: made up)")
}

// connect connects, and goes on trying for as long as the program runs.
func (c *connection) connect(log *slog.Logger) (*nats.Conn, error) {
	var err error
	if c.options.Partitions, err = parsePartitions(c.partitions); err != nil {
		return nil, usageError{fmt.Errorf("--partitions: %w", err)}
	}
	c.options.Logger = log
	options := []nats.Option{
		nats.Name("sessiondex-cluster"), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond),
		// A server that hangs is left within seconds.
		nats.PingInterval(2 * time.Second), nats.MaxPingsOutstanding(2),
	}
	if c.creds != "" {
		options = append(options, nats.UserCredentials(c.creds))
	}
	nc, err := nats.Connect(c.url, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", c.url, err)
	}
	return nc, nil
}

// parsePartitions reads "0,2,8-15".
func parsePartitions(text string) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		a, err := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || a < 0 || b < a || b > cluster.MaxPartitions {
			return nil, fmt.Errorf("%q is neither a partition nor a range of them", part)
		}
		for p := a; p <= b; p++ {
			out = append(out, p)
		}
	}
	return out, nil
}
