package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/sources"
	"github.com/sessiondex/sessiondex/sources/sqlite"
)

// discovered returns the stores of other programs on this machine.
func discovered() ([]sources.Source, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	return sources.Discover(home, os.Getenv), nil
}

// sourceFlags say which stores of other programs are read: those that are found, or
// those that are named.
type sourceFlags struct{ named []sources.Source }

func (f *sourceFlags) add(g flagGroup) {
	g.Var(textFlag{"app=path", f.set}, "source", "read this store instead of those that are found: claude-code=/home/ada/.claude, or web-export=FILE for what ChatGPT, Claude.ai or Open WebUI exported; may be repeated")
}

func (f *sourceFlags) set(value string) error {
	app, root, ok := strings.Cut(value, "=")
	if !ok || app == "" || root == "" {
		return errors.New("write it as app=path")
	}
	apps := appNames()
	if !slices.Contains(apps, app) {
		return fmt.Errorf("there is no program %q; there are %s", app, strings.Join(apps, ", "))
	}
	root, err := filepath.Abs(root)
	f.named = append(f.named, sources.Source{App: app, Root: root})
	return err
}

func appNames() []string {
	var names []string
	for _, r := range sqlite.All() {
		names = append(names, r.App())
	}
	slices.Sort(names)
	return names
}

// list returns the stores to read.
func (f *sourceFlags) list() ([]sources.Source, error) {
	if len(f.named) > 0 {
		return f.named, nil
	}
	return discovered()
}

// syncAll brings an engine in step with stores, and says on stderr what could not be read
// and, on a terminal, how far it is. It fails if all of them do, or if the engine does.
func syncAll(ctx context.Context, e *sessiondex.Engine, srcs []sources.Source, o *sources.Options, stderr io.Writer) (total sources.Report, err error) {
	failed := 0
	shown := newProgress(stderr, int64(len(srcs)))
	defer shown.end()
	for i, src := range srcs {
		shown.show(int64(i), counted(total.Seen, "session")+", reading "+oneLine(src.App))
		r, err := sources.Sync(ctx, e, src, o)
		switch {
		case ctx.Err() != nil:
			return total, ctx.Err()
		case errors.Is(err, sessiondex.ErrClosed), errors.Is(err, sessiondex.ErrReadOnly):
			return total, err
		case err != nil:
			failed++
			shown.end()
			fmt.Fprintf(stderr, "%s: %v\n", src.Root, err)
		case len(r.Faults) > 0:
			shown.end()
			fmt.Fprintf(stderr, "%s: %s; sessiondex sources says which\n", src.Root, counted(len(r.Faults), "fault"))
		}
		total.Seen += r.Seen
		total.Put += r.Put
		total.Unchanged += r.Unchanged
		total.Skipped += r.Skipped
		total.Vanished += r.Vanished
		total.Faults = append(total.Faults, r.Faults...)
	}
	if failed > 0 && failed == len(srcs) {
		return total, errors.New("no store could be read")
	}
	return total, nil
}

func newScan(std stdio) *cobra.Command {
	var db string
	var from sourceFlags
	var o sources.Options
	cmd := &cobra.Command{
		Use:   "scan --db FILE [--source APP=PATH …]",
		Short: "Put the sessions of the agents on this machine into a database",
		Long: "Put the sessions of the agents on this machine into a database, and bring it up to date when it is run again: only what changed is read.\n" +
			"The stores are never written to. What vanished from them stays, marked source_missing, unless --forget is given.",
		Example: "  sessiondex scan --db mine.db\n  sessiondex scan --db mine.db --source web-export=conversations.zip",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if db == "" {
				return usageError{"--db is missing: the database file"}
			}
			srcs, err := from.list()
			if err != nil {
				return err
			}
			if len(srcs) == 0 {
				return errors.New("no agent's sessions were found; name a store with --source")
			}
			e, err := openDB(cmd.Context(), db, &sessiondex.Options{ScanTitles: true})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, e.Close()) }()
			o.Readers = sqlite.All()
			r, err := syncAll(cmd.Context(), e, srcs, &o, std.err)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(std.out, "%s in %s: %s new or changed, %s vanished\n", counted(r.Seen, "session"),
				counted(len(srcs), "store"), thousands(r.Put), thousands(r.Vanished))
			return err
		},
	}
	g := newFlags("What is read, and where it goes")
	g.StringVar(&db, "db", "", "database `file`, made if it is missing")
	from.add(g)
	g.BoolVar(&o.Forget, "forget", false, "delete sessions that their store no longer has")
	return withFlags(cmd, g)
}

