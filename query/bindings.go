package query

import (
	"time"

	"github.com/sessiondex/sessiondex/schema"
)

// The commonest conditions on the contract's rows are members of Query: an In as a list
// or as a single value, and bounds. All others, and all on declared fields, stand in
// Query.Where. These three functions tell which member is which row's.

// list returns the member that holds an In on a row of the contract, or nil.
func (q *Query) list(row int) *[]string {
	switch row {
	case schema.RowState:
		return &q.States
	case schema.RowSourceChannel:
		return &q.SourceChannels
	case schema.RowSessionType:
		return &q.SessionTypes
	case schema.RowTriggerType:
		return &q.TriggerTypes
	}
	return nil
}

// single returns the member that holds an In of one value, or nil.
func (q *Query) single(row int) *string {
	switch row {
	case schema.RowAppID:
		return &q.AppID
	case schema.RowWorkspaceID:
		return &q.WorkspaceID
	case schema.RowAOPAssetID:
		return &q.AOPAssetID
	case schema.RowParentSessionID:
		return &q.ParentSessionID
	}
	return nil
}

// bounds returns the members that hold an AtLeast and an AtMost, or nil.
func (q *Query) bounds(row int) (after, before *time.Time) {
	switch row {
	case schema.RowCreatedAt:
		return &q.CreatedAfter, &q.CreatedBefore
	case schema.RowUpdatedAt:
		return &q.UpdatedAfter, &q.UpdatedBefore
	}
	return nil, nil
}

// has reports whether the member of a row of the contract is set, of a normalised query.
func (q *Query) has(row int) bool {
	if l := q.list(row); l != nil {
		return len(*l) > 0
	}
	if s := q.single(row); s != nil {
		return *s != ""
	}
	after, before := q.bounds(row)
	return after != nil && !(after.IsZero() && before.IsZero())
}

// test resolves the member of a row, which is set.
func (q *Query) test(r *schema.Row) (c Test) {
	c.Row = r
	if l := q.list(r.Index); l != nil {
		c.Values = *l
		return c
	}
	if s := q.single(r.Index); s != nil {
		c.Values = []string{*s}
		return c
	}
	after, before := q.bounds(r.Index)
	c.openRange()
	if !after.IsZero() {
		c.Min.Time = *after
	}
	if !before.IsZero() {
		c.Max.Time = *before
	}
	return c
}

// take moves the members of a row to conditions.
func (q *Query) take(r *schema.Row, to []Cond) []Cond {
	if l := q.list(r.Index); l != nil {
		if values := normalList(*l); values != nil {
			to = append(to, Cond{op: condIn, field: r.Name, values: values})
		}
		*l = nil
	}
	if s := q.single(r.Index); s != nil {
		if *s != "" {
			to = append(to, Cond{op: condIn, field: r.Name, values: []string{*s}})
		}
		*s = ""
	}
	if after, before := q.bounds(r.Index); after != nil {
		if !after.IsZero() {
			to = append(to, AtLeast(r.Name, *after))
		}
		if !before.IsZero() {
			to = append(to, AtMost(r.Name, *before))
		}
		*after, *before = time.Time{}, time.Time{}
	}
	return to
}

// give moves a condition on a row into its member, if that is free and can hold it.
func (q *Query) give(r *schema.Row, c *Cond) bool {
	if c.op == condIn {
		if l := q.list(r.Index); l != nil && *l == nil && isNormalList(c.values) && c.values != nil {
			*l = c.values
			return true
		}
		if s := q.single(r.Index); s != nil && *s == "" && len(c.values) == 1 && c.values[0] != "" {
			*s = c.values[0]
			return true
		}
		return false
	}
	after, before := q.bounds(r.Index)
	if after == nil || len(c.bounds) != 1 || !c.bounds[0].isTime {
		return false
	}
	switch at := c.bounds[0].at; {
	case c.op == condAtLeast && after.IsZero():
		*after = at // the zero time is before every session's, and no bound
		return true
	case c.op == condAtMost && before.IsZero():
		*before = upperBound(at)
		return true
	}
	return false
}

// upperBound returns t as a member of Query has it, where the zero time stands for no
// bound. No session has the zero time or an earlier one, so the nanosecond before it
// means the same: nothing matches.
func upperBound(t time.Time) time.Time {
	if t.IsZero() {
		return t.Add(-1)
	}
	return t
}
