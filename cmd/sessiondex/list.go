package main

import (
	"bufio"
	"context"
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

func runList(ctx context.Context, args []string, std stdio) error {
	fs := newFlags("list", "--data FILE.jsonl | --db FILE  [flags]", std)
	data := addDataFlags(fs)
	params := addQueryFlags(fs)
	format := fs.String("format", "table", "`how` to print: table, json (the response of the endpoint) or jsonl (the sessions)")
	explain := fs.Bool("explain", false, "print on standard error how the query was answered")
	width := fs.Int("width", 0, "`columns` of the table (default those of the terminal, 100 without one)")
	if err := parseFlags(fs, args, 0); err != nil {
		return err
	}
	formats := []string{"table", "json", "jsonl"}
	if !slices.Contains(formats, *format) {
		return usageError{fmt.Sprintf("format: Input should be 'table', 'json' or 'jsonl' (got %q)", *format)}
	}
	q, err := params.query()
	if err != nil {
		return err
	}
	e, err := data.open(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	return list(ctx, e, q, *format, *explain, *width, std)
}

func list(ctx context.Context, r sessiondex.Reader, q query.Query, format string, explain bool, width int, std stdio) error {
	page, err := r.List(ctx, q)
	if err != nil {
		return err
	}
	if explain {
		plan, err := r.Explain(ctx, q)
		if err != nil {
			return err
		}
		fmt.Fprintln(std.err, plan)
	}
	out := bufio.NewWriter(std.out)
	switch format {
	case "json":
		out.Write(append(page.AppendJSON(nil), '\n'))
	case "jsonl":
		for i := range page.Items {
			out.Write(append(page.Items[i].AppendJSON(nil), '\n'))
		}
	default:
		if width == 0 {
			width = terminalWidth(std.out)
		}
		printTable(out, &page, q.SortBy, width, time.Now())
	}
	return out.Flush()
}

// terminalWidth returns the columns of the terminal that is written to, else
// those that the environment states, else 100.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 100
}
