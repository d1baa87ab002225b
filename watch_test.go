package sessiondex_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// client is what an application makes of a watch: a list and a total.
type client struct {
	rows    []sessiondex.Session
	total   int
	version uint64
	token   string
	events  []sessiondex.Event
	err     error
}

func (c *client) apply(ev sessiondex.Event) {
	c.rows = ev.Apply(c.rows)
	c.total, c.version, c.token = ev.Total, ev.Version, ev.Token()
	c.events = append(c.events, ev)
}

// heard returns the events since the last call, as text.
func (c *client) heard() (out []string) {
	for _, ev := range c.events {
		text := string(ev.Kind)
		switch ev.Kind {
		case sessiondex.Resync:
			text += fmt.Sprintf(" %d rows", len(ev.Page.Items))
		case sessiondex.TotalChanged:
		default:
			text += fmt.Sprintf(" %s %d>%d", ev.ID, ev.OldRank, ev.NewRank)
		}
		if ev.Last {
			text += fmt.Sprintf(" of %d", ev.Total)
		}
		out = append(out, text)
	}
	c.events = nil
	return out
}

// follow watches in the background until the context ends.
func follow(ctx context.Context, e *sessiondex.Engine, q query.Query, o *sessiondex.WatchOptions) *client {
	c := &client{}
	c.follow(ctx, e, q, o)
	return c
}

func (c *client) follow(ctx context.Context, e *sessiondex.Engine, q query.Query, o *sessiondex.WatchOptions) {
	go func() {
		for ev, err := range e.Watch(ctx, q, o) {
			if err != nil {
				c.err = err
				return
			}
			c.apply(ev)
		}
	}()
}

// scanning engines have nothing in the background, which suits fake time.
var scanning = &sessiondex.Options{ScanTitles: true}

// settle lets everything in the background come to rest, in fake time.
func settle() {
	time.Sleep(10 * time.Millisecond)
	synctest.Wait()
}

func bubbleEngine(t *testing.T) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(scanning)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

func minute(n int) time.Time { return time.Date(2026, 5, 1, 12, n, 0, 0, time.UTC) }

func updated(id string, n int, change ...func(*sessiondex.Session)) sessiondex.Session {
	s := sessiondex.Session{ID: id, State: "running", CreatedAt: minute(0), UpdatedAt: minute(n)}
	for _, f := range change {
		f(&s)
	}
	return s
}

func state(value string) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) { s.State = value }
}

func TestAWatchedListUpdatesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bubbleEngine(t)
		put := func(sessions ...sessiondex.Session) {
			t.Helper()
			require.NoError(t, e.Put(context.Background(), sessions...))
			settle()
		}
		put(updated("a", 1), updated("b", 2), updated("c", 3))
		ctx, end := context.WithCancel(t.Context())
		c := follow(ctx, e, query.Query{States: []string{"running"}, Limit: 3}, nil)
		settle()
		assert.Equal(t, []string{"resync 3 rows of 3"}, c.heard())

		put(updated("a", 4))
		assert.Equal(t, []string{"moved a 2>0 of 3"}, c.heard())
		put(updated("d", 5))
		assert.Equal(t, []string{"left b 2>-1", "entered d -1>0 of 4"}, c.heard(), "one goes over the edge")
		put(updated("c", 3, func(s *sessiondex.Session) { s.Title = "Renamed" }))
		assert.Equal(t, []string{"changed c 2>2 of 4"}, c.heard())
		assert.Equal(t, "Renamed", c.rows[2].Title)
		put(updated("d", 5, state("failed")))
		assert.Equal(t, []string{"left d 0>-1", "entered b -1>2 of 3"}, c.heard(), "the row behind the window comes up")
		put(updated("e", 0))
		assert.Equal(t, []string{"total of 4"}, c.heard(), "below the window")
		put(updated("e", 1), updated("x", 9, state("failed")))
		assert.Empty(t, c.heard(), "still below it, and another list")
		_, err := e.Delete(ctx, "c", "x")
		require.NoError(t, err)
		settle()
		assert.Equal(t, []string{"left c 1>-1", "entered e -1>2 of 3"}, c.heard())

		page, err := e.List(t.Context(), query.Query{States: []string{"running"}, Limit: 3})
		require.NoError(t, err)
		assert.Equal(t, page.Items, c.rows)
		assert.Equal(t, e.Version(), c.version)

		end()
		settle()
		assert.ErrorIs(t, c.err, context.Canceled)
	})
}

