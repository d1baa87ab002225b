package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

const (
	// maxPage is the largest page that a node gives.
	maxPage = query.MaxLimit
	// maxSkipped is how many rows are fetched of each group at most to be passed over:
	// beyond that, the place is looked for.
	maxSkipped = query.MaxLimit
	// maxSteps bounds the search for an offset. A step halves what is left of one group.
	maxSteps = 400
)

// List returns one page of the sessions that match, and how many match in all. Pages from
// an offset cost more the deeper they lie: the place is found by bisection, with some
// twenty questions to each node per group and million of sessions. Pages from a cursor
// don't; an offset from there of more than 500 is refused. There is no PrevCursor.
func (f *Fleet) List(ctx context.Context, q query.Query) (sessiondex.Page, error) {
	compare, err := f.local.Comparator(q)
	if err != nil {
		return sessiondex.Page{}, err
	}
	q = q.Normalized()
	if q.Cursor != "" && q.Offset > maxSkipped {
		return sessiondex.Page{}, fmt.Errorf("%w: offset: at most %d can be passed over from a cursor in a fleet, got %d", query.ErrInvalid, maxSkipped, q.Offset)
	}
	for {
		p, err := f.page(ctx, q, compare)
		if !errors.Is(err, errMoved) {
			return p, err
		}
	}
}

// page makes a page out of the groups' parts of it.
func (f *Fleet) page(ctx context.Context, q query.Query, compare func(a, b sessiondex.Session) int) (sessiondex.Page, error) {
	m := &merging{f: f, q: q, compare: compare, groups: f.now()}
	m.from = make([]int, len(m.groups))
	skip := q.Offset
	if skip > maxSkipped {
		if err := m.seek(ctx); err != nil {
			return sessiondex.Page{}, err
		}
		for _, n := range m.from {
			skip -= n
		}
	}
	parts, total, err := m.parts(ctx, skip+q.Limit+1)
	if err != nil {
		return sessiondex.Page{}, err
	}
	all := slices.Concat(parts...)
	sort.SliceStable(all, func(i, j int) bool { return compare(all[i], all[j]) < 0 })
	out := sessiondex.Page{Items: []sessiondex.Session{}, Limit: q.Limit, Offset: q.Offset, Total: total}
	if skip < len(all) {
		rest := all[skip:]
		out.HasMore = len(rest) > q.Limit
		out.Items = append(out.Items, rest[:min(q.Limit, len(rest))]...)
	}
	if !out.HasMore {
		return out, nil
	}
	if q.Cursor == "" {
		next := q.Offset + len(out.Items)
		out.NextOffset = &next
	}
	// One key is a place in the listings of all groups.
	out.NextCursor, err = f.local.CursorAfter(q, out.Items[len(out.Items)-1])
	return out, err
}

// merging is one page in the making.
type merging struct {
	f       *Fleet
	q       query.Query
	compare func(a, b sessiondex.Session) int
	groups  []*group
	from    []int // how many rows of each group lie before the page for certain
}

// parts returns the next n rows of each group, and the total.
func (m *merging) parts(ctx context.Context, n int) (parts [][]sessiondex.Session, total int, err error) {
	parts = make([][]sessiondex.Session, len(m.groups))
	totals := make([]int, len(m.groups))
	err = together(ctx, len(m.groups), func(ctx context.Context, i int) error {
		q := m.q
		q.Offset = m.from[i]
		for len(parts[i]) < n {
			q.Limit = min(n-len(parts[i]), maxPage)
			var answer rows
			if err := m.f.ask(ctx, m.groups[i], "list", &question{Query: q.AppendCanonical(nil)}, &answer); err != nil {
				return err
			}
			parts[i] = append(parts[i], answer.Items...)
			totals[i] = answer.Total
			if !answer.HasMore {
				break
			}
			q.Offset += len(answer.Items)
		}
		return nil
	})
	for _, t := range totals {
		total += t
	}
	return parts, total, err
}

// seek finds how many rows of each group lie before the offset, to within what can be
// passed over: it takes the middle of the group of which least is known, and asks all
// groups how many rows lie before that.
func (m *merging) seek(ctx context.Context) error {
	upTo := make([]int, len(m.groups)) // by group: an upper bound of its rows before the offset
	if err := together(ctx, len(m.groups), func(ctx context.Context, i int) error {
		p, err := m.row(ctx, i, 0)
		upTo[i] = min(p.Total, m.q.Offset)
		return err
	}); err != nil {
		return err
	}
	for range maxSteps {
		before, widest := 0, 0
		for i := range m.groups {
			before += m.from[i]
			if upTo[i]-m.from[i] > upTo[widest]-m.from[widest] {
				widest = i
			}
		}
		if m.q.Offset-before <= maxSkipped || upTo[widest] <= m.from[widest] {
			return nil
		}
		middle := m.from[widest] + (upTo[widest]-m.from[widest])/2
		p, err := m.row(ctx, widest, middle)
		if err != nil {
			return err
		}
		if len(p.Items) == 0 {
			upTo[widest] = middle // there are fewer by now
			continue
		}
		ranks, err := m.ranks(ctx, &p.Items[0])
		if err != nil {
			return err
		}
		sum := 0
		for _, n := range ranks {
			sum += n
		}
		for i, n := range ranks {
			if sum <= m.q.Offset { // the row is the one at the offset, or before it
				m.from[i] = max(m.from[i], n)
			} else {
				upTo[i] = min(upTo[i], n)
			}
		}
		if sum < m.q.Offset {
			m.from[widest] = max(m.from[widest], middle+1)
		}
	}
	return nil
}

// row asks a group for one row of its listing.
func (m *merging) row(ctx context.Context, i, offset int) (rows, error) {
	q := m.q
	q.Offset, q.Limit = offset, 1
	var out rows
	err := m.f.ask(ctx, m.groups[i], "list", &question{Query: q.AppendCanonical(nil)}, &out)
	return out, err
}

// ranks asks all groups how many rows lie before a session.
func (m *merging) ranks(ctx context.Context, s *sessiondex.Session) ([]int, error) {
	out := make([]int, len(m.groups))
	q := m.q
	q.Offset, q.Limit = 0, 0
	err := together(ctx, len(m.groups), func(ctx context.Context, i int) error {
		return m.f.ask(ctx, m.groups[i], "rank", &question{Query: q.AppendCanonical(nil), Session: s}, &out[i])
	})
	return out, err
}
