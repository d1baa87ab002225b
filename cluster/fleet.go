package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Fleet is a sessiondex.Reader over all partitions, for programs that hold none: it asks
// one node of each group of nodes that hold the same partitions, and puts the answers
// together. All methods are safe for concurrent use.
//
// Each node answers from its newest version; there is no version of all partitions. So
// under writes the rows of two pages may come from different states, as those of an engine
// do without a snapshot. An id that sessions of two partitions have is two rows; Get
// returns the one that was updated last.
type Fleet struct {
	opts   Options
	nc     *nats.Conn
	local  *sessiondex.Engine // empty: knows the fields and the order
	schema string

	mu     sync.Mutex
	groups []*group
}

// group are the nodes that hold the same partitions.
type group struct {
	offer
	subject string
}

// errMoved says that the partitions are held by other groups than a moment ago.
var errMoved = unavailable("cluster: the partitions are on the move")

// discoverFor is how long nodes are given to say that they are there.
const discoverFor = 100 * time.Millisecond

// Dial finds the nodes that serve the stream's partitions (Node.Serve), and returns when
// all partitions are served, or with an error that says which are not when the context
// ends. Of the options Stream and Logger count. Nodes whose declared fields differ are an
// error: they could not answer alike.
func Dial(ctx context.Context, nc *nats.Conn, opts *Options) (*Fleet, error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	f := &Fleet{opts: o, nc: nc}
	for {
		err := f.discover(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, errNobody) || ctx.Err() != nil {
			return nil, err
		}
		select {
		case <-time.After(discoverFor):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
	}
	first := &f.groups[0].offer
	fold, err := sessiondex.ParseFold(first.Fold)
	if err != nil {
		return nil, fmt.Errorf("cluster: a node's offer: %w", err)
	}
	f.local, err = sessiondex.New(&sessiondex.Options{Fields: first.Fields, Fold: fold, ScanTitles: true})
	return f, err
}

// Close frees the fleet; the connection is its owner's to close.
func (f *Fleet) Close() error { return f.local.Close() }

// Schema returns the fields that the nodes declare, with the contract's.
func (f *Fleet) Schema() *schema.Schema { return f.local.Schema() }

// discover asks which nodes there are, and takes groups that hold each partition once.
func (f *Fleet) discover(ctx context.Context) error {
	offers, err := f.offers(ctx)
	if err != nil {
		return err
	}
	groups, err := cover(&f.opts, offers)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.schema != "" && f.schema != groups[0].Schema {
		return fmt.Errorf("cluster: nodes declare other fields than when the fleet was dialled")
	}
	f.schema, f.groups = groups[0].Schema, groups
	return nil
}

// offers collects what nodes say of themselves.
func (f *Fleet) offers(ctx context.Context) ([]offer, error) {
	inbox := f.nc.NewInbox()
	sub, err := f.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	subject, err := micro.ControlSubject(micro.InfoVerb, f.opts.serviceName(), "")
	if err != nil {
		return nil, err
	}
	if err := f.nc.PublishRequest(subject, inbox, nil); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, discoverFor)
	defer cancel()
	var out []offer
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil || m.Header.Get("Status") == "503" {
			return out, nil // these are all
		}
		var info micro.Info
		var o offer
		if json.Unmarshal(m.Data, &info) == nil && json.Unmarshal([]byte(info.Metadata[metaService]), &o) == nil {
			out = append(out, o)
		}
	}
}

// cover chooses groups that hold each partition exactly once.
func cover(opts *Options, offers []offer) ([]*group, error) {
	if len(offers) == 0 {
		return nil, fmt.Errorf("%w: none serves stream %s", errNobody, opts.Stream)
	}
	byName := make(map[string]*group)
	for _, o := range offers {
		first := &offers[0]
		if o.Schema != first.Schema || o.Fold != first.Fold || o.Count != first.Count {
			return nil, fmt.Errorf("cluster: nodes differ in declared fields (%s, %s), in how they compare titles (%s, %s) or in the number of partitions (%d, %d): they could not answer alike",
				first.Schema, o.Schema, first.Fold, o.Fold, first.Count, o.Count)
		}
		at := Options{Stream: opts.Stream, Partitions: o.Partitions}
		byName[at.askSubject()] = &group{o, at.askSubject()}
	}
	groups := make([]*group, 0, len(byName))
	for _, g := range byName {
		groups = append(groups, g)
	}
	// Those that hold most come first, so that as few as possible are asked.
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(len(b.Partitions), len(a.Partitions)), strings.Compare(a.subject, b.subject))
	})
	held := make([]bool, offers[0].Count)
	if found := exactCover(groups, held); found != nil {
		return found, nil
	}
	var missing []int
	for p := range held {
		if !slices.ContainsFunc(groups, func(g *group) bool { return slices.Contains(g.Partitions, p) }) {
			missing = append(missing, p)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w: nobody serves %v of stream %s", errNobody, missing, opts.Stream)
	}
	return nil, fmt.Errorf("%w: the nodes of stream %s hold all, but no choice of them holds each once", errNobody, opts.Stream)
}