func TestTheFirstEventIsThePageThatListGives(t *testing.T) {
	w := tinyTwins(t, testrand.New(t), 120)
	q := query.Query{Limit: 7, Offset: 5, SortBy: query.Title, SortDirection: query.Asc, IncludeSubSessions: true}
	want, err := w.List(t.Context(), q)
	require.NoError(t, err)
	for ev, err := range w.Watch(t.Context(), q, nil) {
		require.NoError(t, err)
		assert.Equal(t, sessiondex.Resync, ev.Kind)
		assert.Equal(t, &want, ev.Page)
		assert.True(t, ev.Last)
		assert.Equal(t, []int{-1, -1}, []int{ev.OldRank, ev.NewRank})
		break
	}
}

func TestWhatWasWrittenBeforeAWatchIsInIt(t *testing.T) {
	// On one processor nothing in the background gets in between by chance.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	w := newTwins(t, scanning)
	for n := range 200 {
		id := fmt.Sprint(n)
		w.put(t, updated(id, n%60))
		for ev, err := range w.Watch(t.Context(), query.Query{Limit: 500}, nil) {
			require.NoError(t, err)
			require.Equal(t, n+1, ev.Total, "watch number %d", n)
			break
		}
	}
}

// At every version, the list that events made is the page that List gives. With a
// wait after each write no two versions fall into one.
func TestAReplayedListIsTheListingAtEveryVersion(t *testing.T) {
	r := testrand.New(t)
	for range 12 {
		synctest.Test(t, func(t *testing.T) {
			e := bubbleEngine(t)
			require.NoError(t, e.Put(context.Background(), corpus.Tiny(r, r.IntN(60))...))
			ctx, end := context.WithCancel(t.Context())
			defer end()
			var queries []query.Query
			var clients []*client
			for range 25 {
				q := watchQuery(r)
				queries = append(queries, q)
				clients = append(clients, follow(ctx, e, q, nil))
			}
			for range 120 {
				randomWrite(t, r, e)
				settle()
				for i, c := range clients {
					require.NoError(t, c.err)
					page, err := e.List(t.Context(), queries[i])
					require.NoError(t, err)
					require.Equal(t, page.Total, c.total, "version %d, %+v", e.Version(), queries[i])
					requireSameRows(t, page.Items, c.rows, "version %d, %+v", e.Version(), queries[i])
					requireWellFormed(t, c)
				}
			}
		})
	}
}

// watchQuery is a random query whose window is small and near the top, where
// things happen.
func watchQuery(r *rand.Rand) query.Query {
	q := corpus.RandomQuery(r)
	q.Limit = 1 + r.IntN(12)
	q.Offset = []int{0, 0, 1, 5, 20, 100}[r.IntN(6)]
	if r.IntN(8) == 0 {
		q.Scope.AppIDs = []string{"app-1", "app-2"}
	}
	if r.IntN(16) == 0 {
		q.Scope.WorkspaceIDs = []string{}
	}
	return q
}

// randomWrite puts or deletes a few sessions; what is there is often put again.
func randomWrite(t testing.TB, r *rand.Rand, e *sessiondex.Engine) {
	t.Helper()
	switch r.IntN(8) {
	case 0:
		_, err := e.Delete(context.Background(), corpus.TinyID(r.IntN(corpus.TinyIDs)), corpus.TinyID(r.IntN(corpus.TinyIDs)))
		require.NoError(t, err)
	case 1:
		require.NoError(t, e.Put(context.Background(), corpus.Tiny(r, 10)...))
	case 2: // the same again
		s, err := e.Get(context.Background(), corpus.TinyID(r.IntN(corpus.TinyIDs)))
		if err == nil {
			require.NoError(t, e.Put(context.Background(), s))
		}
	default:
		require.NoError(t, e.Put(context.Background(), corpus.Tiny(r, 1)...))
	}
}

// requireSameRows is require.Equal, at a speed that suits thousands of lists.
func requireSameRows(t testing.TB, want, got []sessiondex.Session, context ...any) {
	t.Helper()
	if !slices.Equal(want, got) {
		require.Equal(t, want, got, context...)
	}
}

