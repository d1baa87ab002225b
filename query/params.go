package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/schema"
)

// The names of the parameters that are no rows of the schema.
const (
	paramQuery               = "query"
	paramIncludeSubSessions  = "include_sub_sessions"
	paramIncludeTaskSessions = "include_task_sessions"
	paramSortBy              = "sort_by"
	paramSortDirection       = "sort_direction"
	paramLimit               = "limit"
	paramOffset              = "offset"
	paramMatch               = "match"
	paramCursor              = "cursor"
	paramIDs                 = "ids"
	paramIDPrefix            = "ids[prefix]"
	paramKind                = "kind"
	paramInclude             = "include"
	paramSortFirst           = "sort_first"
	paramTyping              = "typing"
	paramTypos               = "typos"
	paramSearchIn            = "search_in"
	paramTZ                  = "tz"
)

// params are all parameters but those of declared fields, in the order in which faults
// are listed: the contract's order, then what was added to it.
var params = [...]string{
	paramQuery, "state", "source_channel", "session_type", "app_id",
	paramIncludeSubSessions, paramIncludeTaskSessions,
	"created_after", "created_before",
	paramSortBy, paramSortDirection, paramLimit, paramOffset,
	"workspace_id", "aop_asset_id", "trigger_type", paramMatch, paramCursor,
	"parent_session_id", paramIDs, paramKind, "updated_after", "updated_before",
	paramInclude, paramSortFirst, paramTyping, paramTypos, paramSearchIn, paramTZ,
}

// Parameters returns the names of the parameters that ParseWith knows, without brackets:
// the contract's and further ones, then those of declared fields.
func Parameters(s *schema.Schema) []string {
	names := slices.Clone(params[:])
	for r := range s.Declared() {
		if takesName(r) {
			names = append(names, r.Name)
		}
	}
	return names
}

// takesName reports whether the name of a row alone is a parameter.
func takesName(r *schema.Row) bool {
	return r.Type == schema.Keyword || r.Type == schema.Flag || r.Type == schema.Kind
}

// sortFaults puts faults in order: parameters as in params, declared fields, parameters
// with brackets, all others by name.
func sortFaults(s *schema.Schema, faults []Fault) {
	class := func(f *Fault) (class, index int) {
		if i := slices.Index(params[:], f.Param); i >= 0 {
			return 0, i
		}
		if r := s.Lookup(f.Param); r != nil {
			return 1, r.Index
		}
		if strings.Contains(f.Param, "[") {
			return 2, 0
		}
		return 3, 0
	}
	slices.SortStableFunc(faults, func(a, b Fault) int {
		classA, indexA := class(&a)
		classB, indexB := class(&b)
		return cmp.Or(cmp.Compare(classA, classB), cmp.Compare(indexA, indexB), strings.Compare(a.Param, b.Param))
	})
}
