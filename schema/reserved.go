package schema

import "slices"

// reserved are the parameters of the endpoints, present or planned, and the facets that
// are not rows.
var reserved = []string{
	// of listings
	"query", "match", "typing", "typos", "search_in", "include_sub_sessions", "include_task_sessions", "include",
	"created_after", "created_before", "updated_after", "updated_before", "ids", "tz",
	"sort_by", "sort_direction", "sort_first", "limit", "offset", "cursor", "snapshot",
	// of facets, views and exports
	"facet", "facet_query", "top", "period",
	"fields", "title_max", "offsets", "bars", "suggest", "format", "id",
	// of single sessions and events
	"session_id", "download", "min_interval",
	// of the page
	"view",
}

// Reserved returns the names that no declared field may have, sorted: the rows of the
// contract, its members, and the parameters of every endpoint.
func Reserved() []string {
	names := append(slices.Clone(reserved), otherMembers...)
	for i := range contract.rows {
		names = append(names, contract.rows[i].Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
