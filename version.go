package sessiondex

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

// Snapshot is one version of an engine's sessions. It never changes, and is safe
// for concurrent use.
type Snapshot struct{ version }

// version answers every read from one view: it has all that an Engine and a Snapshot
// have in common. The view is nil if the engine was closed.
type version struct {
	view   *index.View
	shared *shared
}

// Schema returns the fields that sessions have: the contract's and Options.Fields.
func (r version) Schema() *schema.Schema { return r.shared.schema }

// Get returns the session with this id, or ErrNotFound. O(log n).
func (r version) Get(ctx context.Context, id string) (Session, error) {
	if r.view == nil {
		return Session{}, ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return Session{}, err
	}
	ord, ok := r.view.Find(id)
	if !ok {
		return Session{}, fmt.Errorf("%w: %q", ErrNotFound, cut(id))
	}
	s := restoreAt(r.view, ord)
	return s, r.shared.members.one(&s)
}

// Len returns the number of sessions, hidden ones included. O(1).
func (r version) Len() int {
	if r.view == nil {
		return 0
	}
	return r.view.Len()
}

// Version counts the writes that led to this version.
func (r version) Version() uint64 {
	if r.view == nil {
		return 0
	}
	return r.view.Version()
}

// List returns one page of the sessions that match; see Engine.List.
func (r version) List(ctx context.Context, q query.Query) (p Page, err error) {
	if r.view == nil {
		return Page{}, ErrClosed
	}
	o, start := r.shared.observer, r.shared.observer.began()
	found, err := plan.Run(ctx, r.view, q, plan.Options{Force: r.shared.force, Explain: o.queries()})
	if o.queries() {
		defer func() {
			o.query(start, QueryDone{Op: "List", Query: q, Plan: found.Plan, Rows: len(p.Items), Total: found.Total, Err: err})
		}()
	}
	if err != nil {
		return Page{}, err
	}
	p = Page{
		HasMore: found.HasMore, Limit: found.Limit, Offset: found.Offset, Total: found.Total,
		NextCursor: found.NextCursor, PrevCursor: found.PrevCursor,
		Items: make([]Session, len(found.Ords)),
	}
	r.view.Touch(found.Ords)
	var e index.Entry
	for i, ord := range found.Ords {
		r.view.EntryTo(&e, ord)
		restore(&p.Items[i], &e)
	}
	if err := r.shared.members.resolve(p.Items); err != nil {
		return Page{}, err
	}
	if found.HasMore && q.Cursor == "" {
		next := found.Offset + len(p.Items)
		p.NextOffset = &next
	}
	return p, nil
}

// Count returns how many sessions match; see Engine.Count.
func (r version) Count(ctx context.Context, q query.Query) (int, error) {
	if r.view == nil {
		return 0, ErrClosed
	}
	o, start := r.shared.observer, r.shared.observer.began()
	all := q
	all.Limit, all.Offset, all.Cursor = 0, math.MaxInt, "" // find no rows
	found, err := plan.Run(ctx, r.view, all, plan.Options{Force: r.shared.force, Explain: o.queries()})
	o.query(start, QueryDone{Op: "Count", Query: q, Plan: found.Plan, Total: found.Total, Err: err})
	return found.Total, err
}

// GetMany returns the sessions that have these ids; see Engine.GetMany.
func (r version) GetMany(ctx context.Context, ids ...string) (found []Session, missing []string, err error) {
	if r.view == nil {
		return nil, nil, ErrClosed
	}
	for i, id := range ids {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if ord, ok := r.view.Find(id); ok {
			found = append(found, restoreAt(r.view, ord))
		} else {
			missing = append(missing, id)
		}
	}
	return found, missing, r.shared.members.resolve(found)
}

// All yields every match in order; see Engine.All.
func (r version) All(ctx context.Context, q query.Query) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		if r.view == nil {
			yield(Session{}, ErrClosed)
			return
		}
		o, start, rows := r.shared.observer, r.shared.observer.began(), 0
		var failed error
		if o.queries() {
			defer func() { o.query(start, QueryDone{Op: "All", Query: q, Rows: rows, Err: failed}) }()
		}
		for ord, err := range plan.Scan(ctx, r.view, q) {
			var s Session
			if err == nil {
				s = restoreAt(r.view, ord)
				err = r.shared.members.one(&s)
				rows++
			}
			failed = err
			if !yield(s, err) {
				return
			}
		}
	}
}

// Explain answers the query and returns how; see Engine.Explain.
func (r version) Explain(ctx context.Context, q query.Query) (query.Plan, error) {
	if r.view == nil {
		return query.Plan{}, ErrClosed
	}
	start := r.shared.observer.began()
	found, err := plan.Run(ctx, r.view, q, plan.Options{Force: r.shared.force, Explain: true})
	r.shared.observer.query(start, QueryDone{Op: "Explain", Query: q, Plan: found.Plan, Total: found.Total, Err: err})
	return found.Plan, err
}

// Facets counts the matches by value; see Engine.Facets.
func (r version) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (Facets, error) {
	if r.view == nil {
		return Facets{}, ErrClosed
	}
	start := r.shared.observer.began()
	f, err := plan.CountFacets(ctx, r.view, q, o)
	r.shared.observer.query(start, QueryDone{Op: "Facets", Query: q, Total: f.Total, Err: err})
	return f, err
}

// Rank returns how many matches of the query come before a session; see Engine.Rank.
func (r version) Rank(ctx context.Context, q query.Query, s Session) (int, error) {
	if r.view == nil {
		return 0, ErrClosed
	}
	return plan.Rank(ctx, r.view, q, project(&s))
}

// CursorAfter returns a cursor to what comes after a session; see Engine.CursorAfter.
func (r version) CursorAfter(q query.Query, s Session) (string, error) {
	if r.view == nil {
		return "", ErrClosed
	}
	return plan.CursorAfter(r.view, q, project(&s))
}

// Comparator returns the order of the query's listing; see Engine.Comparator.
func (r version) Comparator(q query.Query) (func(a, b Session) int, error) {
	if r.view == nil {
		return nil, ErrClosed
	}
	places, err := plan.NewPlaces(r.view, q)
	if err != nil {
		return nil, err
	}
	return func(a, b Session) int {
		p, q := places.Of(project(&a)), places.Of(project(&b))
		return places.Compare(&p, &q)
	}, nil
}

// Hidden returns how many sessions the listing hides; see Engine.Hidden.
func (r version) Hidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	if r.view == nil {
		return query.Hidden{}, ErrClosed
	}
	return plan.CountHidden(ctx, r.view, q)
}

// Why says whether the query's listing has a session; see Engine.Why.
func (r version) Why(ctx context.Context, q query.Query, id string) (query.Why, error) {
	if r.view == nil {
		return query.Why{}, ErrClosed
	}
	return plan.WhyListed(ctx, r.view, q, id)
}
