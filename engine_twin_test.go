package sessiondex_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// member is one engine of a family: it should answer like all others.
type member struct {
	name string
	*sessiondex.Engine
}

// family is some engines that are configured differently and get the same
// operations, and the plain list that they should all agree with.
type family struct {
	t       testing.TB
	r       *rand.Rand
	engines []member
	twin    oracle.Oracle
	held    []heldVersion
	writes  int
}

// heldVersion is a snapshot of each engine, and what it should stay like.
type heldVersion struct {
	snapshots []*sessiondex.Snapshot
	twin      *oracle.Oracle
}

// configurations are all that must make no difference to an answer: how a page is
// made, and how titles are searched, down to a title index that seals and merges
// all the time.
func configurations() map[string]*sessiondex.Options {
	forced := func(m query.Method, scan bool) *sessiondex.Options {
		o := &sessiondex.Options{ScanTitles: scan}
		o.ForceMethod(m)
		return o
	}
	busy := &sessiondex.Options{}
	busy.SetTitleOptions(title.Options{SealTitles: 4, SealBytes: 64, SealAfter: time.Nanosecond, MaxSegment: 32, FanOut: 2, GiantBytes: 40, CacheBytes: 512})
	uncached := forced(query.Walk, false)
	uncached.SetTitleOptions(title.Options{SealTitles: 16, SealAfter: time.Nanosecond, MaxSegment: 1 << 20, CacheBytes: -1})
	return map[string]*sessiondex.Options{
		"default": nil, "scan": {ScanTitles: true}, "rank": forced(query.Rank, true), "gather": forced(query.Gather, false),
		"walk, uncached": uncached, "walk, scan": forced(query.Walk, true), "busy titles": busy,
	}
}

