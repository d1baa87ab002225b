package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// listConfig is what the command line asks of list.
type listConfig struct {
	data    dataFlags
	server  serverFlags
	params  *queryFlags
	format  string
	columns string
	table   table
	explain bool
	facets  bool
	counts  facetFlags
	why     string
	under   string
	follow  bool
}

func newList(std stdio) *cobra.Command {
	var c listConfig
	cmd := &cobra.Command{
		Use:   "list {--data FILE | --db FILE | --url URL | --local} [flags]",
		Short: "List sessions: filtered, sorted and paged",
		Long: "List sessions: filtered, sorted and paged, from a file, a database or a server.\n" +
			"With --url, a key is also read from the environment: " + envAPIKeys + ", " + envBearerTokens + ".",
		Example: "  sessiondex list --data sessions.jsonl --query review --state completed,failed\n" +
			"  sessiondex list --db demo.db --created-after 7d --columns id,title,app,updated\n" +
			"  sessiondex list --url http://127.0.0.1:8080 --follow",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd, std) },
	}
	where := newFlags("Where the sessions are")
	c.data.add(where)
	c.server.add(where)
	var params []flagGroup
	c.params, params = newQueryFlags()
	params[0].StringVar(&c.under, "under", "", "only sessions whose workspace is this `directory` or one in it")
	groups := append([]flagGroup{where}, params...)
	withFlags(cmd, append(groups, c.output(), c.data.input.group())...)
	oneOf(cmd, "format", formats...)
	return cmd
}

func (c *listConfig) output() flagGroup {
	g := newFlags("What is printed")
	g.StringVar(&c.format, "format", "table", "`how`: table, json (the response of the endpoint), jsonl (the sessions) or csv (the columns, in full)")
	g.StringVar(&c.columns, "columns", "", "`names` of the table's columns, separated by commas: "+strings.Join(columnNames(columns...), ", ")+
		", and declared fields; what stands in the heading will do (default id,title,state,channel,updated)")
	g.IntVar(&c.table.width, "width", 0, "`columns` of the table (default those of the terminal, 100 without one)")
	g.BoolVar(&c.facets, "facets", false, "the counts by state, channel and so on, too; with --format json only them")
	c.counts.add(g)
	g.StringVar(&c.why, "why", "", "where in the listing the session with this `id` is, or why it is not in it; short ids of the table will do")
	g.BoolVar(&c.explain, "explain", false, "on standard error, how the query was answered")
	g.BoolVar(&c.follow, "follow", false, "go on printing the changes to the page, until interrupted; needs --url")
	return g
}

