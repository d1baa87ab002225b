package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newExport(std stdio) *cobra.Command {
	flags := newFlags("Where the sessions are")
	db := flags.String("db", "", "database `file`")
	what := newFlags("What is written")
	format := what.String("format", "jsonl", "`how`: jsonl, which import reads, or csv, without the members that are not indexed")
	cmd := withFlags(&cobra.Command{
		Use:     "export --db FILE > FILE.jsonl",
		Short:   "Write all sessions of a database, oldest first",
		Example: "  sessiondex export --db demo.db | gzip > sessions.jsonl.gz",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runExport(cmd.Context(), *db, *format, std) },
	}, flags, what)
	oneOf(cmd, "format", "jsonl", "csv")
	return cmd
}

func runExport(ctx context.Context, db, format string, std stdio) error {
	if format != "jsonl" && format != "csv" {
		return usageError{fmt.Sprintf("format: Input should be 'jsonl' or 'csv' (got %q)", format)}
	}
	if db == "" {
		return usageError{"--db is missing: the database file"}
	}
	e, err := openDB(ctx, db, &sessiondex.Options{ReadOnly: true, ScanTitles: true})
	if err != nil {
		return err
	}
	defer e.Close()
	if format == "csv" {
		return writeCSV(std.out, columns, e.All(ctx, everything))
	}
	return sessiondex.WriteJSONL(jsonWriter(std.out), e.All(ctx, everything))
}
