package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sessiondex/sessiondex/query"
)

// The parameters of counting that a listing does not have.
const (
	facetParam  = "facet"       // the fields to count by; a list
	searchParam = "facet_query" // what the values that are listed contain
	topParam    = "top"         // how many of the most frequent values are listed
	periodParam = "period"      // what times are counted by
	zoneParam   = "tz"          // where: a listing has it too, for its dates
)

// facets answers GET /api/v0/session-facets. Order and page mean nothing to it,
// but are checked like any parameter.
func (h *handler) facets(x *exchange) error {
	v, ok, err := h.params(x)
	if !ok {
		return err
	}
	snapshot, given := takeSnapshot(v)
	options, faults := h.takeFacetOptions(v)
	q, err := h.query(x, v, faults...)
	if err != nil {
		return x.faults(err)
	}
	from, ok, err := h.origin(x, snapshot, given)
	if !ok {
		return err
	}
	if x.notModified(false) {
		return nil
	}
	f, err := from.source.Facets(x.r.Context(), q, options)
	if err != nil {
		return x.faults(err)
	}
	if x.notModified(true) {
		return nil
	}
	h.keep(x, &from)
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return x.body(http.StatusOK, append(body, '\n'))
}

// takeFacetOptions reads the parameters of counting and removes them, but for the time
// zone, which is the listing's to judge. There is at most one fault for each.
func (h *handler) takeFacetOptions(v url.Values) (o query.FacetOptions, faults []query.Fault) {
	// check notes the fault of a part of the options.
	check := func(part query.FacetOptions) {
		var err *query.Error
		if errors.As(part.ValidateWith(h.source.Schema()), &err) {
			faults = append(faults, err.Faults[0])
		}
	}
	seen := make(map[string]bool)
	for _, all := range v[facetParam] {
		for name := range strings.SplitSeq(all, ",") {
			if name = strings.TrimSpace(name); name != "" && !seen[name] && len(faults) == 0 {
				seen[name] = true
				o.Fields = append(o.Fields, name)
				check(query.FacetOptions{Fields: []string{name}})
			}
		}
	}
	if o.Search, _ = take(v, searchParam); len(faults) > 0 {
		check(query.FacetOptions{Search: o.Search})
	} else {
		check(query.FacetOptions{Fields: o.Fields, Search: o.Search})
	}
	if text, given := take(v, topParam); given {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange): // out of range, it is the nearest in it
			faults = append(faults, query.NewFault(topParam, "int_parsing", "Input should be a valid integer, unable to parse string as an integer", text))
		case n < 1:
			faults = append(faults, query.NewFault(topParam, "greater_than_equal", "Input should be greater than or equal to 1", text))
		default:
			o.Top = n
			check(query.FacetOptions{Top: n})
		}
	}
	if period, given := take(v, periodParam); given {
		o.Period = query.Period(period)
		check(query.FacetOptions{Period: o.Period})
		if period == "" { // the default in Go, but a fault as a parameter
			faults = append(faults, query.NewFault(periodParam, "enum", "Input should be 'month', 'day' or 'hour'", period))
		}
	}
	if zone, given := lastOf(v, zoneParam); given {
		o.Zone, _ = query.ParseZone(zone)
	}
	delete(v, facetParam)
	return o, faults
}

// lastOf returns the last value of a parameter: the one that counts.
func lastOf(v url.Values, name string) (value string, given bool) {
	all := v[name]
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1], true
}

// take removes a parameter and returns its last value.
func take(v url.Values, name string) (value string, given bool) {
	value, given = lastOf(v, name)
	delete(v, name)
	return value, given
}
