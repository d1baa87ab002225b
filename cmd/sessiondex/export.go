package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newExport(std stdio) *cobra.Command {
	flags := newFlags("Where the sessions are")
	db := flags.String("db", "", "database `file`")
	return withFlags(&cobra.Command{
		Use:     "export --db FILE > FILE.jsonl",
		Short:   "Write all sessions of a database as JSON Lines",
		Example: "  sessiondex export --db demo.db | gzip > sessions.jsonl.gz",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runExport(cmd.Context(), *db, std) },
	}, flags)
}

func runExport(ctx context.Context, db string, std stdio) error {
	if db == "" {
		return usageError{"--db is missing: the database file"}
	}
	e, err := openDB(ctx, db, &sessiondex.Options{ReadOnly: true, ScanTitles: true})
	if err != nil {
		return err
	}
	defer e.Close()
	return sessiondex.WriteJSONL(jsonWriter(std.out), e.All(ctx, everything))
}
