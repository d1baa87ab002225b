package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newCompact(std stdio) *cobra.Command {
	var t target
	return withFlags(&cobra.Command{
		Use:     "compact {--db FILE | --url URL}",
		Short:   "Give back the room in a database that deleted sessions left",
		Long:    "Give back the room in a database that deleted sessions left: of a file, or of a server's, by a key that sees and writes everything. Readers go on meanwhile.",
		Example: "  sessiondex compact --db demo.db\n  sessiondex compact --url http://127.0.0.1:8080",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runCompact(cmd.Context(), &t, std) },
	}, t.group())
}

func runCompact(ctx context.Context, t *target, std stdio) error {
	if err := t.check(); err != nil {
		return err
	}
	var done compacted
	err := t.use(ctx, new(fieldFlags), func(e *sessiondex.Engine) (err error) {
		done, err = compactDB(ctx, e, t.db)
		return err
	}, func(s *server) (err error) {
		done, err = s.compact(ctx)
		return err
	})
	if err != nil {
		return err
	}
	name := t.db
	if name == "" {
		name = t.server.url
	}
	fmt.Fprintf(std.err, "%s: %s bytes, %s before\n", name, thousands(int(done.After)), thousands(int(done.Before)))
	return nil
}
