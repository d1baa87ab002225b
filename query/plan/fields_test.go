package plan_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

// fieldSchema has every type, hidden flags among them.
func fieldSchema(t testing.TB) *schema.Schema {
	s, err := schema.New(
		schema.Field{Name: "tags", Type: schema.Keyword}, schema.Field{Name: "owner", Type: schema.Keyword, Sorted: true},
		schema.Field{Name: "archived", Type: schema.Flag, Hidden: true}, schema.Field{Name: "muted", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "pinned", Type: schema.Flag}, schema.Field{Name: "cost", Type: schema.Number, Sorted: true},
		schema.Field{Name: "tokens", Type: schema.Number}, schema.Field{Name: "due", Type: schema.Time},
	)
	require.NoError(t, err)
	return s
}

// fields are the values of a session, independent of any index.
type fields struct {
	id      string
	kind    schema.Visibility
	words   map[string][]string
	numbers map[string]float64
	times   map[string]time.Time
}

func (f *fields) values(row *schema.Row) []string {
	if row.Type == schema.Flag && len(f.words[row.Name]) == 0 {
		return []string{"false"}
	}
	return f.words[row.Name]
}

func (f *fields) passes(t *query.Test) bool {
	switch t.Op {
	case query.OpAnyOf:
		return slices.ContainsFunc(t.Any, func(one query.Test) bool { return f.passes(&one) })
	case query.OpRange:
		if t.Row.Type == schema.Number {
			n, ok := f.numbers[t.Row.Name]
			return ok && n >= t.Min.Number && n <= t.Max.Number
		}
		at, ok := f.times[t.Row.Name]
		return ok && !at.Before(t.Min.Time) && !at.After(t.Max.Time)
	case query.OpHas, query.OpLacks:
		_, number := f.numbers[t.Row.Name]
		_, at := f.times[t.Row.Name]
		return (number || at || len(f.words[t.Row.Name]) > 0) == (t.Op == query.OpHas)
	case query.OpIn:
		return slices.ContainsFunc(f.values(t.Row), func(v string) bool { return slices.Contains(t.Values, v) })
	case query.OpNotIn:
		return !slices.ContainsFunc(f.values(t.Row), func(v string) bool { return slices.Contains(t.Values, v) })
	case query.OpHasAll:
		return !slices.ContainsFunc(t.Values, func(v string) bool { return !slices.Contains(f.values(t.Row), v) })
	}
	return slices.ContainsFunc(f.values(t.Row), func(v string) bool { return strings.HasPrefix(v, t.Values[0]) })
}

// rowOf returns the row of a test, or of alternatives on one row.
func rowOf(t *query.Test) *schema.Row {
	if t.Op == query.OpAnyOf && !t.Scope && len(t.Any) > 0 {
		return t.Any[0].Row
	}
	return t.Row
}

// lists reports whether a session meets all conditions except those on one row.
func (f *fields) lists(c *query.Conditions, kinds schema.Classes, omit *schema.Row) bool {
	if !kinds.Has(f.kind) || c.IDs != nil && !slices.Contains(c.IDs, f.id) || !strings.HasPrefix(f.id, c.IDPrefix) {
		return false
	}
	for i := range c.All {
		if t := &c.All[i]; !(omit != nil && rowOf(t) == omit && !t.Scope) && !f.passes(t) {
			return false
		}
	}
	return true
}

