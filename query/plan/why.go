package plan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// WhyListed says whether the query's listing has the session of this id, in one
// view. The errors are *query.Error, query.ErrNotFound and the context's. A session that is
// left out costs some microseconds; a place in the listing as much as the page
// there, and a pass over what stands before it where filters leave gaps.
func WhyListed(ctx context.Context, v *index.View, q query.Query, id string) (query.Why, error) {
	if err := ctx.Err(); err != nil {
		return query.Why{}, err
	}
	m, err := NewMatcher(q, v)
	if err != nil {
		return query.Why{}, err
	}
	ord, ok := v.Find(id)
	if !ok {
		return query.Why{}, notFound(id)
	}
	e, folded := v.Entry(ord), v.Folded(ord)
	w := query.Why{ID: id, Rank: -1, Limit: m.q.Limit}
	w.Unmet = m.unmetKinds(v.Schema(), &e)
	for i := range m.tests {
		t := &m.tests[i]
		if passes(t, &e) {
			continue
		}
		if t.Scope {
			return query.Why{}, notFound(id)
		}
		w.Unmet = append(w.Unmet, unmetTest(t, &e)...)
	}
	if m.c.IDs != nil && !has(m.c.IDs, id) {
		w.Unmet = append(w.Unmet, query.Unmet{Param: "ids", Wanted: slices.Clone(m.c.IDs), Actual: id})
	}
	if !strings.HasPrefix(id, m.c.IDPrefix) {
		w.Unmet = append(w.Unmet, query.Unmet{Param: "ids[prefix]", Wanted: []string{m.c.IDPrefix}, Actual: id})
	}
	w.Unmet = append(w.Unmet, m.unmetKeyword(&e, folded)...)
	if len(w.Unmet) > 0 {
		return w, nil
	}
	w.Listed = true
	places := placesOf(v, &m.q)
	if w.Rank, w.Total, err = rankOf(ctx, v, m.q, places.of(&e)); err != nil {
		return query.Why{}, err
	}
	w.Page = w.Rank/w.Limit + 1
	w.OnPage = w.Rank >= q.Offset && w.Rank-q.Offset < w.Limit
	return w, nil
}

func notFound(id string) error { return fmt.Errorf("%w: %.60q", query.ErrNotFound, id) }

// unmetKeyword returns what the keyword wants of the title, or of each text that is
// searched, and does not get.
func (m *Matcher) unmetKeyword(e *index.Entry, folded string) (unmet []query.Unmet) {
	if m.words != nil {
		if slices.ContainsFunc(m.c.Texts, func(row *schema.Row) bool { return m.words.Match(e.WordText(row.Index)) }) {
			return nil
		}
		for _, row := range m.c.Texts {
			text := e.WordText(row.Index)
			unmet = append(unmet, query.Unmet{Param: "query", Wanted: m.words.Missing(text), Actual: text})
		}
		return unmet
	}
	u := query.Unmet{Param: "query", Actual: e.Title}
	for i, term := range m.c.Terms {
		if !strings.Contains(folded, m.terms[i]) {
			u.Wanted = append(u.Wanted, term)
		}
	}
	if u.Wanted != nil {
		unmet = append(unmet, u)
	}
	return unmet
}

// unmetTest returns what a test wants of the session and does not get.
func unmetTest(t *query.Test, e *index.Entry) []query.Unmet {
	if t.Op != query.OpRange {
		u := query.Unmet{Param: testParam(t), Wanted: slices.Clone(wantedBy(t))}
		switch row := rowOf(t); {
		case row == nil:
		case row.Type == schema.Keyword || row.Type == schema.Flag:
			u.Actual = strings.Join(valuesOf(nil, row, e), ", ")
		default:
			u.Actual = valueOf(row, e)
		}
		return []query.Unmet{u}
	}
	after, before := t.Row.After, t.Row.Before
	if after == "" {
		after, before = t.Row.Name+"[gte]", t.Row.Name+"[lte]"
	}
	var unmet []query.Unmet
	below, above := *t, *t
	below.Max, above.Min = openValues(math.Inf(1), civil.Latest), openValues(math.Inf(-1), civil.Earliest)
	actual := valueOf(t.Row, e)
	if !openMin(t) && !passes(&below, e) {
		unmet = append(unmet, query.Unmet{Param: after, Wanted: []string{formatValue(t.Row, t.Min)}, Actual: actual})
	}
	if !openMax(t) && !passes(&above, e) {
		unmet = append(unmet, query.Unmet{Param: before, Wanted: []string{formatValue(t.Row, t.Max)}, Actual: actual})
	}
	return unmet
}

