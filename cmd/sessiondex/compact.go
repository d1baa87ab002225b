package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newCompact(std stdio) *cobra.Command {
	flags := newFlags("Where the sessions are")
	db := flags.String("db", "", "database `file`")
	return withFlags(&cobra.Command{
		Use:   "compact --db FILE",
		Short: "Give back the room in a database that deleted sessions left",
		RunE:  func(cmd *cobra.Command, _ []string) error { return runCompact(cmd.Context(), *db, std) },
	}, flags)
}

func runCompact(ctx context.Context, db string, std stdio) error {
	if db == "" {
		return usageError{"--db is missing: the database file"}
	}
	before, err := os.Stat(db)
	if err != nil {
		return err
	}
	e, err := openDB(ctx, db, &sessiondex.Options{ScanTitles: true})
	if err != nil {
		return err
	}
	if err := errors.Join(e.Compact(ctx), e.Close()); err != nil {
		return fmt.Errorf("%s: %w", db, err)
	}
	after, err := os.Stat(db)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%s: %s bytes, %s before\n", db, thousands(int(after.Size())), thousands(int(before.Size())))
	return nil
}