// requireWellFormed checks what holds for the events since the last call.
func requireWellFormed(t testing.TB, c *client) {
	t.Helper()
	for i, ev := range c.events {
		switch ev.Kind {
		case sessiondex.Left:
			require.Zero(t, ev.Session)
		case sessiondex.Resync, sessiondex.TotalChanged:
			require.True(t, ev.Last)
			require.Empty(t, ev.ID)
		default:
			require.Equal(t, ev.ID, ev.Session.ID)
		}
		require.Equal(t, ev.Kind == sessiondex.Resync, ev.Page != nil)
		require.Equal(t, ev.Last, ev.Token() != "")
		if i > 0 {
			require.Equal(t, c.events[i-1].Last, ev.Version > c.events[i-1].Version, "versions follow one another, each with an end")
		}
	}
	if n := len(c.events); n > 0 {
		require.True(t, c.events[n-1].Last)
	}
	c.events = nil
}

// Readers of every speed, while several writers write as fast as they can: at
// every version that a reader gets to, its list is the listing of that version,
// and in the end it is the newest.
func TestSlowReadersSeeConsistentVersions(t *testing.T) {
	r := testrand.New(t)
	w := newTwins(t, nil)
	require.NoError(t, w.Put(context.Background(), corpus.Tiny(r, 60)...))

	type seen struct {
		version uint64
		rows    []sessiondex.Session
		total   int
	}
	type reader struct {
		q    query.Query
		seen []seen
	}
	var (
		mu        sync.Mutex // guards the readers and the snapshots
		readers   = make([]reader, 30)
		snapshots = map[uint64]*sessiondex.Snapshot{}
		reading   sync.WaitGroup
		writing   sync.WaitGroup
	)
	snapshots[w.Version()] = w.Snapshot()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	for i := range readers {
		q := watchQuery(r)
		if i%3 == 0 {
			q = query.Query{Limit: 10} // shared by several
		}
		readers[i].q = q
		pace := time.Duration(r.IntN(4)) * time.Millisecond
		reading.Go(func() {
			var c client
			for ev, err := range w.Watch(ctx, q, &sessiondex.WatchOptions{MinInterval: pace / 2}) {
				if err != nil {
					assert.ErrorIs(t, err, context.Canceled)
					return
				}
				c.apply(ev)
				if ev.Last {
					c.events = nil
					mu.Lock()
					readers[i].seen = append(readers[i].seen, seen{c.version, slices.Clone(c.rows), c.total})
					mu.Unlock()
					time.Sleep(pace)
				}
			}
		})
	}
	var turn sync.Mutex // the version after a write must be caught before the next one
	for i := range 3 {
		r := rand.New(rand.NewPCG(r.Uint64(), uint64(i)))
		writing.Go(func() {
			for range 150 {
				turn.Lock()
				randomWrite(t, r, w.Engine)
				s := w.Snapshot()
				mu.Lock()
				snapshots[s.Version()] = s
				mu.Unlock()
				turn.Unlock()
			}
		})
	}
	writing.Wait()
	final := w.Snapshot()
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, reader := range readers {
			page, err := final.List(t.Context(), reader.q)
			if err != nil || len(reader.seen) == 0 {
				return false
			}
			last := reader.seen[len(reader.seen)-1]
			if last.total != page.Total || !slices.Equal(last.rows, page.Items) {
				return false
			}
		}
		return true
	}, 20*time.Second, time.Millisecond, "every reader gets to the newest version")
	end()
	reading.Wait()

	versions := 0
	for _, reader := range readers {
		for _, s := range reader.seen {
			versions++
			snapshot := snapshots[s.version]
			require.NotNil(t, snapshot, "version %d of %d", s.version, final.Version())
			page, err := snapshot.List(t.Context(), reader.q)
			require.NoError(t, err)
			require.Equal(t, page.Total, s.total, "version %d, %+v", s.version, reader.q)
			requireSameRows(t, page.Items, s.rows, "version %d, %+v", s.version, reader.q)
		}
	}
	t.Logf("%d readers saw %d changes in %d versions", len(readers), versions, final.Version())
}

// busyContext does something whenever somebody looks whether it has ended, such as
// a page that is being made.
type busyContext struct {
	context.Context
	do func()
}

