package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// WhyListed says whether the query's listing has the session of this id, in one
// view. The errors are *query.Error, query.ErrNotFound and the context's. A session that is
// left out costs some microseconds; a place in the listing as much as the page
// there, and a pass over what stands before it where filters leave gaps.
func WhyListed(ctx context.Context, v *index.View, q query.Query, id string) (query.Why, error) {
	if err := ctx.Err(); err != nil {
		return query.Why{}, err
	}
	m, err := NewMatcher(q)
	if err != nil {
		return query.Why{}, err
	}
	ord, ok := v.Find(id)
	if !ok {
		return query.Why{}, notFound(id)
	}
	e, folded := v.Entry(ord), v.Folded(ord)
	w := query.Why{ID: id, Rank: -1, Limit: m.q.Limit}
	for _, c := range m.conds[:m.n] {
		if m.meets(c, &e, folded) {
			continue
		}
		if c == condScopeApps || c == condScopeWorkspaces {
			return query.Why{}, notFound(id)
		}
		w.Unmet = m.unmet(w.Unmet, c, &e, folded)
	}
	if len(w.Unmet) > 0 {
		return w, nil
	}
	w.Listed = true
	if w.Rank, w.Total, err = rankOf(ctx, v, m.q, ord); err != nil {
		return query.Why{}, err
	}
	w.Page = w.Rank/w.Limit + 1
	w.OnPage = w.Rank >= q.Offset && w.Rank-q.Offset < w.Limit
	return w, nil
}

func notFound(id string) error { return fmt.Errorf("%w: %.60q", query.ErrNotFound, id) }

// unmet appends what one condition wants of the session and does not get.
func (m *Matcher) unmet(to []query.Unmet, c condition, e *index.Entry, folded string) []query.Unmet {
	q := &m.q
	switch c {
	case condKinds:
		if e.Kind&index.Sub != 0 && !q.IncludeSubSessions {
			to = append(to, query.Unmet{Param: "include_sub_sessions", Wanted: []string{"false"}, Actual: "a sub-session"})
		}
		if e.Kind&index.Task != 0 && !q.IncludeTaskSessions {
			to = append(to, query.Unmet{Param: "include_task_sessions", Wanted: []string{"false"}, Actual: "a task run"})
		}
	case condCreated:
		at := query.FormatTime(e.Created.Time())
		if t := q.CreatedAfter; !t.IsZero() && e.Created.Compare(m.after) < 0 {
			to = append(to, query.Unmet{Param: "created_after", Wanted: []string{query.FormatTime(t)}, Actual: at})
		}
		if t := q.CreatedBefore; !t.IsZero() && e.Created.Compare(m.before) > 0 {
			to = append(to, query.Unmet{Param: "created_before", Wanted: []string{query.FormatTime(t)}, Actual: at})
		}
	case condKeyword:
		u := query.Unmet{Param: condKeyword.param(), Actual: e.Title}
		for i, term := range q.Terms() {
			if !strings.Contains(folded, m.terms[i]) {
				u.Wanted = append(u.Wanted, term)
			}
		}
		to = append(to, u)
	default:
		f := filter{q: q}
		to = append(to, query.Unmet{Param: c.param(), Wanted: slices.Clone(f.wanted(c)), Actual: e.Values[index.Field(c)]})
	}
	return to
}

// rankOf returns the place of a match in its listing, and the listing's length.
func rankOf(ctx context.Context, v *index.View, q query.Query, ord uint32) (rank, total int, err error) {
	r := newRun(v, q)
	p, m := &r.pager, &r.matches
	if err := r.match(ctx); err != nil {
		return 0, 0, err
	}
	defer m.release()
	p.choose(&r.filter, query.Auto)
	key := v.Key(p.by, ord)
	below := 0
	switch {
	case m.ranked(p.by):
		below = m.sel.Rank(key) - m.window.from
	case m.selected() || m.dense != nil:
		p.prepareWalk()
		p.walkIn.Ascend(p.walkWin.from, v.Rank(p.walkIn, key), func(run []uint32) bool {
			below += p.countMatches(run)
			err = ctx.Err()
			return err == nil
		})
	default:
		for _, o := range m.list {
			if v.Compare(p.by, o, ord) < 0 {
				below++
			}
		}
	}
	if p.desc {
		below = m.n - 1 - below
	}
	return below, m.n, err
}
