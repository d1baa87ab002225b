package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// facetHeadings are those that are not the field's name in capitals.
var facetHeadings = map[string]string{
	"source_channel": "CHANNEL", "session_type": "TYPE", "trigger_type": "TRIGGER", "app_id": "APP", "created_at": "MONTH",
}

// printFacets prints the counts under a table: a block for each field that has any,
// its values one a line, the counts in one column.
func printFacets(w io.Writer, f *sessiondex.Facets, width int) {
	digits := 0
	for _, facet := range f.Fields {
		for _, c := range facet.Values {
			digits = max(digits, len(thousands(c.Count)))
		}
	}
	for _, facet := range f.Fields {
		if len(facet.Values) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", cmp.Or(facetHeadings[facet.Field], strings.ToUpper(facet.Field)))
		for _, c := range facet.Values {
			fmt.Fprintf(w, "  %*s  %s\n", digits, thousands(c.Count), cutCells(oneLine(c.Value), max(width-digits-4, 10)))
		}
		if more := facet.Distinct - len(facet.Values); more > 0 {
			fmt.Fprintf(w, "  %*s  %s more\n", digits, "", thousands(more))
		}
	}
}