// exactCover returns groups that hold what is not held yet, each partition once; nil if
// there are none such.
func exactCover(groups []*group, held []bool) []*group {
	next := slices.Index(held, false)
	if next < 0 {
		return []*group{}
	}
	for _, g := range groups {
		if !slices.Contains(g.Partitions, next) || slices.ContainsFunc(g.Partitions, func(p int) bool { return p >= len(held) || held[p] }) {
			continue
		}
		for _, p := range g.Partitions {
			held[p] = true
		}
		if rest := exactCover(groups, held); rest != nil {
			return append([]*group{g}, rest...)
		}
		for _, p := range g.Partitions {
			held[p] = false
		}
	}
	return nil
}

func (f *Fleet) now() []*group {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.groups
}

// moved looks whether a group's partitions are held by others now.
func (f *Fleet) moved(ctx context.Context, g *group) bool {
	return f.discover(ctx) == nil && !slices.ContainsFunc(f.now(), func(now *group) bool { return now.subject == g.subject })
}

// gather asks every group at once and returns the answers, in the order of the groups; if
// the partitions move meanwhile, it asks all once more. The error is the first.
func gather[T any](ctx context.Context, f *Fleet, ask func(ctx context.Context, g *group, answer *T) error) ([]T, error) {
	for {
		groups := f.now()
		answers := make([]T, len(groups))
		err := together(ctx, len(groups), func(ctx context.Context, i int) error { return ask(ctx, groups[i], &answers[i]) })
		if !errors.Is(err, errMoved) {
			return answers, err
		}
	}
}

// together runs n calls at once and returns the error of the first that failed; the
// others are cancelled then.
func together(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	var once sync.Once
	var first error
	for i := range n {
		all.Go(func() {
			if err := do(ctx, i); err != nil {
				once.Do(func() {
					first = err
					cancel()
				})
			}
		})
	}
	all.Wait()
	return first
}

// Get returns the session with this id, or ErrNotFound; of several partitions' the one
// that was updated last.
func (f *Fleet) Get(ctx context.Context, id string) (sessiondex.Session, error) {
	found, err := gather(ctx, f, func(ctx context.Context, g *group, s *sessiondex.Session) error {
		if err := f.ask(ctx, g, "get", &question{ID: id}, s); !isGone(err) {
			return err
		}
		return nil
	})
	if err != nil {
		return sessiondex.Session{}, err
	}
	var newest *sessiondex.Session
	for i := range found {
		if s := &found[i]; s.ID != "" && (newest == nil || s.UpdatedAt.After(newest.UpdatedAt)) {
			newest = s
		}
	}
	if newest == nil {
		return sessiondex.Session{}, fmt.Errorf("%w: %q", sessiondex.ErrNotFound, id)
	}
	return *newest, nil
}

// All yields every match in order, read in pages: each page is of the newest versions.
func (f *Fleet) All(ctx context.Context, q query.Query) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		q.Limit = maxPage
		for {
			p, err := f.List(ctx, q)
			if err != nil {
				yield(sessiondex.Session{}, err)
				return
			}
			for _, s := range p.Items {
				if !yield(s, nil) {
					return
				}
			}
			if p.NextCursor == "" {
				return
			}
			q.Cursor, q.Offset = p.NextCursor, 0
		}
	}
}

// Explain says how the nodes answer: the first group's plan, with the numbers of all.
func (f *Fleet) Explain(ctx context.Context, q query.Query) (query.Plan, error) {
	if err := q.ValidateWith(f.Schema()); err != nil {
		return query.Plan{}, err
	}
	plans, err := gather(ctx, f, func(ctx context.Context, g *group, p *query.Plan) error {
		return f.ask(ctx, g, "explain", &question{Query: q.AppendCanonical(nil)}, p)
	})
	if err != nil {
		return query.Plan{}, err
	}
	out := plans[0]
	for _, p := range plans[1:] {
		out.Sessions += p.Sessions
		out.Total += p.Total
		out.Examined += p.Examined
		out.Returned = max(out.Returned, p.Returned)
	}
	out.Reason = fmt.Sprintf("%d groups of nodes are asked; of the first: %s", len(plans), out.Reason)
	return out, nil
}
