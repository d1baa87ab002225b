package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex/cluster"
)

func newStatus(std stdio) *cobra.Command {
	var c connection
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Say how the stream is, and which nodes follow it",
		Args:  exactly(0, ""),
		RunE:  func(cmd *cobra.Command, _ []string) error { return status(cmd.Context(), &c, std) },
	}
	c.add(cmd)
	return cmd
}

func status(ctx context.Context, c *connection, std stdio) error {
	nc, err := c.connect(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	s, err := cluster.Inspect(ctx, nc, &c.options)
	if err != nil {
		return err
	}
	return printStatus(std.out, &s)
}

func printStatus(w io.Writer, s *cluster.StreamStatus) error {
	var b strings.Builder
	fmt.Fprintf(&b, "stream     %s, made %s\n", s.Stream, s.Created.Local().Format(time.DateTime))
	fmt.Fprintf(&b, "messages   %d in %d bytes, the last is %d\n", s.Messages, s.Bytes, s.Last)
	fmt.Fprintf(&b, "partitions %s\n", s.Partitions)
	fmt.Fprintf(&b, "servers    %d, led by %s\n", s.Replicas, cmp.Or(s.Leader, "the only one"))
	if len(s.Behind) > 0 {
		fmt.Fprintf(&b, "behind     %s\n", strings.Join(s.Behind, ", "))
	}
	if s.Restoring {
		fmt.Fprintf(&b, "restoring: nodes wait until it is complete\n")
	}
	schemas := map[string]bool{}
	for _, n := range s.Nodes {
		fmt.Fprintf(&b, "node       %s, fields %s, seen %v ago\n", n.Name, n.Schema, time.Since(n.Seen).Round(time.Second))
		schemas[n.Schema] = true
	}
	if len(schemas) > 1 {
		fmt.Fprintf(&b, "warning: nodes declare different fields\n")
	}
	for _, text := range s.Differences {
		fmt.Fprintf(&b, "unfit: %s\n", text)
	}
	for _, text := range s.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
