package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// target is what a command writes to: a database or a server.
type target struct {
	db     string
	server serverFlags
}

func (t *target) group() flagGroup {
	g := newFlags("Where the sessions are")
	g.StringVar(&t.db, "db", "", "database `file`, which must be there")
	t.server.add(g)
	return g
}

func (t *target) check() error {
	if (t.db == "") == (t.server.url == "") {
		return usageError{"give one of --db FILE and --url URL"}
	}
	return nil
}

// use calls one of two functions, with the database or with the server.
func (t *target) use(ctx context.Context, fields *fieldFlags, local func(*sessiondex.Engine) error, remote func(*server) error) error {
	if t.server.url != "" {
		s, err := t.server.connect()
		if err != nil {
			return err
		}
		return remote(s)
	}
	e, err := openExisting(ctx, t.db, fields)
	if err != nil {
		return err
	}
	return errors.Join(local(e), e.Close())
}

// openExisting opens a database to be written to, and makes none.
func openExisting(ctx context.Context, path string, fields *fieldFlags) (*sessiondex.Engine, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return openDB(ctx, path, fields.options(sessiondex.Options{ScanTitles: true}))
}

// put is what the put command is asked for.
type put struct {
	target target
	input  inputFlags
	id     string
	set    []string
	std    stdio
}

func newPut(std stdio) *cobra.Command {
	p := &put{std: std}
	cmd := &cobra.Command{
		Use:   "put {--db FILE | --url URL} {FILE.jsonl | - | --id ID --set MEMBER=VALUE …}",
		Short: "Put sessions, or set members of one",
		Long: "Put the sessions of a file, or set members of the session with an id.\n" +
			"With --set a session that is not there is made, with the time as its created_at and updated_at; members of one that is there change, and nothing else of it.",
		Example: "  sessiondex put --db demo.db --id s1 --set title='Weekly report' --set state=completed\n" +
			"  echo '{\"id\":\"s1\",\"created_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-01T00:00:00Z\"}' | sessiondex put --url http://127.0.0.1:8080 -",
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error { return p.run(cmd.Context(), args) },
	}
	what := newFlags("What is put")
	what.StringVar(&p.id, "id", "", "the session whose members --set sets")
	what.StringArrayVar(&p.set, "set", nil, "`member=value`: the value is JSON (5, true, null, [\"a\"]) or else a text; may be repeated")
	return withFlags(cmd, p.target.group(), what, p.input.group())
}