func newFamily(t testing.TB, r *rand.Rand, fold sessiondex.Fold, names ...string) *family {
	t.Helper()
	f := &family{t: t, r: r, twin: oracle.Oracle{Fold: fold}}
	options := configurations()
	if len(names) == 0 {
		for name := range options {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	for _, name := range names {
		o, ok := options[name]
		require.True(t, ok, name)
		if o == nil {
			o = &sessiondex.Options{}
		}
		o.Fold = fold
		f.engines = append(f.engines, member{name, newEngine(t, o)})
	}
	return f
}

// step does one random operation to all engines.
func (f *family) step() {
	f.t.Helper()
	switch p := f.r.IntN(100); {
	case p < 12:
		f.put(corpus.Tiny(f.r, 1)...)
	case p < 22:
		f.put(corpus.Tiny(f.r, 1+f.r.IntN(30))...)
	case p < 32:
		f.touch()
	case p < 40:
		f.delete()
	case p < 43:
		f.refuse()
	case p < 46:
		f.hold()
	case p < 48:
		f.get()
	case p < 50:
		f.explain(f.question())
	case p < 53:
		f.facets(f.question())
	case p < 57:
		f.everything(f.question())
	case p < 65:
		f.follow(f.question())
	default:
		f.list(f.question())
	}
}

// question is a random query. One in four has a scope as well.
func (f *family) question() query.Query {
	q := corpus.RandomQuery(f.r)
	if f.r.IntN(3) == 0 {
		q = corpus.RandomlyNarrowed(f.r, q)
	}
	if f.r.IntN(4) == 0 {
		scopes := [][]string{nil, {}, {"app-1"}, {"app-2", "app-3", "app-2"}, {"no such app", "App-1"}}
		q.Scope.AppIDs = scopes[f.r.IntN(len(scopes))]
	}
	if f.r.IntN(8) == 0 {
		scopes := [][]string{nil, {}, {"ws-1"}, {"ws-2", "ws-1"}}
		q.Scope.WorkspaceIDs = scopes[f.r.IntN(len(scopes))]
	}
	return q
}

// some returns the id of some session, or of none.
func (f *family) some() string { return corpus.TinyID(f.r.IntN(corpus.TinyIDs)) }

func (f *family) put(sessions ...sessiondex.Session) {
	f.t.Helper()
	for _, e := range f.engines {
		require.NoError(f.t, e.Put(context.Background(), sessions...), e.name)
	}
	f.twin.Put(sessions...)
	f.writes++
}

// touch does what nearly every update does: it moves the state and the time, and
// sometimes renames.
func (f *family) touch() {
	s, ok := f.twin.Get(f.some())
	if !ok {
		return
	}
	fresh := corpus.Tiny(f.r, 1)[0]
	s.State, s.UpdatedAt = fresh.State, fresh.UpdatedAt
	if f.r.IntN(3) == 0 {
		s.Title = fresh.Title
	}
	f.put(s)
}

func (f *family) delete() {
	f.t.Helper()
	var ids []string
	for range 1 + f.r.IntN(6) {
		ids = append(ids, f.some())
	}
	want := f.twin.Delete(ids...)
	for _, e := range f.engines {
		n, err := e.Delete(context.Background(), ids...)
		require.NoError(f.t, err, e.name)
		require.Equal(f.t, want, n, e.name)
	}
	f.writes++
}

// refuse tries a batch with one fault in it.
func (f *family) refuse() {
	f.t.Helper()
	batch := corpus.Tiny(f.r, 1+f.r.IntN(5))
	s := &batch[f.r.IntN(len(batch))]
	switch f.r.IntN(5) {
	case 0:
		s.ID = ""
	case 1:
		s.CreatedAt = time.Time{}
	case 2:
		s.UpdatedAt = time.Time{}
	case 3:
		s.Title += "\xff"
	case 4:
		batch = append(batch, batch[0])
	}
	for _, e := range f.engines {
		before := e.Version()
		require.ErrorIs(f.t, e.Put(context.Background(), batch...), sessiondex.ErrInvalidSession, e.name)
		require.Equal(f.t, before, e.Version(), e.name)
	}
}

func (f *family) get() {
	f.t.Helper()
	id := f.some()
	want, ok := f.twin.Get(id)
	for _, e := range f.engines {
		got, err := e.Get(context.Background(), id)
		if !ok {
			require.ErrorIs(f.t, err, sessiondex.ErrNotFound, e.name)
			continue
		}
		require.NoError(f.t, err, e.name)
		require.Equal(f.t, want, got, e.name)
		require.Equal(f.t, f.twin.Len(), e.Len(), e.name)
	}
}

// hold takes a snapshot; at most six are kept, and a random one is let go.
func (f *family) hold() {
	h := heldVersion{twin: f.twin.Clone()}
	for _, e := range f.engines {
		h.snapshots = append(h.snapshots, e.Snapshot())
	}
	if len(f.held) == 6 {
		f.held = slices.Delete(f.held, 0, 1)
	}
	f.held = append(f.held, h)
}

// requirePage compares a page with the naive one, byte by byte as a client sees it.
func (f *family) requirePage(name string, want, got sessiondex.Page, q query.Query) {
	f.t.Helper()
	w, g := want.AppendJSON(nil), got.AppendJSON(nil)
	if !bytes.Equal(w, g) {
		require.Equal(f.t, idsOf(want.Items), idsOf(got.Items), "%s: %+v", name, q)
		require.Equal(f.t, string(w), string(g), "%s: %+v", name, q)
	}
	require.Equal(f.t, want.Items, got.Items, "%s: %+v", name, q)
}

func (f *family) list(q query.Query) {
	f.t.Helper()
	want := f.twin.List(q)
	var first sessiondex.Page
	for i, e := range f.engines {
		got := list(f.t, e, q)
		f.requirePage(e.name, want, got, q)
		if i == 0 {
			first = got
		}
		require.Equal(f.t, [2]string{first.NextCursor, first.PrevCursor}, [2]string{got.NextCursor, got.PrevCursor}, "%s: %+v", e.name, q)
		if f.r.IntN(8) == 0 {
			plan, err := e.Explain(f.t.Context(), q)
			require.NoError(f.t, err, e.name)
			require.Equal(f.t, want.Total, plan.Total, "%s: %+v", e.name, q)
			require.Equal(f.t, len(want.Items), plan.Returned, "%s: %+v", e.name, q)
		}
	}
	for _, h := range f.held {
		if f.r.IntN(6) == 0 {
			i := f.r.IntN(len(f.engines))
			f.requirePage("snapshot of "+f.engines[i].name, h.twin.List(q), list(f.t, h.snapshots[i], q), q)
		}
	}
}

// follow goes from page to page by the cursors of one engine and asks them of another.
func (f *family) follow(q query.Query) {
	f.t.Helper()
	want := f.twin.All(q)
	q.Offset, q.Limit = 0, 1+f.r.IntN(20)
	ids := []string{}
	for range 5 {
		e := f.engines[f.r.IntN(len(f.engines))]
		p := list(f.t, e, q)
		require.Equal(f.t, len(want), p.Total, "%s: %+v", e.name, q)
		ids = append(ids, idsOf(p.Items)...)
		require.Equal(f.t, idsOf(want[:len(ids)]), ids, "%s: %+v", e.name, q)
		require.Equal(f.t, len(ids) < len(want), p.HasMore, "%s: %+v", e.name, q)
		if q.Cursor != "" {
			require.Nil(f.t, p.NextOffset, "a page by cursor has no place to count from")
		}
		if !p.HasMore {
			return
		}
		q.Cursor = p.NextCursor
	}
}

func (f *family) everything(q query.Query) {
	f.t.Helper()
	want := f.twin.All(q)
	want = want[min(q.Offset, len(want)):]
	for _, e := range f.engines {
		require.Equal(f.t, idsOf(want), idsOf(all(f.t, e, q)), "%s: %+v", e.name, q)
	}
}

func (f *family) facets(q query.Query) {
	f.t.Helper()
	want, err := json.Marshal(f.twin.Facets(q, query.FacetOptions{}))
	require.NoError(f.t, err)
	for _, e := range f.engines {
		facets, err := e.Facets(f.t.Context(), q, query.FacetOptions{})
		require.NoError(f.t, err, e.name)
		got, err := json.Marshal(facets)
		require.NoError(f.t, err, e.name)
		require.Equal(f.t, string(want), string(got), "%s: %+v", e.name, q)
	}
}

// explain asks of one session whether a query lists it, and where the keyword is in it.
func (f *family) explain(q query.Query) {
	f.t.Helper()
	id := f.some()
	s, ok := f.twin.Get(id)
	if !ok {
		return
	}
	has := func(all []sessiondex.Session) bool {
		return slices.ContainsFunc(all, func(s sessiondex.Session) bool { return s.ID == id })
	}
	q.Scope = query.Scope{} // a session outside of it is not found
	listed := has(f.twin.All(q))
	keyword := query.Query{Keyword: q.Keyword, Match: q.Match, IDs: []string{id}}
	found := has(f.twin.All(keyword))
	for _, e := range f.engines {
		why, err := e.Why(f.t.Context(), q, id)
		require.NoError(f.t, err, e.name)
		require.Equal(f.t, listed, why.Listed, "%s: %q in %+v", e.name, id, q)
		matches, err := e.Matches(f.t.Context(), q, s)
		require.NoError(f.t, err, e.name)
		if folded := fold.Form(f.twin.Fold).Fold(fold.Trim(q.Keyword)); folded == "" {
			require.Empty(f.t, matches, "%s: a blank keyword", e.name)
		} else {
			require.Equal(f.t, found, len(matches) > 0, "%s: %q in %q", e.name, q.Keyword, s.Title)
		}
	}
}

// finish compares everything that there is.
func (f *family) finish() {
	f.t.Helper()
	for _, q := range []query.Query{everything, {}, {SortBy: query.Title, Keyword: "a"}} {
		f.everything(q)
		f.list(q)
		f.facets(q)
		for _, h := range f.held {
			for i, s := range h.snapshots {
				require.Equal(f.t, h.twin.All(q), all(f.t, s, q), "snapshot of %s: %+v", f.engines[i].name, q)
			}
		}
	}
	for _, e := range f.engines {
		require.NoError(f.t, e.Verify(context.Background()), e.name)
	}
}

// Whatever is put, deleted and asked, every engine answers like the naive twin, byte
// by byte, in every configuration.
func TestEnginesAgreeWithTheNaiveTwin(t *testing.T) {
	r := testrand.New(t)
	for round := range 6 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			f := newFamily(t, r, sessiondex.Fold(round%2))
			for i := range 400 {
				f.step()
				if i%50 == 49 {
					for _, e := range f.engines {
						require.NoError(t, e.Verify(context.Background()), e.name)
					}
				}
			}
			f.finish()
		})
	}
}

