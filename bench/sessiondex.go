package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// ours is this library with its default options, in memory.
type ours struct{ engine *sessiondex.Engine }

// durable is this library in a file.
type durable struct {
	*ours
	path string
	sync sessiondex.SyncMode
}

func newOurs(string) (candidate, error) {
	e, err := sessiondex.New(nil)
	return &ours{e}, err
}

func newDurable(mode sessiondex.SyncMode) func(dir string) (candidate, error) {
	return func(dir string) (candidate, error) {
		d := durable{&ours{}, filepath.Join(dir, "sessions.db"), mode}
		return d, d.open()
	}
}

func (d durable) open() (err error) {
	d.engine, err = sessiondex.Open(d.path, &sessiondex.Options{Sync: d.sync})
	return err
}

// load puts everything in one batch, as an import does.
func (o *ours) load(sessions []sessiondex.Session) error {
	if err := o.loadPart(sessions); err != nil {
		return err
	}
	return o.settle()
}

func (o *ours) loadPart(sessions []sessiondex.Session) error {
	return o.engine.Put(context.Background(), sessions...)
}

// settle waits for the titles. Put returns before they are indexed (until then
// keywords scan those that are not, with the same answers), and so a load is
// over when the index has nothing left to do, merges included.
func (o *ours) settle() error { return o.engine.WaitIndexed(context.Background()) }

func (o *ours) list(ctx context.Context, q query.Query) (answer, error) {
	p, err := o.engine.List(ctx, q)
	return answer{p.Items, p.Total}, err
}

// page is the same as list: the total is not what costs.
func (o *ours) page(ctx context.Context, q query.Query) ([]sessiondex.Session, error) {
	p, err := o.engine.List(ctx, q)
	return p.Items, err
}

func (o *ours) next(ctx context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error) {
	q.Cursor = prev.cursor
	p, err := o.engine.List(ctx, q)
	return p.Items, position{cursor: p.NextCursor}, err
}

// byState counts by all states, as the others do.
var byState = query.FacetOptions{Fields: []string{"state"}, Top: query.MaxTop}

func (o *ours) states(ctx context.Context, q query.Query) ([]sessiondex.FacetCount, error) {
	f, err := o.engine.Facets(ctx, q, byState)
	return f.Field("state").Values, err
}

func (o *ours) facets(ctx context.Context, q query.Query) (sessiondex.Facets, error) {
	return o.engine.Facets(ctx, q, query.FacetOptions{})
}

func (o *ours) get(ctx context.Context, id string) (sessiondex.Session, error) {
	return o.engine.Get(ctx, id)
}

func (o *ours) put(sessions []sessiondex.Session) error {
	return o.engine.Put(context.Background(), sessions...)
}

func (o *ours) close() error { return o.engine.Close() }

// forget begins with a new engine, which knows no keyword yet.
func (o *ours) forget(refill func() error) error {
	err := o.engine.Close()
	o.engine = nil
	if err != nil {
		return err
	}
	if o.engine, err = sessiondex.New(nil); err != nil {
		return err
	}
	return refill()
}

// forget reads the file again.
func (d durable) forget(func() error) error {
	if err := d.engine.Close(); err != nil {
		return err
	}
	if err := d.open(); err != nil {
		return err
	}
	return d.settle()
}

func (d durable) reopen() error { return d.open() }

func (d durable) size() (int64, error) {
	info, err := os.Stat(d.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
