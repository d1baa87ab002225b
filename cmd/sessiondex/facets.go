package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// printFacets prints the counts under a table: a block for each member that has
// any, its values one a line, the counts in one column.
func printFacets(w io.Writer, f *sessiondex.Facets, width int) {
	kinds := []sessiondex.FacetCount{
		{Value: "top-level", Count: f.Kinds.TopLevel}, {Value: "sub-session", Count: f.Kinds.SubSessions},
		{Value: "task run", Count: f.Kinds.TaskRuns}, {Value: "both", Count: f.Kinds.Both},
	}
	blocks := []struct {
		name   string
		counts []sessiondex.FacetCount
		more   int // values that are not listed
	}{
		{"STATE", f.States, 0},
		{"CHANNEL", f.SourceChannels, 0},
		{"TYPE", f.SessionTypes, 0},
		{"TRIGGER", f.TriggerTypes, 0},
		{"APP", f.Apps, f.AppsTotal - len(f.Apps)},
		{"KIND", kinds, 0},
		{"MONTH", f.CreatedMonths, 0},
	}
	digits := 0
	for _, b := range blocks {
		for _, c := range b.counts {
			digits = max(digits, len(thousands(c.Count)))
		}
	}
	for _, b := range blocks {
		var lines strings.Builder
		for _, c := range b.counts {
			if c.Count == 0 && b.name == "KIND" {
				continue
			}
			value := oneLine(c.Value)
			if value == "" {
				value = "(none)"
			}
			fmt.Fprintf(&lines, "  %*s  %s\n", digits, thousands(c.Count), cutCells(value, max(width-digits-4, 10)))
		}
		if lines.Len() == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n%s", b.name, &lines)
		if b.more > 0 {
			fmt.Fprintf(w, "  %*s  %s more\n", digits, "", thousands(b.more))
		}
	}
}
