package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// facetFlags say what --facets counts.
type facetFlags struct {
	fields, search, period, zone string
	top                          int
}

func (f *facetFlags) add(g flagGroup) {
	g.StringVar(&f.fields, "facet", "", "the `fields` that --facets counts by, separated by commas (default state and those that stand with it)")
	g.StringVar(&f.search, "facet-query", "", "of keyword fields only the values that contain this `text`, in any case")
	g.StringVar(&f.period, "period", "", "what times are counted by: month, day or hour (default month)")
	g.StringVar(&f.zone, "tz", "", "the time `zone` of those, such as Europe/Berlin (default UTC)")
	g.IntVar(&f.top, "top", 10, "how `many` values of each field --facets lists")
}

// options returns them as the library has them, or what is wrong.
func (f *facetFlags) options(s *schema.Schema) (o query.FacetOptions, err error) {
	o = query.FacetOptions{Top: f.top, Search: f.search, Period: query.Period(f.period)}
	for name := range strings.SplitSeq(f.fields, ",") {
		if name = strings.TrimSpace(name); name != "" {
			o.Fields = append(o.Fields, name)
		}
	}
	if f.zone != "" {
		if o.Zone, err = query.ParseZone(f.zone); err != nil {
			return o, usageError{"tz: " + err.Error()}
		}
	}
	return o, o.ValidateWith(s)
}

// set adds them to the parameters of a request.
func (f *facetFlags) set(params url.Values) {
	params.Set("top", strconv.Itoa(f.top))
	for param, value := range map[string]string{"facet": f.fields, "facet_query": f.search, "period": f.period, "tz": f.zone} {
		if value != "" {
			params.Set(param, value)
		}
	}
}

// facetHeadings are those that are not the field's name in capitals.
var facetHeadings = map[string]string{
	"source_channel": "CHANNEL", "session_type": "TYPE", "trigger_type": "TRIGGER", "app_id": "APP",
}

// printFacets prints the counts under a table: a block for each field that has any,
// its values one a line, the counts in one column.
func printFacets(w io.Writer, f *sessiondex.Facets, period string, width int) {
	digits := 0
	for _, facet := range f.Fields {
		for _, c := range facet.Values {
			digits = max(digits, len(thousands(c.Count)))
		}
		if n := facet.Number; n != nil {
			digits = max(digits, len(thousands(n.Count)))
		}
	}
	for _, facet := range f.Fields {
		if len(facet.Values) == 0 && (facet.Number == nil || facet.Number.Count == 0) {
			continue
		}
		heading := cmp.Or(facetHeadings[facet.Field], strings.ToUpper(facet.Field))
		if facet.Field == "created_at" {
			heading = strings.ToUpper(cmp.Or(period, "month"))
		}
		fmt.Fprintf(w, "\n%s\n", heading)
		if n := facet.Number; n != nil {
			fmt.Fprintf(w, "  %*s  from %s to %s, %s in all\n", digits, thousands(n.Count), number(n.Min), number(n.Max), number(n.Sum))
		}
		for _, c := range facet.Values {
			fmt.Fprintf(w, "  %*s  %s\n", digits, thousands(c.Count), cutCells(oneLine(c.Value), max(width-digits-4, 10)))
		}
		if more := facet.Distinct - len(facet.Values); more > 0 {
			fmt.Fprintf(w, "  %*s  %s more\n", digits, "", thousands(more))
		}
	}
}

// number writes a number as JSON has it.
func number(f float64) string {
	text, _ := json.Marshal(f) // a number of a session has no error
	return string(text)
}
