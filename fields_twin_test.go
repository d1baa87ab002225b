package sessiondex_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Whatever fields are declared, whatever sessions have in them, and whatever is asked, in
// every configuration: pages, totals, cursors both ways, whole listings, hidden counts,
// facets and explanations agree with the plain sessions, while values, kinds and flags
// change, come and go, and in the versions from before.
func TestDeclaredFieldsAgreeWithTheNaiveTwin(t *testing.T) {
	r := testrand.New(t)
	for round := range 6 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := newFieldWorld(t, r, "default", "rank", "gather", "walk, uncached", "busy titles")
			n := one(r, 0, 3, 60, 90)
			for range n {
				w.put(w.session())
			}
			for step := range 120 {
				for range r.IntN(4) {
					w.change()
				}
				q := w.question()
				w.requireAnswers(&q, one(r, w.engines...))
				if step%40 == 39 {
					for _, e := range w.engines {
						require.NoError(t, e.Verify(context.Background()), e.name)
					}
				}
			}
		})
	}
}

func (w *fieldWorld) requireAnswers(q *asked, e member) {
	w.t.Helper()
	ctx := context.Background()
	want := w.all(q)
	snapshot := e.Snapshot()

	// There and back again, by the cursors.
	page := q.Query
	for at := 0; ; at += page.Limit {
		p := w.requirePage(e, page, want, at)
		if w.r.IntN(3) == 0 {
			require.Equal(w.t, idsOfRows(want[at:]), idsOf(all(w.t, e.Snapshot(), page)), "from %d of %+v", at, q)
		}
		require.Equal(w.t, at > 0, p.PrevCursor != "", "from %d of %+v", at, q)
		if at > 0 {
			back := page
			back.Cursor = p.PrevCursor
			for _, err := range snapshot.All(ctx, back) {
				require.ErrorContains(w.t, err, "cursor: ", "a whole listing leads on")
			}
			before := list(w.t, e, back)
			require.Equal(w.t, idsOfRows(want[at-page.Limit:at]), idsOf(before.Items), "back from %d of %+v", at, q)
		}
		if !p.HasMore {
			break
		}
		page.Cursor = p.NextCursor
	}
	deep := q.Query
	deep.Offset = w.r.IntN(len(want) + 3)
	w.requirePage(e, deep, want, min(deep.Offset, len(want)))
	require.Equal(w.t, idsOfRows(want[min(deep.Offset, len(want)):]), idsOf(all(w.t, snapshot, deep)), "%+v", deep)

	count, err := e.Count(ctx, q.Query)
	require.NoError(w.t, err)
	require.Equal(w.t, len(want), count)
	plan, err := e.Explain(ctx, q.Query)
	require.NoError(w.t, err)
	require.Equal(w.t, len(want), plan.Total)
	w.requireHidden(q, e)
	w.requireWhy(q, e, want)
	w.requireFacets(q, e, len(want))
}

func (w *fieldWorld) requireHidden(q *asked, e member) {
	w.t.Helper()
	want := map[string]int{}
	total := 0
	for _, r := range w.rows {
		if reasons := w.reasons(q, &r, ""); len(reasons) > 0 && q.meets(&r, "") {
			var all []string
			if r.IsSubSession {
				all = append(all, "sub_session")
			}
			if r.IsTaskSession {
				all = append(all, "task_run")
			}
			for _, row := range w.schema.Hidden() {
				if r.flag(&row.Field) {
					all = append(all, row.Name)
				}
			}
			want[strings.Join(all, "+")]++
			total++
		}
	}
	hidden, err := e.Hidden(context.Background(), q.Query)
	require.NoError(w.t, err)
	got := map[string]int{}
	for _, by := range hidden.By {
		got[strings.Join(by.Reasons, "+")] = by.Count
	}
	require.Equal(w.t, want, got, "%s: %+v", e.name, q.Query)
	require.Equal(w.t, total, hidden.Total)
}