// randomFields makes a session's values and the entry that has them.
func randomFields(r *rand.Rand, n int) (fields, index.Entry) {
	f := fields{id: fmt.Sprintf("%03d", n), words: map[string][]string{}, numbers: map[string]float64{}, times: map[string]time.Time{}}
	members := map[string]any{"other": "x"}
	for _, tag := range []string{"billing", "bug", "urgent", "a,b"} {
		if r.IntN(3) == 0 {
			f.words["tags"] = append(f.words["tags"], tag)
		}
	}
	if f.words["tags"] != nil {
		members["tags"] = f.words["tags"]
	}
	if r.IntN(4) > 0 {
		owner := fmt.Sprint("u", r.IntN(30))
		f.words["owner"], members["owner"] = []string{owner}, owner
	}
	for i, flag := range []string{"archived", "muted", "pinned"} {
		if r.IntN(4) == 0 {
			f.words[flag], members[flag] = []string{"true"}, true
			if i < 2 {
				f.kind |= 4 << i
			}
		}
	}
	for _, name := range []string{"cost", "tokens"} {
		switch r.IntN(4) {
		case 0:
			members[name] = "not a number"
		case 1:
		default:
			f.numbers[name] = float64(r.IntN(20))/2 - 3
			members[name] = f.numbers[name]
		}
	}
	if r.IntN(3) > 0 {
		f.times["due"] = at(r.IntN(40) * 3600)
		members["due"] = f.times["due"].Format(time.RFC3339)
	}
	text, _ := json.Marshal(members)
	e := index.Entry{ID: f.id, Title: "Report", Created: index.InstantOf(at(r.IntN(50))), Updated: index.InstantOf(at(r.IntN(50))), Extra: string(text)}
	f.times["created_at"], f.times["updated_at"] = e.Created.Time(), e.Updated.Time()
	set := func(row int, name, value string) {
		if value != "" {
			e.Values[row], f.words[name] = value, []string{value}
		}
	}
	set(schema.RowState, "state", []string{"", "running", "failed"}[r.IntN(3)])
	set(schema.RowAppID, "app_id", []string{"", "app-1", "app-2"}[r.IntN(3)])
	set(schema.RowSessionType, "session_type", "session")
	if r.IntN(4) == 0 {
		f.kind |= schema.SubSession
		set(schema.RowParentSessionID, "parent_session_id", "001")
	}
	if r.IntN(4) == 0 {
		f.kind |= schema.TaskRun
		set(schema.RowTriggerType, "trigger_type", []string{"email", "api"}[r.IntN(2)])
	}
	e.Kind = f.kind & schema.KindBits
	return f, e
}

func randomCond(r *rand.Rand) query.Cond {
	tags := []string{"billing", "bug", "urgent", "a,b", "nothing"}
	some := func() []string { return tags[r.IntN(3) : 3+r.IntN(3)] }
	switch r.IntN(18) {
	case 0:
		return query.In("tags", some()...)
	case 1:
		return query.NotIn("tags", some()...)
	case 2:
		return query.HasAll("tags", tags[:r.IntN(4)]...)
	case 3:
		return query.Prefix("tags", []string{"b", "bu", "z"}[r.IntN(3)])
	case 4:
		return query.Has([]string{"tags", "owner", "cost", "due", "parent_session_id", "created_at"}[r.IntN(6)])
	case 5:
		return query.Lacks([]string{"tags", "owner", "cost", "due", "state", "updated_at"}[r.IntN(6)])
	case 6:
		return query.In("owner", "u1", "u2", "u40")
	case 7:
		return query.In([]string{"archived", "muted", "pinned"}[r.IntN(3)], "true")
	case 8:
		return query.In([]string{"archived", "muted", "pinned"}[r.IntN(3)], "false")
	case 9:
		return query.AtLeast("cost", r.IntN(8)-3)
	case 10:
		return query.Below("cost", r.IntN(8))
	case 11:
		return query.Above("tokens", float64(r.IntN(8))/2)
	case 12:
		return query.Equal("tokens", r.IntN(5), r.IntN(5))
	case 13:
		return query.AtMost("due", at(r.IntN(40)*3600))
	case 14:
		return query.Above("due", at(r.IntN(40)*3600))
	case 15:
		return query.AtLeast("updated_at", at(r.IntN(50)))
	case 16:
		return query.NotIn("state", "running")
	}
	return query.Below("created_at", at(r.IntN(50)))
}

func randomFieldQuery(r *rand.Rand) query.Query {
	q := query.Query{
		IncludeSubSessions: r.IntN(2) == 0, IncludeTaskSessions: r.IntN(2) == 0, Limit: 1 + r.IntN(40),
		SortBy: []query.SortField{query.UpdatedAt, query.CreatedAt}[r.IntN(2)], SortDirection: []query.Direction{query.Asc, query.Desc}[r.IntN(2)],
	}
	if r.IntN(3) == 0 {
		q.SortBy = []query.SortField{"owner", "cost"}[r.IntN(2)]
	}
	if r.IntN(4) == 0 {
		q.SortFirst = []string{"pinned", "archived"}[r.IntN(2)]
	}
	for range r.IntN(4) {
		q.Where = append(q.Where, randomCond(r))
	}
	if r.IntN(3) == 0 {
		q.Include = []string{"archived", "muted"}[:1+r.IntN(2)]
	}
	if r.IntN(5) == 0 {
		q.States = []string{"running"}
	}
	if r.IntN(6) == 0 {
		q.TriggerTypes = []string{"email"}
	}
	if r.IntN(6) == 0 {
		q.IDs = []string{"003", "007", "050", "nobody"}
	}
	if r.IntN(6) == 0 {
		q.IDPrefix = []string{"0", "01", "003", "9"}[r.IntN(4)]
	}
	if r.IntN(6) == 0 {
		q.Kinds = []query.Kind{query.TopLevel, query.Both}
	}
	if r.IntN(4) == 0 {
		q.Scope.Where = append(q.Scope.Where, query.AnyOf(query.In("owner", "u1", "u3"), query.In("tags", "bug"), randomCond(r)))
	}
	return q
}