func openValues(n float64, t time.Time) query.Value { return query.Value{Number: n, Time: t} }

// valueOf returns the value of a number or a time, "" if there is none.
func valueOf(row *schema.Row, e *index.Entry) string {
	if row.Type == schema.Number {
		if n, ok := e.Number(row); ok {
			return formatValue(row, query.Value{Number: n})
		}
		return ""
	}
	if at, ok := e.Instant(row); ok {
		return formatValue(row, query.Value{Time: at.Time()})
	}
	return ""
}

// unmetKinds returns why a session of a kind that is not listed is left out.
func (m *Matcher) unmetKinds(s *schema.Schema, e *index.Entry) (unmet []query.Unmet) {
	if m.kinds.Has(e.Kind) {
		return nil
	}
	shown := m.c.Shown
	for _, reason := range []struct {
		bit           schema.Visibility
		param, actual string
	}{{schema.SubSession, "include_sub_sessions", "a sub-session"}, {schema.TaskRun, "include_task_sessions", "a task run"}} {
		if e.Kind&reason.bit != 0 && shown&schema.With(reason.bit) == 0 {
			unmet = append(unmet, query.Unmet{Param: reason.param, Wanted: []string{"false"}, Actual: reason.actual})
		}
	}
	for _, row := range s.Hidden() {
		switch {
		case e.Kind&row.Hides != 0 && shown&schema.With(row.Hides) == 0:
			unmet = append(unmet, query.Unmet{Param: row.Name, Wanted: []string{"false"}, Actual: "true"})
		case e.Kind&row.Hides == 0 && m.c.Wanted&^schema.With(row.Hides) == 0:
			unmet = append(unmet, query.Unmet{Param: row.Name, Wanted: []string{"true"}, Actual: "false"})
		}
	}
	if len(m.q.Kinds) > 0 {
		kind := schema.Classes(0)
		for k := range index.Kind(schema.NumClasses) {
			if k&schema.KindBits == e.Kind&schema.KindBits {
				kind |= 1 << k
			}
		}
		if m.c.Wanted&kind == 0 {
			u := query.Unmet{Param: "kind", Actual: kindNames[e.Kind&schema.KindBits]}
			for _, k := range m.q.Kinds {
				u.Wanted = append(u.Wanted, string(k))
			}
			unmet = append(unmet, u)
		}
	}
	return unmet
}

// countBelow returns how many matches come before a key in ascending order, and whether
// one has it.
func (r *run) countBelow(ctx context.Context, key index.Key) (below int, there bool, err error) {
	p, m := &r.pager, r.pager.m
	v := p.v
	p.choose(&r.filter, query.Auto)
	switch {
	case m.n == 0:
	case m.ranked(p.by):
		at := m.sel.Rank(key)
		below = min(max(at-m.window.from, 0), m.n)
		ords, _ := m.sel.AppendRange(nil, at, at+1)
		there = len(ords) == 1 && at >= m.window.from && at < m.window.to && v.CompareKey(p.by, ords[0], &key) == 0
	case m.selected() || m.dense != nil:
		p.prepareWalk()
		at := v.Rank(p.walkIn, key)
		p.walkIn.Ascend(p.walkWin.from, at, func(run []uint32) bool {
			below += p.countMatches(run)
			err = ctx.Err()
			return err == nil
		})
		ords := p.walkIn.AppendRange(nil, at, min(at+1, p.walkIn.Len()))
		there = len(ords) == 1 && v.CompareKey(p.by, ords[0], &key) == 0 && p.isMatch(ords[0])
	default:
		for _, o := range m.list {
			switch c := v.CompareKey(p.by, o, &key); {
			case c < 0:
				below++
			case c == 0:
				there = true
			}
		}
	}
	return below, there, err
}
