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

// printTable prints a page for people: short ids, titles cut to what the width
// leaves, ages, which part of the whole it is, and what is hidden.
func printTable(w io.Writer, p *sessiondex.Page, hidden query.Hidden, sortBy query.SortField, width int, now time.Time) {
	if len(p.Items) > 0 {
		rows := tableRows(p, sortBy, now)
		printRows(w, rows, width)
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, footer(p)+hiddenNote(hidden))
}

// The columns of the table; the title takes what the others leave.
const titleColumn = 1

func tableRows(p *sessiondex.Page, sortBy query.SortField, now time.Time) [][]string {
	age := "UPDATED"
	if sortBy == query.CreatedAt {
		age = "CREATED"
	}
	rows := [][]string{{"ID", "TITLE", "STATE", "CHANNEL", age}}
	short := shortIDs(p.Items)
	for i := range p.Items {
		s := &p.Items[i]
		at := s.UpdatedAt
		if sortBy == query.CreatedAt {
			at = s.CreatedAt
		}
		title := oneLine(s.Title)
		if title == "" {
			title = "(untitled)"
		}
		rows = append(rows, []string{oneLine(short[i]), title, oneLine(s.State), oneLine(s.SourceChannel), ageOf(at, now)})
	}
	return rows
}

func printRows(w io.Writer, rows [][]string, width int) {
	const gap = 2
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], cells(cell))
		}
	}
	// Titles are not cut elsewhere because some age grew by a digit.
	last := len(widths) - 1
	widths[last] = max(widths[last], len("59min ago"))
	left := width
	for i, n := range widths {
		if i != titleColumn {
			left -= n + gap
		}
	}
	widths[titleColumn] = min(widths[titleColumn], max(left, 10))
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			cell = cutCells(cell, widths[i])
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-cells(cell)+gap))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// shortIDs cuts ids to eight characters, or to as many as it takes to tell the
// ids of the page apart.
func shortIDs(items []sessiondex.Session) []string {
	short := make([]string, len(items))
	for n := 8; ; n *= 2 {
		seen := make(map[string]bool, len(items))
		longest := 0
		for i := range items {
			r := []rune(items[i].ID)
			longest = max(longest, len(r))
			short[i] = string(r[:min(n, len(r))])
			seen[short[i]] = true
		}
		if len(seen) == len(items) || n >= longest {
			return short
		}
	}
}

// ageOf says how long ago, in the largest unit that fits.
func ageOf(at, now time.Time) string {
	d := now.Sub(at)
	if d < 0 {
		return "in " + span(-d)
	}
	if d < time.Minute {
		return "just now"
	}
	return span(d) + " ago"
}

func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dmin", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d < 60*day:
		return fmt.Sprintf("%dd", d/day)
	case d < 730*day:
		return fmt.Sprintf("%dmo", d/(30*day))
	}
	return fmt.Sprintf("%dy", d/(365*day))
}

// footer says which part of the whole the page is: 51–100 of 12,345.
func footer(p *sessiondex.Page) string {
	switch n := len(p.Items); {
	case p.Total == 0:
		return "no sessions"
	case n == 0:
		return fmt.Sprintf("none from %s on, of %s", thousands(p.Offset), thousands(p.Total))
	default:
		return fmt.Sprintf("%s–%s of %s", thousands(p.Offset+1), thousands(p.Offset+n), thousands(p.Total))
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
	add(h.TaskRuns, "task run", "task runs")
	add(h.SubSessions, "sub-session", "sub-sessions")
	add(h.Both, "both", "both")
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