func (c *listConfig) run(cmd *cobra.Command, std stdio) error {
	ctx := cmd.Context()
	q, err := c.check(cmd.Flags().Changed)
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

// formats are what --format takes.
var formats = []string{"table", "json", "jsonl", "csv"}

// check returns the query, or what is wrong with the command line.
func (c *listConfig) check(given func(flag string) bool) (query.Query, error) {
	if err := c.checkFlags(given); err != nil {
		return query.Query{}, err
	}
	fields, err := c.data.fields.schema()
	if err != nil {
		return query.Query{}, err
	}
	q, err := c.params.query(fields, clock{time.Now(), localZone})
	if err != nil {
		return q, err
	}
	if _, err := c.counts.options(fields); err != nil {
		return q, err
	}
	if c.under != "" {
		q.Scope.Where = append(q.Scope.Where, under(c.under))
	}
	names := c.columns
	if names == "" && c.data.local && c.format == "table" {
		names = "id,title,state,app_id,project,updated_at"
	}
	c.table.columns, err = chooseColumns(names, c.format, q.SortBy, declaredColumns(fields)...)
	return q, err
}

func (c *listConfig) checkFlags(given func(flag string) bool) error {
	sources := 0
	for _, source := range []string{c.data.data, c.data.db, c.server.url} {
		if source != "" {
			sources++
		}
	}
	if c.data.local {
		sources++
	}
	fault := func(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }
	switch {
	case !slices.Contains(formats, c.format):
		return fault("format: Input should be %s (got %q)", quotedList(formats), c.format)
	case c.table.width < 0:
		return fault("width: Input should be greater than or equal to 0 (got %d)", c.table.width)
	case given("under") && c.server.url != "":
		return fault("--under needs --data, --db or --local: ask a server with --where 'workspace_id[prefix]=/home/ada/'")
	case c.follow && c.server.url == "":
		return fault("--follow needs --url: nobody writes to a file that is only read here, so there is nothing to follow; serve it, and follow the server")
	case sources != 1:
		return fault("give one of --data FILE.jsonl, --db FILE, --url URL and --local")
	case c.server.url == "" && (given("api-key") || given("bearer-token")):
		return fault("--api-key and --bearer-token are for --url")
	case c.server.url != "" && c.explain:
		return fault("--explain needs --data or --db: a server does not tell")
	case c.server.url != "" && c.data.input.skipInvalid:
		return fault("--skip-invalid is for --data: a server holds no faulty lines")
	case given("why") && (c.facets || c.explain), c.follow && c.facets:
		return fault("choose one of --facets, --why, --explain and --follow")
	case c.follow && (c.format == "json" || c.format == "csv"):
		return fault("--follow prints a table, or with --format jsonl one event a line (got --format %s)", c.format)
	case c.facets && (c.format == "jsonl" || c.format == "csv"):
		return fault("--facets prints a table, or with --format json the counts (got --format %s)", c.format)
	case given("columns") && c.format != "table" && c.format != "csv":
		return fault("--columns is for the table and csv (got --format %s)", c.format)
	case given("why") && c.why == "":
		return fault(`why: Input should be the id of a session (got "")`)
	case given("top") && c.counts.top < 1:
		return fault("top: Input should be greater than or equal to 1 (got %d)", c.counts.top)
	case !c.facets && (given("facet") || given("facet-query") || given("period") || given("tz")):
		return fault("--facet, --facet-query, --period and --tz are for --facets")
	}
	return nil
}

// quotedList returns 'a', 'b' or 'c'.
func quotedList(words []string) string {
	last := len(words) - 1
	return "'" + strings.Join(words[:last], "', '") + "' or '" + words[last] + "'"
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
		o, err := c.counts.options(r.Schema())
		if err != nil {
			return err
		}
		f, err := r.Facets(ctx, q, o)
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
	var near []sessiondex.Suggestion
	if c.offers(&page, &q) {
		if near, err = r.Suggest(ctx, q); err != nil {
			return err
		}
	}
	c.print(out, &page, facets, hidden, didYouMean(near, q.Match))
	return out.Flush()
}

// offers reports whether keywords near the query's are to be offered.
func (c *listConfig) offers(page *sessiondex.Page, q *query.Query) bool {
	return page.Total == 0 && q.Keyword != "" && c.format == "table"
}

// didYouMean offers keywords that would find something.
func didYouMean(near []sessiondex.Suggestion, match query.Match) string {
	if len(near) == 0 {
		return ""
	}
	var offers []string
	for _, s := range near {
		offers = append(offers, fmt.Sprintf("%s (%s)", oneLine(s.Keyword), thousands(s.Total)))
	}
	line := "Did you mean " + strings.Join(offers, ", ") + "?"
	if match != query.MatchWords {
		line += " They are found with --match words."
	}
	return line
}

// writer returns where the page goes to.
func (c *listConfig) writer(out io.Writer) io.Writer {
	if c.format == "table" {
		return out
	}
	return jsonWriter(out)
}

// print prints a page in the format asked for, and under a table the counts.
func (c *listConfig) print(out io.Writer, page *sessiondex.Page, facets *sessiondex.Facets, hidden query.Hidden, note string) {
	switch c.format {
	case "json":
		out.Write(append(page.AppendJSON(nil), '\n'))
	case "jsonl":
		for i := range page.Items {
			out.Write(append(page.Items[i].AppendJSON(nil), '\n'))
		}
	case "csv":
		rows := newCSVRows(out, c.table.columns)
		for i := range page.Items {
			rows.write(&page.Items[i])
		}
		rows.w.Flush()
	default:
		c.table.print(out, page, hidden, note, time.Now())
		if facets != nil {
			printFacets(out, facets, c.counts.period, c.table.width)
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