// The same in a world of some thousands, where large sets, leaves that split and
// bit arrays come into play.
func TestEnginesAgreeWithTheNaiveTwinInALargerWorld(t *testing.T) {
	r := testrand.New(t)
	f := newFamily(t, r, sessiondex.Fold(r.IntN(2)))
	f.put(corpus.Tiny(f.r, 2000)...)
	for range 4 {
		f.put(corpus.Tiny(f.r, 1+f.r.IntN(400))...)
		for range 20 {
			f.step()
		}
	}
	f.finish()
}

// A stream of operations that a fuzzer writes as bytes.
func FuzzOperations(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("put, list, delete, list"))
	f.Add([]byte(strings.Repeat("\x00\x10\x80\xff", 100)))
	f.Add(bytes.Repeat([]byte{0x30, 0x01}, 200))
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		data := make([]byte, 300+100*seed)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source := &byteSource{data: data[:min(len(data), 1000)]}
		r := rand.New(source)
		family := newFamily(t, r, sessiondex.Fold(r.IntN(2)), "busy titles", "gather", "walk, scan")
		for len(source.data) > 0 {
			family.step()
		}
		family.finish()
	})
}

// byteSource is a source of randomness that a fuzzer controls: two of its bytes
// decide a number, and when they are used up, a generator goes on.
type byteSource struct {
	data  []byte
	after rand.PCG
}

func (s *byteSource) Uint64() uint64 {
	low := s.after.Uint64() >> 16
	if len(s.data) == 0 {
		return low<<16 | low
	}
	var high [2]byte
	s.data = s.data[copy(high[:], s.data):]
	return uint64(high[0])<<56 | uint64(high[1])<<48 | low
}
