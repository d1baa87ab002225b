package cluster

import (
	"context"
	"iter"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Reader returns the node as one to read from: its engine, but with Options.MaxLag every
// read fails with ErrStale while the node has not had everything for longer than that.
// Nothing but time separates reads from the newest writes of others: see Wait and Sync. It
// offers an HTTP handler all that an engine offers.
func (n *Node) Reader() sessiondex.Reader { return reader{n} }

type reader struct{ n *Node }

// fresh is an error if the node is too far behind.
func (r reader) fresh() error {
	if err := r.n.isOpen(); err != nil {
		return err
	}
	if most := r.n.opts.MaxLag; most > 0 {
		if lag := r.n.state.lag(); lag > most {
			return &StaleError{Lag: lag, Most: most}
		}
	}
	return nil
}

func (r reader) Get(ctx context.Context, id string) (sessiondex.Session, error) {
	if err := r.fresh(); err != nil {
		return sessiondex.Session{}, err
	}
	return r.n.engine.Get(ctx, id)
}

func (r reader) List(ctx context.Context, q query.Query) (sessiondex.Page, error) {
	if err := r.fresh(); err != nil {
		return sessiondex.Page{}, err
	}
	return r.n.engine.List(ctx, q)
}

func (r reader) All(ctx context.Context, q query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		if err := r.fresh(); err != nil {
			yield(sessiondex.Session{}, err)
			return
		}
		r.n.engine.All(ctx, q)(yield)
	}
}

func (r reader) Facets(ctx context.Context, q query.Query, o query.FacetOptions) (sessiondex.Facets, error) {
	if err := r.fresh(); err != nil {
		return sessiondex.Facets{}, err
	}
	return r.n.engine.Facets(ctx, q, o)
}

func (r reader) Explain(ctx context.Context, q query.Query) (query.Plan, error) {
	if err := r.fresh(); err != nil {
		return query.Plan{}, err
	}
	return r.n.engine.Explain(ctx, q)
}

func (r reader) Schema() *schema.Schema { return r.n.engine.Schema() }

// PinVersion is for httpapi.Pinner. A node that is too far behind is held by a reader that
// says so: what is pinned while it is fresh stays readable.
func (r reader) PinVersion() (sessiondex.Reader, uint64) {
	s := r.n.engine.Snapshot()
	if err := r.fresh(); err != nil {
		return failing{s, err}, s.Version()
	}
	return s, s.Version()
}

// WatchListing is for httpapi.Watcher. A watch ends with ErrStale once the node is too far
// behind.
func (r reader) WatchListing(ctx context.Context, q query.Query, o *sessiondex.WatchOptions) iter.Seq2[sessiondex.Event, error] {
	return func(yield func(sessiondex.Event, error) bool) {
		if err := r.fresh(); err != nil {
			yield(sessiondex.Event{}, err)
			return
		}
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		go r.untilStale(ctx, cancel)
		for ev, err := range r.n.engine.Watch(ctx, q, o) {
			if cause := context.Cause(ctx); err != nil && cause != nil {
				err = cause
			}
			if !yield(ev, err) {
				return
			}
		}
	}
}

// untilStale ends a watch when the node is closed or too far behind.
func (r reader) untilStale(ctx context.Context, cancel context.CancelCauseFunc) {
	every := r.n.opts.MaxLag
	if every == 0 {
		every = time.Hour // only closing counts
	}
	ticker := time.NewTicker(max(every/2, 50*time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-r.n.closed:
		case <-ctx.Done():
			return
		}
		if err := r.fresh(); err != nil {
			cancel(err)
			return
		}
	}
}

// WhyListed is for httpapi.Whyer.
func (r reader) WhyListed(ctx context.Context, q query.Query, id string) (query.Why, error) {
	if err := r.fresh(); err != nil {
		return query.Why{}, err
	}
	return r.n.engine.Why(ctx, q, id)
}

// SuggestKeywords is for httpapi.Suggester.
func (r reader) SuggestKeywords(ctx context.Context, q query.Query) ([]sessiondex.Suggestion, error) {
	if err := r.fresh(); err != nil {
		return nil, err
	}
	return r.n.engine.Suggest(ctx, q)
}

// CountHidden is for httpapi.HiddenCounter.
func (r reader) CountHidden(ctx context.Context, q query.Query) (query.Hidden, error) {
	if err := r.fresh(); err != nil {
		return query.Hidden{}, err
	}
	return r.n.engine.Hidden(ctx, q)
}

// failing is a snapshot that may not be read.
type failing struct {
	*sessiondex.Snapshot
	err error
}

func (f failing) Get(context.Context, string) (sessiondex.Session, error) {
	return sessiondex.Session{}, f.err
}

func (f failing) List(context.Context, query.Query) (sessiondex.Page, error) {
	return sessiondex.Page{}, f.err
}

func (f failing) All(context.Context, query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) { yield(sessiondex.Session{}, f.err) }
}

func (f failing) Facets(context.Context, query.Query, query.FacetOptions) (sessiondex.Facets, error) {
	return sessiondex.Facets{}, f.err
}

func (f failing) Explain(context.Context, query.Query) (query.Plan, error) {
	return query.Plan{}, f.err
}