// sourceReport is what the command sources says of one store.
type sourceReport struct {
	App      string          `json:"app"`
	Root     string          `json:"root"`
	Sessions int             `json:"sessions"`
	Updated  *time.Time      `json:"updated_at"`
	Versions []string        `json:"versions,omitempty"`
	Unknown  map[string]int  `json:"unknown,omitempty"` // kinds of records, and in how many files
	Error    string          `json:"error,omitempty"`
	Faults   []sources.Fault `json:"faults,omitempty"`
}

func newSources(std stdio) *cobra.Command {
	var from sourceFlags
	var check bool
	var format string
	cmd := &cobra.Command{
		Use:   "sources [--source APP=PATH …] [--check]",
		Short: "Tell which agents on this machine have sessions, and what could not be read",
		RunE: func(cmd *cobra.Command, _ []string) error {
			srcs, err := from.list()
			if err != nil {
				return err
			}
			var reports []sourceReport
			failed := false
			for _, src := range srcs {
				r := reportOn(cmd.Context(), src, check)
				failed = failed || r.Error != ""
				reports = append(reports, r)
			}
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			switch format {
			case "table":
				err = printSources(std.out, reports)
			case "json":
				err = json.NewEncoder(std.out).Encode(reports)
			default:
				return usageError{fmt.Sprintf("format: Input should be 'table' or 'json' (got %q)", format)}
			}
			if err == nil && failed {
				err = errors.New("not every store could be read")
			}
			return err
		},
	}
	g := newFlags("What is looked at, and how it is told")
	from.add(g)
	g.BoolVar(&check, "check", false, "the kinds of records that are not known, too, and which versions of the program wrote the store")
	g.StringVar(&format, "format", "table", "`how`: table or json")
	withFlags(cmd, g)
	oneOf(cmd, "format", "table", "json")
	return cmd
}

func reportOn(ctx context.Context, src sources.Source, check bool) sourceReport {
	r := sourceReport{App: src.App, Root: src.Root}
	o := &sources.Options{Readers: sqlite.All()}
	var mu sync.Mutex
	if check {
		r.Unknown = make(map[string]int)
		o.Unknown = func(_, kind string) {
			mu.Lock()
			defer mu.Unlock()
			r.Unknown[kind]++
		}
	}
	versions := make(map[string]bool)
	for s, err := range sources.Read(ctx, src, o) {
		var fault *sources.FileError
		switch {
		case errors.As(err, &fault):
			r.Faults = append(r.Faults, fault.Fault)
			continue
		case err != nil:
			r.Error = err.Error()
			continue
		}
		r.Sessions++
		if r.Updated == nil || s.UpdatedAt.After(*r.Updated) {
			r.Updated = &s.UpdatedAt
		}
		if v, ok := s.Member("source_version"); ok && check {
			versions[strings.Trim(string(v), `"`)] = true
		}
	}
	r.Versions = slices.Sorted(maps.Keys(versions))
	return r
}

