package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/cluster"
)

func newRestore(std stdio) *cobra.Command {
	var c connection
	var db string
	cmd := &cobra.Command{
		Use:   "restore --db FILE [flags]",
		Short: "Make a new stream of the file of a node",
		Long: "Make a new stream of the file of a node that has all partitions, where the servers have lost theirs.\n" +
			"Nodes that are running go on showing what they have, and take the new stream over when it is complete. The node of the file must not be running; a copy of its file will do.",
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if db == "" {
				return usageError{errors.New("--db is missing: the node's file")}
			}
			return restore(cmd.Context(), &c, db, std)
		},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&db, "db", "", "the node's `file`")
	return cmd
}

func restore(ctx context.Context, c *connection, db string, std stdio) (err error) {
	engine, err := sessiondex.Open(db, &sessiondex.Options{ReadOnly: true, ScanTitles: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	nc, err := c.connect(slog.New(slog.NewTextHandler(std.err, nil)))
	if err != nil {
		return err
	}
	defer nc.Close()
	n, err := cluster.Restore(ctx, nc, engine, &c.options)
	fmt.Fprintf(std.err, "%d of %d sessions are in the stream\n", n, engine.Len())
	return err
}
