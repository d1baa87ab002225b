package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/query"
)

// prune is what the prune command is asked for.
type prune struct {
	target    target
	params    *queryFlags
	fields    fieldFlags
	olderThan string
	dryRun    bool
	before    time.Time
	std       stdio
}

func newPrune(std stdio) *cobra.Command {
	p := &prune{std: std}
	cmd := &cobra.Command{
		Use:   "prune {--db FILE | --url URL} --older-than 90d [flags]",
		Short: "Delete the sessions that were last updated before a time",
		Long: "Delete the sessions that were last updated before a time and meet the other conditions.\n" +
			"Sub-sessions, task runs and sessions with a hidden flag are spared unless they are included. A session that is resumed meanwhile is spared too.",
		Example: "  sessiondex prune --db demo.db --older-than 90d --dry-run\n" +
			"  sessiondex prune --db demo.db --older-than 1y --include-sub-sessions --include-task-sessions",
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context()) },
	}
	what := newFlags("What is deleted")
	what.StringVar(&p.olderThan, "older-than", "", "sessions that were last updated before this `time`: 90d, 6mo, 2026-01")
	what.BoolVar(&p.dryRun, "dry-run", false, "only say how many there are")
	var groups []flagGroup
	p.params, groups = newQueryFlags()
	where := p.target.group()
	p.fields.add(where)
	withFlags(cmd, where, what, groups[0])
	return cmd
}

func (p *prune) run(ctx context.Context) error {
	if err := p.target.check(); err != nil {
		return err
	}
	if p.olderThan == "" {
		return usageError{"--older-than is missing: how long they were not updated"}
	}
	fields, err := p.fields.schema()
	if err != nil {
		return err
	}
	now := clock{time.Now(), localZone}
	days, reason := civil.ParseDays(p.olderThan, now.now, now.zone)
	if reason != "" {
		return usageError{fmt.Sprintf("older-than: Input should be a time, %s (got %q)", reason, p.olderThan)}
	}
	q, err := p.params.query(fields, now)
	if err != nil {
		return err
	}
	// Oldest first, so that what is too young ends the search. Older than a day means
	// before it began.
	q.SortBy, q.SortDirection = query.UpdatedAt, query.Asc
	p.before = days.From
	n := 0
	err = p.target.use(ctx, &p.fields, func(e *sessiondex.Engine) (err error) {
		n, err = p.inDatabase(ctx, e, q)
		return err
	}, func(s *server) (err error) {
		n, err = p.onServer(ctx, s, q)
		return err
	})
	if err != nil {
		return err
	}
	what := "deleted"
	if p.dryRun {
		what = "would be deleted"
	}
	fmt.Fprintf(p.std.err, "%s %s\n", counted(n, "session"), what)
	return nil
}

// inDatabase deletes the matches in one step: none that is resumed before it.
func (p *prune) inDatabase(ctx context.Context, e *sessiondex.Engine, q query.Query) (n int, err error) {
	err = e.Tx(ctx, func(tx *sessiondex.Tx) error {
		var ids []string
		for s, err := range tx.All(ctx, q) {
			if err != nil {
				return err
			}
			if !s.UpdatedAt.Before(p.before) {
				break
			}
			ids = append(ids, s.ID)
		}
		if n = len(ids); p.dryRun {
			return nil
		}
		_, err := tx.Delete(ids...)
		return err
	})
	return n, err
}

// onServer deletes the matches one by one, each only if it is still as it was listed.
func (p *prune) onServer(ctx context.Context, s *server, q query.Query) (n int, err error) {
	params := q.Values()
	params.Set("limit", "500")
	for offset := 0; ; {
		params.Set("offset", strconv.Itoa(offset))
		var page sessiondex.Page
		body, _, err := s.get(ctx, "/api/v0/sessions", params)
		if err != nil {
			return n, err
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return n, fmt.Errorf("%s is not a server of sessions: %w", s.base, err)
		}
		for i := range page.Items {
			listed := &page.Items[i]
			if !listed.UpdatedAt.Before(p.before) {
				return n, nil
			}
			gone := false
			if !p.dryRun {
				if gone, err = s.deleteIf(ctx, listed); err != nil {
					return n, fmt.Errorf("session %q: %w (%d deleted before)", shown(listed.ID), err, n)
				}
			}
			if gone || p.dryRun {
				n++
			}
			if !gone {
				offset++ // it stays, or somebody else deleted it
			}
		}
		if !page.HasMore {
			return n, nil
		}
	}
}
