package query

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sessiondex/sessiondex/index"
)

// ErrNotFound is returned for an id that no session has, or none within the
// query's Scope.
var ErrNotFound = errors.New("session not found")

// Why says whether a listing has a session, and where or why not. String prints
// it for people.
type Why struct {
	ID string `json:"id"`
	// Listed says that the session meets all conditions.
	Listed bool `json:"listed"`

	// Rank is the session's place in the listing, 0 for the first, and Total the
	// length of the listing; -1 and 0 if the session is not listed.
	Rank  int `json:"rank"`
	Total int `json:"total"`
	// Page is the number of the page that the session stands on, from 1, in steps
	// of Limit; OnPage says that it is on the page that Offset and Limit of the
	// query ask for. A cursor does not count.
	Page   int  `json:"page"`
	Limit  int  `json:"limit"`
	OnPage bool `json:"on_page"`

	// Unmet are the conditions that keep the session out, all of them.
	Unmet []Unmet `json:"unmet"`
}

// Unmet is a condition that a session does not meet.
type Unmet struct {
	// Param is the parameter that the condition comes from.
	Param string `json:"param"`
	// Wanted are the values of which one would do; for the keyword, the terms that
	// are missing, for a bound on the creation time the bound.
	Wanted []string `json:"wanted"`
	// Actual is what the session has instead; "" if it has no value.
	Actual string `json:"actual"`
}

// WhyListed says whether the query's listing has the session of this id, in one
// view. The errors are *Error, ErrNotFound and the context's. A session that is
// left out costs some microseconds; a place in the listing as much as the page
// there, and a pass over what stands before it where filters leave gaps.
func WhyListed(ctx context.Context, v *index.View, q Query, id string) (Why, error) {
	if err := ctx.Err(); err != nil {
		return Why{}, err
	}
	m, err := NewMatcher(q)
	if err != nil {
		return Why{}, err
	}
	ord, ok := v.Find(id)
	if !ok {
		return Why{}, notFound(id)
	}
	e, folded := v.Entry(ord), v.Folded(ord)
	w := Why{ID: id, Rank: -1, Limit: m.q.Limit}
	for _, c := range m.conds[:m.n] {
		if m.meets(c, &e, folded) {
			continue
		}
		if c == condScopeApps || c == condScopeWorkspaces {
			return Why{}, notFound(id)
		}
		w.Unmet = m.unmet(w.Unmet, c, &e, folded)
	}
	if len(w.Unmet) > 0 {
		return w, nil
	}
	w.Listed = true
	if w.Rank, w.Total, err = rankOf(ctx, v, m.q, ord); err != nil {
		return Why{}, err
	}
	w.Page = w.Rank/w.Limit + 1
	w.OnPage = w.Rank >= q.Offset && w.Rank-q.Offset < w.Limit
	return w, nil
}

// whyIn is a function of its own so that Run need not keep its query on the heap.
func whyIn(v *index.View, q Query) func(id string) (Why, error) {
	return func(id string) (Why, error) { return WhyListed(context.Background(), v, q, id) }
}

func notFound(id string) error { return fmt.Errorf("%w: %s", ErrNotFound, quoteSome([]string{id})) }

// unmet appends what one condition wants of the session and does not get.
func (m *Matcher) unmet(to []Unmet, c condition, e *index.Entry, folded string) []Unmet {
	q := &m.q
	switch c {
	case condKinds:
		if e.Kind&index.Sub != 0 && !q.IncludeSubSessions {
			to = append(to, Unmet{paramIncludeSubSessions, []string{"false"}, "a sub-session"})
		}
		if e.Kind&index.Task != 0 && !q.IncludeTaskSessions {
			to = append(to, Unmet{paramIncludeTaskSessions, []string{"false"}, "a task run"})
		}
	case condCreated:
		at := formatTime(e.Created.Time())
		if t := q.CreatedAfter; !t.IsZero() && e.Created.Compare(m.after) < 0 {
			to = append(to, Unmet{paramCreatedAfter, []string{formatTime(t)}, at})
		}
		if t := q.CreatedBefore; !t.IsZero() && e.Created.Compare(m.before) > 0 {
			to = append(to, Unmet{paramCreatedBefore, []string{formatTime(t)}, at})
		}
	case condKeyword:
		u := Unmet{Param: paramQuery, Actual: e.Title}
		for i, term := range q.terms() {
			if !strings.Contains(folded, m.terms[i]) {
				u.Wanted = append(u.Wanted, term)
			}
		}
		to = append(to, u)
	default:
		f := filter{q: q}
		to = append(to, Unmet{c.param(), f.wanted(c), e.Values[index.Field(c)]})
	}
	return to
}

// rankOf returns the place of a match in its listing, and the listing's length.
func rankOf(ctx context.Context, v *index.View, q Query, ord uint32) (rank, total int, err error) {
	r := newRun(v, q)
	p, m := &r.pager, &r.matches
	if err := r.match(ctx); err != nil {
		return 0, 0, err
	}
	defer m.release()
	p.choose(&r.filter, Auto)
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

// String says it in a sentence, or in a line for each condition.
func (w Why) String() string {
	var b strings.Builder
	id := quoteSome([]string{w.ID})
	if w.Listed {
		fmt.Fprintf(&b, "%s is listed: number %d of %d, on page %d of %d", id, w.Rank+1, w.Total, w.Page, (w.Total-1)/w.Limit+1)
		if !w.OnPage {
			b.WriteString(", which is not the page asked for")
		}
		return b.String()
	}
	fmt.Fprintf(&b, "%s is not listed:", id)
	for _, u := range w.Unmet {
		b.WriteString("\n  " + u.String())
	}
	return b.String()
}

// String says it in one line.
func (u Unmet) String() string {
	actual := "the session has none"
	if u.Actual != "" {
		actual = "the session has " + quoteSome([]string{u.Actual})
	}
	switch u.Param {
	case paramIncludeSubSessions, paramIncludeTaskSessions:
		return fmt.Sprintf("%s is not set, and the session is %s", u.Param, u.Actual)
	case paramCreatedAfter:
		return fmt.Sprintf("%s is %s, and the session was created before that, at %s", u.Param, u.Wanted[0], u.Actual)
	case paramCreatedBefore:
		return fmt.Sprintf("%s is %s, and the session was created after that, at %s", u.Param, u.Wanted[0], u.Actual)
	case paramQuery:
		if u.Actual == "" {
			return fmt.Sprintf("%s wants %s, and the session has no title", u.Param, quoteSome(u.Wanted))
		}
		return fmt.Sprintf("%s wants %s, and the title is %s", u.Param, quoteSome(u.Wanted), quoteSome([]string{u.Actual}))
	}
	if len(u.Wanted) > 1 {
		return fmt.Sprintf("%s wants one of %s, and %s", u.Param, quoteSome(u.Wanted), actual)
	}
	return fmt.Sprintf("%s wants %s, and %s", u.Param, quoteSome(u.Wanted), actual)
}
