package oracle

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// facet says how to count a field: the filter to leave out, and the value of a row.
type facet struct {
	omit  member
	value func(row) string // "" means no value
}

func facetOf(field string, o query.FacetOptions) facet {
	zone := cmp.Or(o.Zone, time.UTC)
	period := func(t time.Time) string {
		t = t.In(zone)
		switch o.Period {
		case query.Hour:
			return t.Add(-time.Duration(t.Minute()) * time.Minute).Format("2006-01-02T15:04Z07:00")
		case query.Day:
			return t.Format(time.DateOnly)
		}
		return t.Format("2006-01")
	}
	return map[string]facet{
		"state":             {state, func(r row) string { return r.State }},
		"source_channel":    {sourceChannel, func(r row) string { return r.SourceChannel }},
		"session_type":      {sessionType, func(r row) string { return r.SessionType }},
		"trigger_type":      {triggerType, func(r row) string { return r.TriggerType }},
		"app_id":            {appID, func(r row) string { return r.AppID }},
		"workspace_id":      {workspaceID, func(r row) string { return r.WorkspaceID }},
		"parent_session_id": {parentID, func(r row) string { return r.ParentSessionID }},
		"aop_asset_id":      {aopAssetID, func(r row) string { return r.AOPAssetID }},
		"created_at":        {createdAt, func(r row) string { return period(r.CreatedAt) }},
		"updated_at":        {updatedAt, func(r row) string { return period(r.UpdatedAt) }},
		"kind":              {kinds, kindOf},
	}[field]
}

func kindOf(r row) string {
	switch {
	case r.IsSubSession && r.IsTaskSession:
		return "both"
	case r.IsSubSession:
		return "sub_session"
	case r.IsTaskSession:
		return "task_run"
	}
	return "top_level"
}

// Facets counts the matches of a valid query by the fields that valid options name,
// each without the query's own filter on it.
func (o *Oracle) Facets(q query.Query, options query.FacetOptions) query.Facets {
	fields := options.Fields
	if len(fields) == 0 {
		fields = query.DefaultFacets()
	}
	f := query.Facets{Total: len(o.All(q)), Fields: []query.Facet{}}
	for i, field := range fields {
		if !slices.Contains(fields[:i], field) {
			f.Fields = append(f.Fields, o.count(q, field, options))
		}
	}
	return f
}

func (o *Oracle) count(q query.Query, field string, options query.FacetOptions) query.Facet {
	f := facetOf(field, options)
	if f.omit == triggerType || f.omit == aopAssetID {
		q.IncludeTaskSessions = true // as choosing a value does
	}
	if f.omit == parentID {
		q.IncludeSubSessions = true // likewise
	}
	out := query.Facet{Field: field, Values: []query.FacetCount{}}
	counts, times := map[string]int{}, map[string]time.Time{} // a time of some session with the value
	for _, r := range o.rows {
		if (f.omit == kinds || visible(r, q)) && matchesRest(r, q, f.omit) {
			if value := f.value(r); value != "" {
				counts[value]++
				times[value] = r.UpdatedAt
				if field == "created_at" {
					times[value] = r.CreatedAt
				}
			} else {
				out.Missing++
			}
		}
	}
	form := fold.Form(o.Fold)
	if search := form.Fold(fold.Trim(options.Search)); field != "kind" && !strings.HasSuffix(field, "_at") {
		maps.DeleteFunc(counts, func(value string, _ int) bool { return !strings.Contains(form.Fold(value), search) })
	}
	for value, n := range counts {
		out.Values = append(out.Values, query.FacetCount{Value: value, Count: n})
	}
	out.Distinct = len(counts)
	top := min(len(counts), cmp.Or(options.Top, query.DefaultTop))
	if strings.HasSuffix(field, "_at") { // the latest, ascending
		slices.SortFunc(out.Values, func(a, b query.FacetCount) int { return times[a.Value].Compare(times[b.Value]) })
		out.Values = out.Values[len(counts)-top:]
		return out
	}
	slices.SortFunc(out.Values, func(a, b query.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	out.Values = out.Values[:top]
	return out
}
