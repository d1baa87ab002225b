package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newDiff(std stdio) *cobra.Command {
	var input inputFlags
	var keys serverFlags
	where := newFlags("Where the sessions are")
	keys.addKeys(where)
	what := newFlags("What is printed")
	format := what.String("format", "text", "`how`: text, or jsonl with the sessions before and after")
	cmd := withFlags(&cobra.Command{
		Use:   "diff A B",
		Short: "Say what changed from one database, file or server to another",
		Long: "Say what changed from A to B, each a database, a file of sessions or the address of a server: + for a session that came, - for one that went, ~ for one that changed, and which members.\n" +
			"The counts are on standard error.",
		Example: "  sessiondex diff monday.db tuesday.db\n  sessiondex diff monday.jsonl http://127.0.0.1:8080",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError{fmt.Sprintf("give two databases, files or servers (got %d)", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if *format != "text" && *format != "jsonl" {
				return usageError{fmt.Sprintf("format: Input should be 'text' or 'jsonl' (got %q)", *format)}
			}
			return runDiff(cmd.Context(), args[0], args[1], *format == "jsonl", &keys, &input, std)
		},
	}, where, what, input.group())
	oneOf(cmd, "format", "text", "jsonl")
	return cmd
}

func runDiff(ctx context.Context, a, b string, asJSON bool, keys *serverFlags, input *inputFlags, std stdio) error {
	if err := input.check(""); err != nil {
		return err
	}
	var engines [2]*sessiondex.Engine
	var warning error
	for i, path := range []string{a, b} {
		e, left, err := openAny(ctx, path, keys, input, std)
		if err != nil {
			return err
		}
		defer e.Close()
		if engines[i] = e; left != nil {
			warning = left
		}
	}
	var changes []sessiondex.Change
	for c := range engines[1].Snapshot().Diff(engines[0].Snapshot()) {
		changes = append(changes, c)
	}
	slices.SortFunc(changes, func(x, y sessiondex.Change) int { return strings.Compare(x.ID, y.ID) })
	out := bufio.NewWriter(std.out)
	if asJSON {
		out = bufio.NewWriter(jsonWriter(std.out))
	}
	var came, went int
	for i := range changes {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := &changes[i]
		switch {
		case c.Before == nil:
			came++
		case c.After == nil:
			went++
		}
		if asJSON {
			if err := writeJSON(out, changeJSON{c.ID, c.Before, c.After}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(out, changeLine(c))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "%s came, %s went, %s changed\n", thousands(came), thousands(went), thousands(len(changes)-came-went))
	return warning
}

// openAny opens a database, reads a file, or asks a server for all of its sessions. The
// warning is a rejectedError if lines of the file were left out.
func openAny(ctx context.Context, path string, keys *serverFlags, input *inputFlags, std stdio) (e *sessiondex.Engine, warning, err error) {
	if isAddress(path) {
		at := *keys
		at.url = path
		e, err = loadServer(ctx, &at)
		return e, nil, err
	}
	data := dataFlags{data: path, input: *input}
	if isDatabase(path) {
		data = dataFlags{db: path}
	}
	e, err = data.open(ctx, std)
	return e, data.warning, err
}

func isAddress(text string) bool {
	return strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://")
}

// loadServer returns an engine with all sessions of a server.
func loadServer(ctx context.Context, flags *serverFlags) (*sessiondex.Engine, error) {
	s, err := flags.connect()
	if err != nil {
		return nil, err
	}
	body, err := s.export(ctx, everything(nil), "jsonl")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true})
	if err != nil {
		return nil, err
	}
	if _, err := e.Load(ctx, sessiondex.ReadJSONL(body), nil); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.base, err), e.Close())
	}
	return e, nil
}

type changeJSON struct {
	ID     string              `json:"id"`
	Before *sessiondex.Session `json:"before"`
	After  *sessiondex.Session `json:"after"`
}

// changeLine tells a change in one line.
func changeLine(c *sessiondex.Change) string {
	switch {
	case c.Before == nil:
		return "+ " + shown(c.ID) + "  " + cutCells(titleCell(c.After, time.Time{}), 60)
	case c.After == nil:
		return "- " + shown(c.ID) + "  " + cutCells(titleCell(c.Before, time.Time{}), 60)
	}
	before, after := membersOf(c.Before), membersOf(c.After)
	var names []string
	for name := range before {
		names = append(names, name)
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		if string(before[name]) != string(after[name]) {
			parts = append(parts, oneLine(name)+" "+value(before[name])+" → "+value(after[name]))
		}
	}
	return "~ " + shown(c.ID) + "  " + strings.Join(parts, ", ")
}

// value shows the value of a member, – where it is absent.
func value(raw json.RawMessage) string {
	if raw == nil {
		return "–"
	}
	return cutCells(oneLine(string(raw)), 40)
}

func membersOf(s *sessiondex.Session) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(s.AppendJSON(nil), &members) // what AppendJSON writes is valid
	return members
}

// isDatabase reports whether a file begins like a database, and not like sessions.
func isDatabase(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	var head [20]byte
	n, _ := f.Read(head[:])
	return n == len(head) && string(head[16:]) == "\xed\xda\x0c\xed"
}
