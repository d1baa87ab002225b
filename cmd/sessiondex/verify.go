package main

import (
	"context"
	"fmt"

	"github.com/sessiondex/sessiondex"
)

func runVerify(ctx context.Context, args []string, std stdio) error {
	fs := newFlags("verify", "--db FILE", std)
	db := fs.String("db", "", "database `file`")
	if err := parseFlags(fs, args, 0); err != nil {
		return err
	}
	if *db == "" {
		return usageError{"--db is missing: the database file"}
	}
	e, err := openDB(ctx, *db, &sessiondex.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer e.Close()
	if err := e.Verify(ctx); err != nil {
		return fmt.Errorf("%s: %w", *db, err)
	}
	fmt.Fprintf(std.out, "%s: ok, %s sessions\n", *db, thousands(e.Len()))
	return nil
}
