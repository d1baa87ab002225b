package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// columnGap is the space between two columns.
const columnGap = 2

// table prints pages for people.
type table struct {
	columns []column
	width   int // columns of the terminal
}

// print prints the rows of a page, which part of the whole it is, what is hidden, and a
// note about a page without rows.
func (t *table) print(w io.Writer, p *sessiondex.Page, hidden query.Hidden, note string, now time.Time) {
	if len(p.Items) > 0 {
		t.printRows(w, t.rows(p.Items, now))
		fmt.Fprintln(w)
	}
	last := footer(p) + hiddenNote(hidden)
	if note != "" {
		last += ". " + note
	}
	fmt.Fprintln(w, last)
}

// rows returns the heading and the cells of each session.
func (t *table) rows(items []sessiondex.Session, now time.Time) [][]string {
	short := shortIDs(items)
	rows := make([][]string, 1+len(items))
	for _, c := range t.columns {
		rows[0] = append(rows[0], c.heading)
		for i := range items {
			var cell string
			switch {
			case c.name == "id":
				cell = short[i]
			case c.cell != nil:
				cell = oneLine(c.cell(&items[i], now))
			default:
				cell = oneLine(c.value(&items[i]))
			}
			rows[i+1] = append(rows[i+1], cell)
		}
	}
	return rows
}

func (t *table) printRows(w io.Writer, rows [][]string) {
	widths := fitColumns(t.columns, rows, t.width)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			cell = cutCells(cell, widths[i])
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-cells(cell)+columnGap))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// footer says which part of the whole the page is: 51–100 of 12,345. Another server's
// total may only be the rows so far and one more; then that is a lower bound.
func footer(p *sessiondex.Page) string {
	n := len(p.Items)
	seen := p.Offset + n
	switch {
	case p.HasMore && p.Total <= seen+1:
		return fmt.Sprintf("%s–%s of at least %s", thousands(p.Offset+1), thousands(seen), thousands(seen+1))
	case p.Total == 0 && n == 0:
		return "0 sessions"
	case n == 0:
		return fmt.Sprintf("none from %s on, of %s", thousands(p.Offset), thousands(p.Total))
	default:
		return fmt.Sprintf("%s–%s of %s", thousands(p.Offset+1), thousands(seen), thousands(max(p.Total, seen)))
	}
}

// hiddenNote says how many more there would be: (3 hidden as task runs, 1 as
// sub-session).
func hiddenNote(h query.Hidden) string {
	var parts []string
	add := func(n int, one, more string) {
		if n == 0 {
			return
		}
		part := thousands(n)
		if len(parts) == 0 {
			part += " hidden"
		}
		if n != 1 {
			one = more
		}
		parts = append(parts, part+" as "+one)
	}
	add(h.For("task_run"), "task run", "task runs")
	add(h.For("sub_session"), "sub-session", "sub-sessions")
	add(h.For("sub_session", "task_run"), "both", "both")
	for _, by := range h.By {
		if last := by.Reasons[len(by.Reasons)-1]; last != "sub_session" && last != "task_run" {
			reasons := strings.Join(by.Reasons, " and ")
			add(by.Count, reasons, reasons)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