// Every plan, the counts, the facets and tests of single sessions, for fields of any type.
func TestDeclaredFieldsAgreeWithAPassOverTheValues(t *testing.T) {
	r := newRand(t)
	s := fieldSchema(t)
	for _, n := range []int{0, 1, 40, 700} {
		w := index.NewWriter(s, nil)
		var all []fields
		var entries []index.Entry
		for i := range n {
			f, e := randomFields(r, i)
			all, entries = append(all, f), append(entries, e)
		}
		w.Put(entries)
		for i := range n / 3 { // which adds, changes and removes values
			f, e := randomFields(r, i)
			all[i], entries[i] = f, e
			w.Put(entries[i : i+1])
		}
		v := w.View()
		require.NoError(t, v.Check())
		for range 150 {
			q := randomFieldQuery(r)
			if q.ValidateWith(s) != nil {
				continue // conditions that exclude each other
			}
			requireFieldAnswers(t, r, v, all, q)
		}
	}
}

func requireFieldAnswers(t *testing.T, r *rand.Rand, v *index.View, all []fields, q query.Query) {
	t.Helper()
	ctx := context.Background()
	s := v.Schema()
	asked := q.Normalized()
	asked.Scope = asked.Scope.Normalized()
	c := asked.Conditions(s)
	kinds := c.Wanted & c.Shown
	var want []fields
	hidden := 0
	for _, f := range all {
		if f.lists(&c, kinds, nil) {
			want = append(want, f)
		}
		if f.lists(&c, c.Wanted&^c.Shown, nil) {
			hidden++
		}
	}
	slices.SortFunc(want, func(a, b fields) int {
		first := func(f fields) int { return -len(f.words[asked.SortFirst]) }
		by := string(asked.SortBy)
		order := cmp.Or(a.times[by].Compare(b.times[by]), cmp.Compare(a.numbers[by], b.numbers[by]), slices.Compare(a.words[by], b.words[by]), strings.Compare(a.id, b.id))
		if c := cmp.Compare(first(a), first(b)); asked.SortFirst != "" && c != 0 {
			return c
		}
		absent := func(f fields) int {
			_, number := f.numbers[by]
			return btoi(!number && len(f.words[by]) == 0)
		}
		if c := cmp.Compare(absent(a), absent(b)); c != 0 && c < 2 && asked.SortBy != query.UpdatedAt && asked.SortBy != query.CreatedAt {
			return c
		}
		if asked.SortDirection == query.Desc {
			order = -order
		}
		return order
	})
	for _, m := range methods {
		found, err := plan.Run(ctx, v, q, plan.Options{Force: m, Explain: r.IntN(2) == 0})
		require.NoError(t, err, "%+v", q)
		require.Equal(t, len(want), found.Total, "%s: %+v", m, q)
		var ids []string
		for _, ord := range found.Ords {
			ids = append(ids, v.ID(ord))
		}
		var wantIDs []string
		for _, f := range want[:min(len(want), q.Limit)] {
			wantIDs = append(wantIDs, f.id)
		}
		require.Equal(t, wantIDs, ids, "%s: %+v", m, q)
	}
	requireFieldPages(t, v, want, q)
	h, err := plan.CountHidden(ctx, v, q)
	require.NoError(t, err)
	require.Equal(t, hidden, h.Total, "%+v", q)

	m, err := plan.NewMatcher(q, index.NewWriter(s, nil).View())
	require.NoError(t, err)
	for _, f := range all {
		ord, ok := v.Find(f.id)
		require.True(t, ok)
		e := v.Entry(ord)
		require.Equal(t, f.lists(&c, kinds, nil), m.Match(&e, v.Folded(ord)), "%s: %+v", f.id, q)
	}
	if len(all) > 0 {
		f := all[r.IntN(len(all))]
		why, err := plan.WhyListed(ctx, v, q, f.id)
		if err == nil {
			require.Equal(t, f.lists(&c, kinds, nil), why.Listed, "%+v: %s", q, why)
			require.Equal(t, why.Listed, len(why.Unmet) == 0)
			rank := slices.IndexFunc(want, func(w fields) bool { return w.id == f.id })
			require.Equal(t, rank, why.Rank, "%s in %+v", f.id, q)
		} else {
			require.ErrorIs(t, err, query.ErrNotFound, "%+v", q)
		}
	}
	requireFieldFacets(t, v, all, q, &asked, &c)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// requireFieldPages follows the cursors to the end and back, and scans.
func requireFieldPages(t *testing.T, v *index.View, want []fields, q query.Query) {
	t.Helper()
	var ids []string
	for _, f := range want {
		ids = append(ids, f.id)
	}
	var scanned []string
	for ord, err := range plan.Scan(context.Background(), v, q) {
		require.NoError(t, err)
		scanned = append(scanned, v.ID(ord))
	}
	require.Equal(t, ids, scanned, "%+v", q)
	for at := 0; at < len(ids); at += q.Limit {
		found, err := plan.Run(context.Background(), v, q, plan.Options{})
		require.NoError(t, err)
		require.Len(t, found.Ords, min(q.Limit, len(ids)-at), "%+v", q)
		for i, ord := range found.Ords {
			require.Equal(t, ids[at+i], v.ID(ord), "%d of %+v", at+i, q)
		}
		require.Equal(t, at+q.Limit < len(ids), found.HasMore)
		require.Equal(t, found.HasMore, found.NextCursor != "")
		require.Equal(t, at > 0, found.PrevCursor != "", "%d of %+v", at, q)
		if at > 0 {
			back := q
			back.Cursor = found.PrevCursor
			before, err := plan.Run(context.Background(), v, back, plan.Options{})
			require.NoError(t, err)
			require.Len(t, before.Ords, q.Limit)
			require.Equal(t, ids[at-q.Limit], v.ID(before.Ords[0]), "back from %d of %+v", at, q)
		}
		q.Cursor = found.NextCursor
	}
}

func requireFieldFacets(t *testing.T, v *index.View, all []fields, q query.Query, asked *query.Query, c *query.Conditions) {
	t.Helper()
	names := []string{"state", "trigger_type", "tags", "owner", "archived", "muted", "pinned", "cost", "tokens", "due", "kind", "updated_at"}
	got, err := plan.CountFacets(context.Background(), v, q, query.FacetOptions{Fields: names, Top: query.MaxTop, Period: query.Day})
	require.NoError(t, err)
	for _, name := range names {
		row := v.Schema().Lookup(name)
		wanted, shown := c.Wanted, c.Shown
		implies := row.Implies | row.Hides
		either := func(set schema.Classes, bits schema.Visibility) (out schema.Classes) {
			for k := range schema.Visibility(schema.NumClasses) {
				for o := range schema.Visibility(schema.NumClasses) {
					if k&^bits == o&^bits && set.Has(o) {
						out |= 1 << k
					}
				}
			}
			return out
		}
		wanted, shown = either(wanted, row.Hides), either(shown, implies)
		if row.Type == schema.Kind {
			wanted, shown = either(wanted, schema.KindBits), either(shown, schema.KindBits)
		}
		counts := map[string]int{}
		missing, sum, numbers := 0, 0.0, 0
		for _, f := range all {
			if !f.lists(c, wanted&shown, row) {
				continue
			}
			values := f.values(row)
			n, number := f.numbers[name]
			day, isTime := f.times[name]
			switch {
			case row.Type == schema.Kind:
				values = []string{[]string{"top_level", "sub_session", "task_run", "both"}[f.kind&schema.KindBits]}
			case isTime:
				values = []string{day.Format(time.DateOnly)}
			case number:
				sum += n
				numbers++
				continue
			}
			if len(values) == 0 {
				missing++
			}
			for _, value := range values {
				counts[value]++
			}
		}
		facet := got.Field(name)
		require.Equal(t, missing, facet.Missing, "%s of %+v", name, q)
		require.Equal(t, len(counts), facet.Distinct, "%s of %+v", name, q)
		for _, value := range facet.Values {
			require.Equal(t, counts[value.Value], value.Count, "%s %q of %+v", name, value.Value, q)
		}
		require.Len(t, facet.Values, len(counts))
		require.Equal(t, row.Type == schema.Number, facet.Number != nil)
		if facet.Number != nil {
			require.Equal(t, numbers, facet.Number.Count)
			require.InDelta(t, sum, facet.Number.Sum, 1e-9)
		}
	}
}
