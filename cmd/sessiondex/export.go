package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// export is what the export command is asked for.
type export struct {
	db     string
	server serverFlags
	fields fieldFlags
	params *queryFlags
	format string
	std    stdio
}

func newExport(std stdio) *cobra.Command {
	x := &export{std: std}
	cmd := &cobra.Command{
		Use:   "export {--db FILE | --url URL} [flags] > FILE.jsonl",
		Short: "Write all sessions of a database or a server, oldest first",
		Long: "Write all sessions of a database or a server, oldest first, or those that meet conditions. Sub-sessions, task runs and " +
			"sessions with hidden flags are among them.",
		Example: "  sessiondex export --db demo.db | gzip > sessions.jsonl.gz\n  sessiondex export --url http://127.0.0.1:8080 --state failed --format csv",
		RunE:    func(cmd *cobra.Command, _ []string) error { return x.run(cmd.Context(), cmd.Flags().Changed) },
	}
	where := newFlags("Where the sessions are")
	where.StringVar(&x.db, "db", "", "database `file`")
	x.server.add(where)
	x.fields.add(where)
	what := newFlags("What is written")
	what.StringVar(&x.format, "format", "jsonl", "`how`: jsonl, which import reads, or csv, without the members that are not indexed")
	var groups []flagGroup
	x.params, groups = newQueryFlags()
	withFlags(cmd, where, what, groups[0])
	oneOf(cmd, "format", "jsonl", "csv")
	return cmd
}

func (x *export) run(ctx context.Context, given func(flag string) bool) error {
	switch {
	case x.format != "jsonl" && x.format != "csv":
		return usageError{fmt.Sprintf("format: Input should be 'jsonl' or 'csv' (got %q)", x.format)}
	case (x.db == "") == (x.server.url == ""):
		return usageError{"give one of --db FILE and --url URL"}
	}
	fields, err := x.fields.schema()
	if err != nil {
		return err
	}
	q, err := x.params.query(fields, clock{time.Now(), localZone})
	if err != nil {
		return err
	}
	q.SortBy, q.SortDirection = query.CreatedAt, query.Asc
	q.IncludeSubSessions = q.IncludeSubSessions || !given("include-sub-sessions")
	q.IncludeTaskSessions = q.IncludeTaskSessions || !given("include-task-sessions")
	if x.server.url != "" {
		return x.fromServer(ctx, q)
	}
	q.Include = append(q.Include, query.Everything(fields).Include...)
	e, err := openDB(ctx, x.db, x.fields.options(sessiondex.Options{ReadOnly: true, ScanTitles: true}))
	if err != nil {
		return err
	}
	defer e.Close()
	if x.format == "csv" {
		return writeCSV(x.std.out, csvColumns(), e.All(ctx, q))
	}
	return sessiondex.WriteJSONL(jsonWriter(x.std.out), e.All(ctx, q))
}

// fromServer copies what a server writes. One that breaks off is a failure.
func (x *export) fromServer(ctx context.Context, q query.Query) error {
	s, err := x.server.connect()
	if err != nil {
		return err
	}
	body, err := s.export(ctx, q, x.format)
	if err != nil {
		return err
	}
	defer body.Close()
	out := x.std.out
	if x.format == "jsonl" {
		out = jsonWriter(out)
	}
	if _, err := io.Copy(out, body); err != nil {
		return fmt.Errorf("%s: %w", s.base, err)
	}
	return nil
}
