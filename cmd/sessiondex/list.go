package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// listConfig is what the command line asks of list.
type listConfig struct {
	data    *dataFlags
	server  serverFlags
	params  *queryFlags
	format  string
	columns string
	table   table
	explain bool
	facets  bool
	top     int
	why     string
	follow  bool
}

func runList(ctx context.Context, args []string, std stdio) error {
	fs := newFlags("list", "--data FILE.jsonl | --db FILE | --url URL  [flags]\n\n"+
		"With --url, a key is also read from the environment: "+envAPIKeys+", "+envBearerTokens+".", std)
	var c listConfig
	c.addFlags(fs)
	if err := parseFlags(fs, args, 0); err != nil {
		return err
	}
	q, err := c.check(fs)
	if err != nil {
		return err
	}
	if c.table.width == 0 {
		c.table.width = terminalWidth(std.out)
	}
	if c.server.url != "" {
		s, err := c.server.connect()
		switch {
		case err != nil:
			return err
		case c.follow:
			return c.followServer(ctx, s, q, std)
		}
		return c.listServer(ctx, s, q, std)
	}
	e, err := c.data.open(ctx, std)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := c.list(ctx, e.Snapshot(), q, std); err != nil {
		return err
	}
	return c.data.warning
}

func (c *listConfig) addFlags(fs *flag.FlagSet) {
	c.data = addDataFlags(fs)
	c.server.add(fs)
	c.params = addQueryFlags(fs)
	fs.StringVar(&c.format, "format", "table", "`how` to print: table, json (the response of the endpoint) or jsonl (the sessions)")
	fs.IntVar(&c.table.width, "width", 0, "`columns` of the table (default those of the terminal, 100 without one)")
	fs.StringVar(&c.columns, "columns", "", "`names` of the table's columns, separated by commas: id, title, state, source_channel, session_type, app_id, workspace_id, "+
		"parent_session_id, aop_asset_id, trigger_type, kind, created_at, updated_at; what stands in the heading will do (default id,title,state,channel,updated)")
	fs.BoolVar(&c.explain, "explain", false, "print on standard error how the query was answered")
	fs.BoolVar(&c.facets, "facets", false, "print the counts by state, channel and so on, too; with --format json only them")
	fs.IntVar(&c.top, "top", 10, "how `many` applications --facets lists")
	fs.StringVar(&c.why, "why", "", "print where in the listing the session with this `ID` (or beginning of one) is, or why it is not in it")
	fs.BoolVar(&c.follow, "follow", false, "go on printing the changes to the page, until interrupted; needs --url")
}

// check returns the query, or what is wrong with the command line.
func (c *listConfig) check(fs *flag.FlagSet) (query.Query, error) {
	var q query.Query
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	sources := 0
	for _, name := range []string{"data", "db", "url"} {
		if fs.Lookup(name).Value.String() != "" {
			sources++
		}
	}
	formats := []string{"table", "json", "jsonl"}
	switch {
	case !slices.Contains(formats, c.format):
		return q, usageError{fmt.Sprintf("format: Input should be 'table', 'json' or 'jsonl' (got %q)", c.format)}
	case c.table.width < 0:
		return q, usageError{fmt.Sprintf("width: Input should be greater than or equal to 0 (got %d)", c.table.width)}
	case c.follow && c.server.url == "":
		return q, usageError{"--follow needs --url: nobody writes to a file that is only read here, so there is nothing to follow; serve it, and follow the server"}
	case sources != 1:
		return q, usageError{"give one of --data FILE.jsonl, --db FILE and --url URL"}
	case c.server.url == "" && (given["api-key"] || given["bearer-token"]):
		return q, usageError{"--api-key and --bearer-token are for --url"}
	case c.server.url != "" && (c.explain || given["why"]):
		return q, usageError{"--explain and --why need --data or --db: a server does not tell"}
	case given["why"] && (c.facets || c.explain), c.follow && c.facets:
		return q, usageError{"choose one of --facets, --why, --explain and --follow"}
	case c.follow && c.format == "json":
		return q, usageError{"--follow prints a table, or with --format jsonl one event a line (got --format json)"}
	case c.facets && c.format == "jsonl":
		return q, usageError{"--facets prints a table, or with --format json the counts (got --format jsonl)"}
	case given["columns"] && c.format != "table":
		return q, usageError{fmt.Sprintf("--columns is for the table (got --format %s)", c.format)}
	case given["why"] && c.why == "":
		return q, usageError{`why: Input should be the id of a session (got "")`}
	case given["top"] && c.top < 1:
		return q, usageError{fmt.Sprintf("top: Input should be greater than or equal to 1 (got %d)", c.top)}
	}
	if err := c.facetOptions().Validate(); err != nil {
		return q, err
	}
	q, err := c.params.query()
	if err != nil {
		return q, err
	}
	c.table.columns, err = chooseColumns(c.columns, q.SortBy)
	return q, err
}

func (c *listConfig) facetOptions() query.FacetOptions {
	return query.FacetOptions{Top: c.top}
}

// list prints from one version what was asked for.
func (c *listConfig) list(ctx context.Context, r *sessiondex.Snapshot, q query.Query, std stdio) error {
	out := bufio.NewWriter(c.writer(std.out))
	if c.why != "" {
		id, err := wholeID(ctx, r, c.why)
		if err != nil {
			return err
		}
		why, err := r.Why(ctx, q, id)
		if err != nil {
			return err
		}
		if c.format == "table" {
			fmt.Fprintln(out, why)
		} else if err := writeJSON(out, why); err != nil {
			return err
		}
		return out.Flush()
	}
	page, err := r.List(ctx, q)
	if err != nil {
		return err
	}
	if c.explain {
		plan, err := r.Explain(ctx, q)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.err, "%s\n%s\n", plan, plan.Timings())
	}
	var facets *sessiondex.Facets
	if c.facets {
		f, err := r.Facets(ctx, q, c.facetOptions())
		if err != nil {
			return err
		}
		if facets = &f; c.format == "json" {
			if err := writeJSON(out, f); err != nil {
				return err
			}
			return out.Flush()
		}
	}
	hidden, err := r.Hidden(ctx, q)
	if err != nil {
		return err
	}
	c.print(out, &page, facets, hidden)
	return out.Flush()
}

// writer returns where the page goes to.
func (c *listConfig) writer(out io.Writer) io.Writer {
	if c.format == "table" {
		return out
	}
	return jsonWriter(out)
}

// print prints a page in the format asked for, and under a table the counts.
func (c *listConfig) print(out io.Writer, page *sessiondex.Page, facets *sessiondex.Facets, hidden query.Hidden) {
	switch c.format {
	case "json":
		out.Write(append(page.AppendJSON(nil), '\n'))
	case "jsonl":
		for i := range page.Items {
			out.Write(append(page.Items[i].AppendJSON(nil), '\n'))
		}
	default:
		c.table.print(out, page, hidden, time.Now())
		if facets != nil {
			printFacets(out, facets, c.table.width)
		}
	}
}

func writeJSON(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(body, '\n'))
	return err
}

// terminalWidth returns the columns of the terminal that is written to, else
// those that the environment states, else 100.
func terminalWidth(w io.Writer) int {
	if f := terminal(w); f != nil {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 100
}