func (c busyContext) Err() error {
	c.do()
	return c.Context.Err()
}

func TestAWriteWhileTheWindowIsComputedIsNotLost(t *testing.T) {
	w := newTwins(t, scanning)
	n := 0
	timely, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	ctx := busyContext{timely, func() {
		if n < 40 {
			n++
			assert.NoError(t, w.Put(context.Background(), updated(fmt.Sprint(n), n)))
			time.Sleep(200 * time.Microsecond) // for what is in the background
		}
	}}
	var c client
	for ev, err := range w.Watch(ctx, query.Query{Limit: 3}, nil) {
		require.NoError(t, err)
		c.apply(ev)
		if ev.Last && c.total == 40 {
			break
		}
	}
	page, err := w.List(t.Context(), query.Query{Limit: 3})
	require.NoError(t, err)
	assert.Equal(t, page.Items, c.rows)
}

func TestAnEmptyWindowAndOneThatFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bubbleEngine(t)
		c := follow(t.Context(), e, query.Query{AppID: "billing", Limit: 2, Offset: 1}, nil)
		settle()
		assert.Equal(t, []string{"resync 0 rows of 0"}, c.heard())
		billing := func(s *sessiondex.Session) { s.AppID = "billing" }
		require.NoError(t, e.Put(context.Background(), updated("a", 1, billing)))
		settle()
		assert.Equal(t, []string{"total of 1"}, c.heard(), "the first row is before the window")
		require.NoError(t, e.Put(context.Background(), updated("b", 2, billing)))
		settle()
		assert.Equal(t, []string{"entered a -1>0 of 2"}, c.heard(), "pushed into it")
		require.NoError(t, e.Put(context.Background(), updated("a", 1)))
		settle()
		assert.Equal(t, []string{"left a 0>-1 of 1"}, c.heard(), "another application's now")
	})
}

func TestAWriteOfMoreThanTheWatchesTakeInIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bubbleEngine(t)
		c := follow(t.Context(), e, query.Query{Limit: 5}, nil)
		settle()
		many := make([]sessiondex.Session, 10_000)
		for i := range many {
			many[i] = updated(fmt.Sprint(i), i%50)
		}
		require.NoError(t, e.Put(context.Background(), many...))
		settle()
		assert.Equal(t, 10_000, c.total)
		page, err := e.List(t.Context(), query.Query{Limit: 5})
		require.NoError(t, err)
		assert.Equal(t, page.Items, c.rows)
		c.heard()
		require.NoError(t, e.Put(context.Background(), updated("17", 55)))
		settle()
		assert.Equal(t, []string{"left " + page.Items[4].ID + " 4>-1", "entered 17 -1>0 of 10000"}, c.heard())
	})
}

func TestMinIntervalPutsChangesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bubbleEngine(t)
		require.NoError(t, e.Put(context.Background(), updated("a", 0)))
		start := time.Now()
		var at []time.Duration
		var last client
		go func() {
			for ev, err := range e.Watch(t.Context(), query.Query{}, &sessiondex.WatchOptions{MinInterval: time.Second}) {
				if err != nil {
					return
				}
				last.apply(ev)
				at = append(at, time.Since(start))
			}
		}()
		for n := range 25 {
			settle()
			require.NoError(t, e.Put(context.Background(), updated("a", n+1)))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Second)
		settle()
		assert.Equal(t, []time.Duration{0, time.Second, 2 * time.Second, 3 * time.Second}, at)
		assert.Equal(t, minute(25), last.rows[0].UpdatedAt, "the last change is not forgotten")
	})
}

func TestAWatchGoesOnWhereAnotherEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bubbleEngine(t)
		q := query.Query{States: []string{"running"}, Limit: 2}
		require.NoError(t, e.Put(context.Background(), updated("a", 1), updated("b", 2), updated("c", 3)))
		ctx, lose := context.WithCancel(t.Context())
		c := follow(ctx, e, q, nil)
		settle()
		c.heard()
		reconnect := func(q query.Query) []string {
			lose()
			settle()
			ctx, lose = context.WithCancel(t.Context())
			c.follow(ctx, e, q, &sessiondex.WatchOptions{After: c.token})
			settle()
			return c.heard()
		}
		assert.Empty(t, reconnect(q), "nothing was written")
		lose()
		settle()
		require.NoError(t, e.Put(context.Background(), updated("x", 9, state("failed")), updated("a", 0)))
		assert.Empty(t, reconnect(q), "nothing that concerns the window")
		require.NoError(t, e.Put(context.Background(), updated("d", 7)))
		settle()
		assert.Equal(t, []string{"left b 1>-1", "entered d -1>0 of 4"}, c.heard(), "and it is alive")
		lose()
		settle()
		require.NoError(t, e.Put(context.Background(), updated("d", 8)))
		assert.Equal(t, []string{"resync 2 rows of 4"}, reconnect(q), "the window did change")
		assert.Equal(t, []string{"resync 2 rows of 4"}, reconnect(query.Query{States: []string{"running"}, Limit: 2, SortBy: query.CreatedAt}), "another listing")
		assert.Empty(t, reconnect(query.Query{States: []string{"running", " "}, Limit: 2, SortBy: query.CreatedAt}), "the same, said otherwise")

		lose()
		time.Sleep(time.Hour)
		require.NoError(t, e.Put(context.Background(), updated("x", 10, state("failed"))))
		assert.Equal(t, []string{"resync 2 rows of 4"}, reconnect(query.Query{States: []string{"running"}, Limit: 2, SortBy: query.CreatedAt}), "too long ago")
		for _, token := range []string{"x", "-", "0-0", "!-1", c.token + "0", "zzzzzzzzzzzzzzzzzzzz-1"} {
			c.token = token
			assert.Equal(t, []string{"resync 2 rows of 4"}, reconnect(q), "token %q", token)
		}
		lose()
		other := bubbleEngine(t)
		require.NoError(t, other.Put(context.Background(), updated("a", 1)))
		d := follow(t.Context(), other, q, &sessiondex.WatchOptions{After: c.token})
		settle()
		assert.Equal(t, []string{"resync 1 rows of 1"}, d.heard(), "another engine")
	})
}

func TestCloseEndsWatchesAndEverythingBehindThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		e, err := sessiondex.New(scanning)
		require.NoError(t, err)
		var clients []*client
		for i := range 20 {
			clients = append(clients, follow(context.Background(), e, query.Query{Limit: 1 + i%3}, &sessiondex.WatchOptions{MinInterval: time.Duration(i%2) * time.Hour}))
		}
		settle()
		require.NoError(t, e.Put(context.Background(), updated("a", 1)))
		require.NoError(t, e.Close())
		settle()
		for _, c := range clients {
			assert.ErrorIs(t, c.err, sessiondex.ErrClosed)
		}
		late := follow(context.Background(), e, query.Query{}, nil)
		settle()
		assert.ErrorIs(t, late.err, sessiondex.ErrClosed)
		require.NoError(t, e.Close())
	})
}

func TestNothingIsLeftBehindWhenTheLastWatcherLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		e, err := sessiondex.New(scanning)
		require.NoError(t, err)
		for range 3 {
			for _, err := range e.Watch(t.Context(), query.Query{}, nil) {
				require.NoError(t, err)
				break
			}
			require.NoError(t, e.Put(context.Background(), updated("a", 1)))
			time.Sleep(time.Minute)
		}
	})
}

func TestAWatchIsRefusedForWhatListRefuses(t *testing.T) {
	w := newTwins(t, nil)
	first := func(ctx context.Context, q query.Query, o *sessiondex.WatchOptions) error {
		n := 0
		var last error
		for _, err := range w.Watch(ctx, q, o) {
			last = err
			n++
		}
		assert.Equal(t, 1, n)
		return last
	}
	assert.ErrorIs(t, first(t.Context(), query.Query{Limit: 501}, nil), sessiondex.ErrInvalidQuery)
	assert.ErrorContains(t, first(t.Context(), query.Query{Cursor: "abc"}, nil), "cursor: Input should be empty to watch a listing")
	assert.EqualError(t, first(t.Context(), query.Query{}, &sessiondex.WatchOptions{MinInterval: -1}),
		"sessiondex: invalid options: MinInterval: must not be negative, got -1ns")
	ended, end := context.WithCancel(t.Context())
	end()
	assert.ErrorIs(t, first(ended, query.Query{}, nil), context.Canceled)
}
