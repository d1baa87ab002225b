package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newVerify(std stdio) *cobra.Command {
	flags := newFlags("Where the sessions are")
	db := flags.String("db", "", "database `file`")
	return withFlags(&cobra.Command{
		Use:   "verify --db FILE",
		Short: "Check a database, every record and index",
		RunE:  func(cmd *cobra.Command, _ []string) error { return runVerify(cmd.Context(), *db, std) },
	}, flags)
}

func runVerify(ctx context.Context, db string, std stdio) error {
	if db == "" {
		return usageError{"--db is missing: the database file"}
	}
	e, err := openDB(ctx, db, &sessiondex.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.Verify(ctx); err != nil {
		return fmt.Errorf("%s: %w", db, err)
	}
	fmt.Fprintf(std.out, "%s: ok, %s sessions\n", db, thousands(e.Len()))
	return nil
}
