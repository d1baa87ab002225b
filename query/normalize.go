package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// Normalized returns the one form of all queries that mean the same as q, which
// is the form that is run: defaults filled in (match, order, limit), the keyword
// trimmed, each list sorted, without blanks and duplicates, and nil if none is left,
// times in UTC, and the flags set that a condition implies. A condition in Where moves to
// the member of Query that can hold it (In("state", "a") becomes States: {"a"}); the rest
// is sorted and merged, without conditions that hold for every session. What is invalid
// stays as it is (see Validate), and so does the Scope, where an empty list and nil differ.
//
// Normalising again changes nothing. A list that is in this form already is
// shared with q, any other is copied; q's own lists are never written to.
func (q Query) Normalized() Query {
	q.Keyword = fold.Trim(q.Keyword)
	q.Match = cmp.Or(q.Match, MatchPhrase)
	if q.SearchIn = normalList(q.SearchIn); len(q.SearchIn) == 1 && q.SearchIn[0] == string(Title) {
		q.SearchIn = nil
	}
	q.States = normalList(q.States)
	q.SourceChannels = normalList(q.SourceChannels)
	q.SessionTypes = normalList(q.SessionTypes)
	q.TriggerTypes = normalList(q.TriggerTypes)
	q.IDs = normalIDs(q.IDs)
	q.Kinds = normalKinds(q.Kinds)
	q.Include = normalList(q.Include)
	q.CreatedAfter = q.CreatedAfter.UTC()
	q.CreatedBefore = q.CreatedBefore.UTC()
	q.UpdatedAfter = q.UpdatedAfter.UTC()
	q.UpdatedBefore = q.UpdatedBefore.UTC()
	if len(q.Where) > 0 {
		q.settle()
	} else {
		q.Where = nil
	}
	implied := q.implied()
	q.IncludeSubSessions = q.IncludeSubSessions || implied&schema.SubSession != 0
	q.IncludeTaskSessions = q.IncludeTaskSessions || implied&schema.TaskRun != 0
	q.SortBy = cmp.Or(q.SortBy, UpdatedAt)
	q.SortDirection = cmp.Or(q.SortDirection, Desc)
	q.Limit = cmp.Or(q.Limit, DefaultLimit)
	return q
}

// implying are the contract's rows that bring subordinate sessions into view.
var implying = slices.DeleteFunc(slices.Collect(schema.Contract().Rows()), func(r *schema.Row) bool { return r.Implies == 0 })

// implied returns what the conditions on the contract's rows bring into view. The lists are normal.
func (q *Query) implied() (v schema.Visibility) {
	for _, r := range implying {
		set := q.has(r.Index)
		for i := range q.Where {
			set = set || q.Where[i].field == r.Name && q.Where[i].needsValue()
		}
		if set {
			v |= r.Implies
		}
	}
	return v
}

// settle moves every condition, of the members and of Where, to the one place it has.
func (q *Query) settle() {
	where := q.Where
	conds := make([]Cond, 0, len(where)+2)
	for i := range schema.NumContractRows {
		conds = q.take(schema.Contract().Row(i), conds)
	}
	conds = normalConds(append(conds, where...))
	q.Where = nil
	for i := range conds {
		c := &conds[i]
		if r := schema.Contract().Lookup(c.field); r == nil || !q.give(r, c) {
			q.Where = append(q.Where, *c)
		}
	}
}

// normalConds simplifies, sorts and merges conditions that must all hold, in place.
func normalConds(conds []Cond) []Cond {
	n := 0
	for _, c := range conds {
		if c, always := c.simplified(); !always {
			conds[n] = c
			n++
		}
	}
	conds = conds[:n]
	slices.SortFunc(conds, compareConds)
	return slices.CompactFunc(mergeConds(conds), func(a, b Cond) bool { return compareConds(a, b) == 0 })
}

// mergeConds merges sorted conditions of one field that must all hold: it unites the
// values of NotIn and of HasAll, and keeps the narrowest bounds. The result shares the
// array of conds.
func mergeConds(conds []Cond) []Cond {
	merged := conds[:0]
	for len(conds) > 0 {
		n := 1
		for n < len(conds) && conds[n].op == conds[0].op && conds[n].field == conds[0].field {
			n++
		}
		merged = appendMerged(merged, conds[:n])
		conds = conds[n:]
	}
	return merged
}

// appendMerged appends conditions of one kind on one field.
func appendMerged(to, conds []Cond) []Cond {
	switch op := conds[0].op; op {
	case condNotIn, condHasAll:
		c := conds[0]
		if len(conds) > 1 {
			var values []string
			for i := range conds {
				values = append(values, conds[i].values...)
			}
			c.values = sortedSet(values)
		}
		return append(to, c)
	case condAtLeast, condAbove, condAtMost, condBelow:
		first := len(to)
		for _, c := range conds {
			last := len(to) - 1
			switch {
			case last < first || !c.bounds[0].valid() || !to[last].bounds[0].valid() || c.bounds[0].isTime != to[last].bounds[0].isTime:
				to = append(to, c)
			case op == condAtLeast || op == condAbove: // the larger one, and they ascend
				to[last] = c
			}
		}
		return to
	}
	return append(to, conds...)
}

// normalIDs keeps "", the id of no session, if there is no other: the list is a filter.
func normalIDs(ids []string) []string {
	set := exactSet(ids)
	switch {
	case len(ids) == 0:
		return nil
	case len(set) == 0:
		return []string{""}
	}
	return set
}

func normalKinds(list []Kind) []Kind {
	normal := len(list) > 0 || list == nil
	for i, k := range list {
		normal = normal && k != "" && (i == 0 || list[i-1] < k)
	}
	if normal {
		return list
	}
	list = slices.DeleteFunc(slices.Clone(list), func(k Kind) bool { return k == "" })
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func normalList(list []string) []string {
	if isNormalList(list) {
		return list
	}
	out := make([]string, 0, len(list))
	for _, value := range list {
		if value = strings.TrimSpace(value); value != "" {
			out = append(out, value)
		}
	}
	if len(out) == 0 {
		return nil
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isNormalList is the cheap way out for what Parse made and for short lists, which
// is nearly every call.
func isNormalList(list []string) bool {
	if len(list) == 0 {
		return list == nil
	}
	for i, value := range list {
		if !isPlain(value) || i > 0 && list[i-1] >= value {
			return false
		}
	}
	return true
}