func (p *put) run(ctx context.Context, args []string) error {
	switch {
	case (len(args) == 0) == (p.id == ""):
		return usageError{"give a file (- is standard input), or --id with --set"}
	case (p.id == "") != (len(p.set) == 0):
		return usageError{"--id and --set go together"}
	}
	if err := errors.Join(p.target.check(), p.input.check(p.target.db)); err != nil {
		return err
	}
	if p.id != "" {
		return p.setMembers(ctx)
	}
	in, err := p.input.open(ctx, args[0], p.std)
	if err != nil {
		return err
	}
	defer in.close()
	sessions, err := in.lastOfEach()
	if err != nil {
		return err
	}
	end := in.end()
	if end != nil && !isRejected(end) {
		return end
	}
	err = p.target.use(ctx, new(fieldFlags), func(e *sessiondex.Engine) error { return e.Put(ctx, sessions...) }, func(s *server) error {
		for i := range sessions {
			body := sessions[i].AppendJSON(nil)
			if _, err := s.write(ctx, http.MethodPut, sessions[i].ID, "application/json", body); err != nil {
				return fmt.Errorf("session %q: %w (%d put before)", shown(sessions[i].ID), err, i)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.std.err, "%s put\n", counted(len(sessions), "session"))
	return end
}

// setMembers changes one session in one step, or makes it.
func (p *put) setMembers(ctx context.Context) error {
	patch, err := p.patch()
	if err != nil {
		return err
	}
	made := false
	err = p.target.use(ctx, new(fieldFlags), func(e *sessiondex.Engine) error {
		return e.Tx(ctx, func(tx *sessiondex.Tx) error {
			s, err := tx.Get(p.id)
			switch {
			case errors.Is(err, sessiondex.ErrNotFound):
				made = true
				now := time.Now().UTC()
				s = sessiondex.Session{ID: p.id, CreatedAt: now, UpdatedAt: now}
			case err != nil:
				return err
			}
			if s, err = patched(&s, patch); err != nil {
				return err
			}
			return tx.Put(s)
		})
	}, func(s *server) error { return p.setOnServer(ctx, s, patch, &made) })
	if err != nil {
		return err
	}
	what := "changed"
	if made {
		what = "made"
	}
	fmt.Fprintf(p.std.err, "session %q %s\n", shown(p.id), what)
	return nil
}

func (p *put) setOnServer(ctx context.Context, s *server, patch map[string]json.RawMessage, made *bool) error {
	body, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	_, err = s.write(ctx, http.MethodPatch, p.id, "application/merge-patch+json", body)
	var answer *serverError
	if !errors.As(err, &answer) || answer.status != http.StatusNotFound {
		return err
	}
	now := time.Now().UTC()
	fresh, err := patched(&sessiondex.Session{ID: p.id, CreatedAt: now, UpdatedAt: now}, patch)
	if err != nil {
		return err
	}
	*made = true
	_, err = s.write(ctx, http.MethodPut, p.id, "application/json", fresh.AppendJSON(nil), "If-None-Match", "*")
	return err
}

// patch returns the members of --set as a JSON merge patch has them.
func (p *put) patch() (map[string]json.RawMessage, error) {
	patch := make(map[string]json.RawMessage)
	for _, one := range p.set {
		name, value, ok := strings.Cut(one, "=")
		switch {
		case !ok || name == "":
			return nil, usageError{fmt.Sprintf("--set %q: write it as member=value", one)}
		case name == "id":
			return nil, usageError{"--set: the id of a session cannot be changed"}
		}
		if patch[name] = json.RawMessage(value); !json.Valid(patch[name]) {
			patch[name] = jsontext.AppendString(nil, value)
		}
	}
	return patch, nil
}

// patched returns the session with members set, the others as they were and where they
// were; null takes one away.
func patched(s *sessiondex.Session, patch map[string]json.RawMessage) (sessiondex.Session, error) {
	rest := maps.Clone(patch)
	body := []byte{'{'}
	add := func(name string, value []byte) {
		if string(value) == "null" {
			return
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(append(jsontext.AppendString(body, name), ':'), value...)
	}
	walk := jsontext.WalkObject(string(s.AppendJSON(nil)))
	for walk.Next() {
		name := walk.Name()
		if value, ok := rest[name]; ok {
			add(name, value)
			delete(rest, name)
			continue
		}
		add(name, []byte(walk.Value()))
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		add(name, rest[name])
	}
	var out sessiondex.Session
	return out, out.UnmarshalJSON(append(body, '}'))
}

func newDelete(std stdio) *cobra.Command {
	var t target
	cmd := &cobra.Command{
		Use:     "delete {--db FILE | --url URL} ID …",
		Short:   "Delete sessions by their ids",
		Example: "  sessiondex delete --db demo.db s1 s2",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{"give the ids of the sessions, whole ones"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, ids []string) error { return deleteIDs(cmd.Context(), &t, ids, std) },
	}
	return withFlags(cmd, t.group())
}

func deleteIDs(ctx context.Context, t *target, ids []string, std stdio) error {
	if err := t.check(); err != nil {
		return err
	}
	var deleted int
	err := t.use(ctx, new(fieldFlags), func(e *sessiondex.Engine) (err error) {
		deleted, err = e.Delete(ctx, ids...)
		return err
	}, func(s *server) error {
		for _, id := range ids {
			if found, err := s.delete(ctx, id); err != nil {
				return fmt.Errorf("session %q: %w (%d deleted before)", shown(id), err, deleted)
			} else if found {
				deleted++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%s deleted%s\n", counted(deleted, "session"), missing(len(ids)-deleted))
	return nil
}

func missing(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %s not there", thousands(n))
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return thousands(n) + " " + what
}

// sessionPath returns the path of one session.
func sessionPath(id string) string { return "/api/v0/sessions/" + url.PathEscape(id) }