func printSources(out io.Writer, reports []sourceReport) error {
	if len(reports) == 0 {
		_, err := fmt.Fprintln(out, "No agent's sessions were found on this machine.")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "APP\tSESSIONS\tUPDATED\tFAULTS\tSTORE")
	now := time.Now()
	for _, r := range reports {
		updated := "–"
		if r.Updated != nil {
			updated = ageOf(*r.Updated, now)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.App, thousands(r.Sessions), updated, thousands(len(r.Faults)), oneLine(r.Root))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range reports {
		var lines []string
		if r.Error != "" {
			lines = append(lines, r.Error)
		}
		for _, f := range r.Faults {
			where := f.Path
			if f.Line > 0 {
				where = fmt.Sprintf("%s:%d", f.Path, f.Line)
			}
			lines = append(lines, where+": "+f.Reason)
		}
		if len(r.Versions) > 0 {
			lines = append(lines, "written by "+strings.Join(r.Versions, ", "))
		}
		for _, kind := range slices.SortedFunc(maps.Keys(r.Unknown), func(a, b string) int {
			return cmp.Or(cmp.Compare(r.Unknown[b], r.Unknown[a]), cmp.Compare(a, b))
		}) {
			lines = append(lines, fmt.Sprintf("records of the kind %q are not known (in %s)", kind, counted(r.Unknown[kind], "file")))
		}
		if len(lines) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(out, "\n%s, %s\n", r.App, oneLine(r.Root)); err != nil {
			return err
		}
		for _, line := range lines {
			if _, err := fmt.Fprintf(out, "  %s\n", oneLine(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

func newResume(std stdio) *cobra.Command {
	var from sourceFlags
	cmd := &cobra.Command{
		Use:     "resume ID",
		Short:   "Tell the command that continues a session in its own program",
		Long:    "Tell the command that continues a session in its own program, as a line for a shell. A part of an id will do, if no other has it.",
		Example: "  eval \"$(sessiondex resume 5f0c1d7e)\"",
		Args:    atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "" {
				return usageError{"the id of a session is missing"}
			}
			srcs, err := from.list()
			if err != nil {
				return err
			}
			e, err := openLocal(cmd.Context(), srcs, nil, io.Discard)
			if err != nil {
				return err
			}
			defer e.Close()
			s, err := resumable(cmd.Context(), e, args[0])
			if err != nil {
				return err
			}
			dir, command, ok := sources.Resume(&s)
			if !ok {
				return fmt.Errorf("%s: a session of %s cannot be continued from here", s.ID, s.AppID)
			}
			_, err = fmt.Fprintln(std.out, sources.ShellLine(dir, command))
			return err
		},
	}
	g := newFlags("What is looked at")
	from.add(g)
	return withFlags(cmd, g)
}

// resumable returns the session that a part of an id stands for. Sub-agents have their
// parent's id in theirs, and cannot be continued.
func resumable(ctx context.Context, e *sessiondex.Engine, part string) (found sessiondex.Session, err error) {
	q := everything(e.Schema())
	q.IncludeSubSessions = false
	n := 0
	for s, err := range e.All(ctx, q) {
		if err != nil {
			return found, err
		}
		if s.ID == part {
			return s, nil
		}
		if strings.Contains(s.ID, part) {
			if n++; n > 1 {
				return found, usageError{fmt.Sprintf("%q stands for several ids, such as %q and %q", part, found.ID, s.ID)}
			}
			found = s
		}
	}
	if n == 0 {
		return found, fmt.Errorf("%q: %w", part, sessiondex.ErrNotFound)
	}
	return found, nil
}

// under keeps the sessions whose workspace is a directory or lies in it.
func under(dir string) query.Cond {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	inside := strings.TrimRight(dir, string(filepath.Separator)) + string(filepath.Separator)
	return query.AnyOf(query.In("workspace_id", dir), query.Prefix("workspace_id", inside))
}

// openLocal returns an engine with the sessions of the agents on this machine.
func openLocal(ctx context.Context, srcs []sources.Source, opts *sessiondex.Options, stderr io.Writer) (*sessiondex.Engine, error) {
	e, err := sessiondex.New(opts)
	if err != nil {
		return nil, err
	}
	if _, err := syncAll(ctx, e, srcs, &sources.Options{Readers: sqlite.All()}, stderr); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}
