package main

import (
	"context"

	"github.com/sessiondex/sessiondex"
)

func runExport(ctx context.Context, args []string, std stdio) error {
	fs := newFlags("export", "--db FILE > FILE.jsonl", std)
	db := fs.String("db", "", "database `file`")
	if err := parseFlags(fs, args, 0); err != nil {
		return err
	}
	if *db == "" {
		return usageError{"--db is missing: the database file"}
	}
	e, err := openDB(ctx, *db, &sessiondex.Options{ReadOnly: true, ScanTitles: true})
	if err != nil {
		return err
	}
	defer e.Close()
	return sessiondex.WriteJSONL(jsonWriter(std.out), e.All(ctx, everything))
}
