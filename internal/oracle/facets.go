package oracle

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// Facets counts the matches of a valid query by value, each list without the query's
// own filter on that member. Members without a value are not counted.
func (o *Oracle) Facets(q query.Query) sessiondex.Facets {
	f := sessiondex.Facets{
		Total:          len(o.All(q)),
		States:         o.count(q, state, func(r row) string { return r.State }),
		SourceChannels: o.count(q, sourceChannel, func(r row) string { return r.SourceChannel }),
		SessionTypes:   o.count(q, sessionType, func(r row) string { return r.SessionType }),
		TriggerTypes:   o.count(q, triggerType, func(r row) string { return r.TriggerType }),
		CreatedMonths:  o.count(q, createdAt, func(r row) string { return r.CreatedAt.Format("2006-01") }),
	}
	apps := o.count(q, appID, func(r row) string { return r.AppID })
	f.AppsTotal = len(apps)
	f.Apps = apps[:min(len(apps), sessiondex.TopApps)]
	slices.SortFunc(f.CreatedMonths, func(a, b sessiondex.FacetCount) int { return strings.Compare(a.Value, b.Value) })

	for _, r := range o.rows {
		switch {
		case !matchesRest(r, q, nothing):
		case r.IsSubSession && r.IsTaskSession:
			f.Kinds.Both++
		case r.IsSubSession:
			f.Kinds.SubSessions++
		case r.IsTaskSession:
			f.Kinds.TaskRuns++
		default:
			f.Kinds.TopLevel++
		}
	}
	return f
}

// count counts the matches by value, the filter on omit left out, by falling count
// and then by value.
func (o *Oracle) count(q query.Query, omit member, value func(row) string) []sessiondex.FacetCount {
	if omit == triggerType {
		q.IncludeTaskSessions = true // as choosing a trigger does
	}
	counts := map[string]int{}
	for _, r := range o.rows {
		if value(r) != "" && visible(r, q) && matchesRest(r, q, omit) {
			counts[value(r)]++
		}
	}
	out := make([]sessiondex.FacetCount, 0, len(counts))
	for value, n := range counts {
		out = append(out, sessiondex.FacetCount{Value: value, Count: n})
	}
	slices.SortFunc(out, func(a, b sessiondex.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out
}