func (w *fieldWorld) requireWhy(q *asked, e member, want []fieldRow) {
	w.t.Helper()
	for id, r := range w.rows {
		why, err := e.Why(context.Background(), q.Query, id)
		if slices.ContainsFunc(q.scope, func(c condition) bool { return !c.holds(&r) }) {
			require.ErrorIs(w.t, err, sessiondex.ErrNotFound)
			continue
		}
		require.NoError(w.t, err)
		rank := slices.IndexFunc(want, func(row fieldRow) bool { return row.ID == id })
		require.Equal(w.t, rank, why.Rank, "%s in %+v", id, q.Query)
		require.Equal(w.t, rank >= 0, why.Listed)
		require.Equal(w.t, rank < 0, len(why.Unmet) > 0, "%s in %+v: %v", id, q.Query, why)
		return
	}
}

func (w *fieldWorld) requireFacets(q *asked, e member, total int) {
	w.t.Helper()
	o := randomFacetOptions(w.r)
	for _, name := range query.FacetFields(w.schema) {
		if w.r.IntN(3) == 0 {
			o.Fields = append(o.Fields, name)
		}
	}
	if o.Fields == nil {
		o.Fields = []string{"kind"}
	}
	if o.ValidateWith(w.schema) != nil { // a search in no keyword
		o.Search = ""
	}
	got, err := e.Facets(context.Background(), q.Query, o)
	require.NoError(w.t, err)
	require.Equal(w.t, total, got.Total)
	for i, name := range o.Fields {
		require.Equal(w.t, w.facet(q, name, o), got.Fields[i], "%s by %+v of %+v", e.name, o, q.Query)
	}
}

// facet counts the plain sessions by one field.
func (w *fieldWorld) facet(q *asked, name string, o query.FacetOptions) query.Facet {
	f := &w.schema.Lookup(name).Field
	out := query.Facet{Field: name, Values: []query.FacetCount{}}
	counts, times := map[string]int{}, map[string]time.Time{}
	for _, r := range w.rows {
		if !q.meets(&r, name) || len(w.reasons(q, &r, name)) > 0 {
			continue
		}
		there := true
		switch f.Type {
		case schema.Kind:
			counts[string(kindOf(&r))]++
		case schema.Flag:
			counts[fmt.Sprint(r.flag(f))]++
		case schema.Number:
			var n float64
			if out.Number == nil {
				out.Number = new(query.NumberStats)
			}
			if n, there = r.number(f); there {
				out.Number.Min, out.Number.Max = min(out.Number.Min, n), max(out.Number.Max, n)
				if out.Number.Count == 0 {
					out.Number.Min, out.Number.Max = n, n
				}
				out.Number.Sum += n
				out.Number.Count++
			}
		case schema.Time:
			var at time.Time
			if at, there = r.time(f); there {
				counts[periodOf(at, o)]++
				times[periodOf(at, o)] = at
			}
		default:
			words := r.words(f)
			there = len(words) > 0
			for _, word := range words {
				counts[word]++
			}
		}
		if !there {
			out.Missing++
		}
	}
	if f.Type == schema.Number && out.Number == nil {
		out.Number = new(query.NumberStats)
	}
	for value, n := range counts {
		if f.Type == schema.Keyword && !strings.Contains(q.form.Fold(value), q.form.Fold(fold.Trim(o.Search))) {
			continue
		}
		out.Values = append(out.Values, query.FacetCount{Value: value, Count: n})
	}
	out.Distinct = len(out.Values)
	top := min(out.Distinct, cmp.Or(o.Top, query.DefaultTop))
	if f.Type == schema.Time { // the latest, ascending
		slices.SortFunc(out.Values, func(a, b query.FacetCount) int { return times[a.Value].Compare(times[b.Value]) })
		out.Values = out.Values[out.Distinct-top:]
		return out
	}
	slices.SortFunc(out.Values, func(a, b query.FacetCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	out.Values = out.Values[:top]
	return out
}

func periodOf(at time.Time, o query.FacetOptions) string {
	at = at.In(cmp.Or(o.Zone, time.UTC))
	switch o.Period {
	case query.Hour:
		return at.Add(-time.Duration(at.Minute()) * time.Minute).Format("2006-01-02T15:04Z07:00")
	case query.Day:
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01")
}
