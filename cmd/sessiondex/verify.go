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
	var fields fieldFlags
	fields.add(flags)
	return withFlags(&cobra.Command{
		Use:   "verify --db FILE [flags]",
		Short: "Check a database, every record and index, those of declared fields too",
		RunE:  func(cmd *cobra.Command, _ []string) error { return runVerify(cmd.Context(), *db, &fields, std) },
	}, flags)
}

func runVerify(ctx context.Context, db string, fields *fieldFlags, std stdio) error {
	if db == "" {
		return usageError{"--db is missing: the database file"}
	}
	if _, err := fields.schema(); err != nil {
		return err
	}
	e, err := openDB(ctx, db, fields.options(sessiondex.Options{ReadOnly: true}))
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.Verify(ctx); err != nil {
		return fmt.Errorf("%s: %w", db, err)
	}
	fmt.Fprintf(std.out, "%s: ok, %s\n", db, counted(e.Len(), "session"))
	return nil
}
