package sessiondex_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// The tests of this file are named after what must not happen while sessions are
// written and read at once. They mean most under the race detector.

// during runs write to its end, again and again, while readers read; each reader gets
// its number. It returns when rounds writes are done and every reader has read since.
func during(t *testing.T, rounds int, write func(round int), readers int, read func(reader int)) {
	t.Helper()
	var done atomic.Bool
	var group sync.WaitGroup
	for i := range readers {
		group.Go(func() {
			for !done.Load() {
				read(i)
			}
			read(i)
		})
	}
	for round := range rounds {
		write(round)
	}
	done.Store(true)
	group.Wait()
}

func must(n int, err error) int {
	if err != nil {
		panic(err)
	}
	return n
}

// generation returns n sessions that all say in every member which batch they are of.
func generation(g, n int) []sessiondex.Session {
	mark := "gen-" + strconv.Itoa(g)
	return many(n, func(i int, s *sessiondex.Session) {
		s.State, s.AppID, s.Title = mark, mark, fmt.Sprintf("%s session %d", mark, i)
		s.UpdatedAt, s.CreatedAt = noon(1000*g+i), noon(-g)
	})
}

func TestReadYourWrites(t *testing.T) {
	e := newEngine(t, nil)
	for i := range 300 {
		s := plain(fmt.Sprint(i%40), i, titled(fmt.Sprintf("title %d.", i)))
		require.NoError(t, e.Put(context.Background(), s))
		got, err := e.Get(context.Background(), s.ID)
		require.NoError(t, err)
		require.Equal(t, s, got)
		require.Equal(t, s, list(t, e, query.Query{Limit: 1}).Items[0], "it was updated last")
		require.Equal(t, []string{s.ID}, found(t, e, s.Title))
		if i%7 == 0 {
			n, err := e.Delete(context.Background(), s.ID)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			_, err = e.Get(context.Background(), s.ID)
			require.ErrorIs(t, err, sessiondex.ErrNotFound)
			require.Empty(t, found(t, e, s.Title))
		}
	}
}

// A batch that is refused was never there, not even for a moment.
func TestNoDirtyRead(t *testing.T) {
	e := newEngine(t, nil, generation(0, 100)...)
	during(t, 300, func(round int) {
		bad := append(generation(1, 100), sessiondex.Session{ID: "without times"})
		require.ErrorIs(t, e.Put(context.Background(), bad...), sessiondex.ErrInvalidSession)
	}, 3, func(int) {
		p := list(t, e, query.Query{States: []string{"gen-1"}})
		assert.Zero(t, p.Total)
		assert.Empty(t, found(t, e, "gen-1"))
		assert.Equal(t, 100, e.Len())
	})
}

// A batch is visible as a whole or not at all, whichever way one looks.
func TestNoHalfBatchIsEverVisible(t *testing.T) {
	const n = 120
	e := newEngine(t, nil, generation(0, n)...)
	during(t, 100, func(round int) {
		require.NoError(t, e.Put(context.Background(), generation(round+1, n)...))
	}, 4, func(reader int) {
		switch reader {
		case 0:
			var last string
			count := 0
			for s, err := range e.All(t.Context(), query.Query{}) {
				assert.NoError(t, err)
				if count++; count > 1 {
					assert.Equal(t, last, s.State)
				}
				last = s.State
			}
			assert.Equal(t, n, count)
		case 1:
			f, err := e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
			assert.NoError(t, err)
			states, apps := f.Field("state").Values, f.Field("app_id").Values
			assert.Len(t, states, 1)
			assert.Equal(t, n, states[0].Count)
			assert.Equal(t, states, apps)
		case 2:
			p := list(t, e, query.Query{Limit: 500})
			assert.Equal(t, n, p.Total)
			assert.Len(t, p.Items, n)
			for _, s := range p.Items {
				assert.Equal(t, p.Items[0].State, s.State)
			}
		case 3:
			s, err := e.Get(context.Background(), "s-000007")
			assert.NoError(t, err)
			p := list(t, e, query.Query{Keyword: s.State + " session", SortBy: query.Title, Limit: 500})
			if p.Total != 0 { // it may be the generation of before by now
				assert.Equal(t, n, p.Total)
			}
		}
	})
}

// Neither is half a deletion.
func TestNoHalfDeletionIsEverVisible(t *testing.T) {
	const n = 60
	e := newEngine(t, nil)
	var ids []string
	for _, s := range generation(0, n) {
		ids = append(ids, s.ID)
	}
	during(t, 300, func(round int) {
		if round%2 == 0 {
			require.NoError(t, e.Put(context.Background(), generation(round, n)...))
		} else {
			deleted, err := e.Delete(context.Background(), ids...)
			require.NoError(t, err)
			require.Equal(t, n, deleted)
		}
	}, 3, func(int) {
		p := list(t, e, query.Query{Limit: 500})
		assert.Contains(t, []int{0, n}, p.Total)
		assert.Len(t, p.Items, p.Total)
		assert.Contains(t, []int{0, n}, len(all(t, e, query.Query{SortBy: query.Title})))
		assert.Contains(t, []int{0, n}, e.Len())
	})
}

// A snapshot shows the same bytes at any time: no row changes, appears, vanishes or
// moves.
func TestSnapshotNeverShifts(t *testing.T) {
	const n = 400
	e := newEngine(t, nil, generation(0, n)...)
	s := e.Snapshot()
	queries := []query.Query{
		{}, {Offset: 200, Limit: 100}, {SortBy: query.Title, SortDirection: query.Asc}, {SortBy: query.CreatedAt}, {States: []string{"gen-0"}, Offset: 5},
		{Keyword: "session 39"}, {AppID: "gen-0", Limit: 500}, {States: []string{"gen-1"}}, everything,
	}
	look := func(q query.Query) []byte {
		p := list(t, s, q)
		return append(p.AppendJSON(nil), p.NextCursor+p.PrevCursor...)
	}
	var want [][]byte
	for _, q := range queries {
		want = append(want, look(q))
	}
	facets, err := s.Facets(t.Context(), query.Query{}, query.FacetOptions{})
	require.NoError(t, err)
	during(t, 60, func(round int) {
		switch batch := generation(round+1, n); round % 3 {
		case 0:
			require.NoError(t, e.Put(context.Background(), batch...))
		case 1:
			var ids []string
			for _, s := range batch[:n/2] {
				ids = append(ids, s.ID)
			}
			_, err := e.Delete(context.Background(), ids...)
			require.NoError(t, err)
		case 2:
			require.NoError(t, e.Put(context.Background(), many(50, func(i int, s *sessiondex.Session) { s.ID = fmt.Sprintf("new-%d-%d", round, i) })...))
		}
	}, 3, func(reader int) {
		for i, q := range queries {
			if i%3 == reader {
				assert.True(t, bytes.Equal(want[i], look(q)), "%+v", q)
			}
		}
		f, err := s.Facets(t.Context(), query.Query{}, query.FacetOptions{})
		assert.NoError(t, err)
		assert.Equal(t, facets, f)
		assert.Equal(t, n, s.Len())
	})
	require.NoError(t, e.Verify(context.Background()))
	assert.NotEqual(t, want[0], list(t, e, query.Query{}), "the engine has gone on")
}

// A listing that has begun goes on in its version, whatever the loop itself writes,
// and the loop does not wait for itself.
func TestNoNonRepeatableReadWithinAll(t *testing.T) {
	e := newEngine(t, nil, generation(0, 500)...)
	n := 0
	for s, err := range e.All(t.Context(), query.Query{}) {
		require.NoError(t, err)
		require.Equal(t, "gen-0", s.State)
		if n++; n == 1 {
			require.NoError(t, e.Put(context.Background(), generation(1, 500)...))
			_, err := e.Delete(context.Background(), "s-000000", "s-000001")
			require.NoError(t, err)
		}
	}
	assert.Equal(t, 500, n)
	assert.Equal(t, 498, list(t, e, query.Query{States: []string{"gen-1"}}).Total)
}

// Sessions that come or go between two pages of a snapshot neither repeat nor hide a row.
func TestNoPhantomBetweenThePagesOfASnapshot(t *testing.T) {
	e := newEngine(t, nil, many(1000, nil)...)
	s := e.Snapshot()
	want := idsOf(all(t, s, query.Query{}))
	for _, byCursor := range []bool{false, true} {
		var got []string
		q := query.Query{Limit: 37}
		for round := 0; ; round++ {
			p := list(t, s, q)
			require.Equal(t, 1000, p.Total)
			got = append(got, idsOf(p.Items)...)
			if !p.HasMore {
				break
			}
			if byCursor {
				q.Cursor = p.NextCursor
			} else {
				q.Offset = *p.NextOffset
			}
			require.NoError(t, e.Put(context.Background(), plain(fmt.Sprintf("new-%d", round), 1e6+round), plain(want[round], 1e7+round)))
			_, err := e.Delete(context.Background(), want[999-round])
			require.NoError(t, err)
		}
		require.True(t, slices.Equal(want, got))
	}
}

// Writers take turns: what each of them was told is done is there in the end, and
// every write made one version.
func TestNoLostUpdate(t *testing.T) {
	const writers, rounds = 6, 60
	e := newEngine(t, nil)
	before := e.Version()
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for round := range rounds {
				own := plain(fmt.Sprintf("writer-%d-%d", w, round), round)
				shared := plain(fmt.Sprintf("shared-%d", round%7), round, titled(fmt.Sprintf("by %d", w)))
				if !assert.NoError(t, e.Put(context.Background(), own, shared)) {
					return
				}
			}
		})
	}
	group.Wait()
	assert.Equal(t, before+writers*rounds, e.Version())
	assert.Equal(t, writers*rounds+7, e.Len())
	for w := range writers {
		for round := range rounds {
			_, err := e.Get(context.Background(), fmt.Sprintf("writer-%d-%d", w, round))
			require.NoError(t, err)
		}
	}
}

// Of concurrent deletions of one session, exactly one reports it.
func TestADeletionIsCountedOnce(t *testing.T) {
	e := newEngine(t, nil, many(500, nil)...)
	var deleted atomic.Int64
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			for i := range 500 {
				n, err := e.Delete(context.Background(), fmt.Sprintf("s-%06d", i))
				assert.NoError(t, err)
				deleted.Add(int64(n))
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 500, deleted.Load())
	assert.Zero(t, e.Len())
}

// Time does not run backwards for a reader.
func TestVersionsNeverGoBack(t *testing.T) {
	e := newEngine(t, nil, plain("counter", 0))
	var last [3]uint64
	var seconds [3]int64
	during(t, 400, func(round int) {
		require.NoError(t, e.Put(context.Background(), plain("counter", round+1)))
	}, 3, func(reader int) {
		v := e.Version()
		s, err := e.Get(context.Background(), "counter")
		assert.NoError(t, err)
		assert.GreaterOrEqual(t, v, last[reader])
		assert.GreaterOrEqual(t, s.UpdatedAt.Unix(), seconds[reader])
		last[reader], seconds[reader] = v, s.UpdatedAt.Unix()
	})
}

// What a cursor stands for is a place, so a listing by cursor shows every session that
// stays where it is once, whatever others do in the meantime.
func TestNoRowIsLostOrRepeatedBehindACursor(t *testing.T) {
	const n = 600
	stays := func(i int) bool { return i%3 != 0 }
	e := newEngine(t, nil, many(n, nil)...)
	var want []string
	for i := n - 1; i >= 0; i-- {
		if stays(i) {
			want = append(want, fmt.Sprintf("s-%06d", i))
		}
	}
	walk := func(limit int) {
		var got []string
		q := query.Query{Limit: limit}
		for {
			p := list(t, e, q)
			for _, s := range p.Items {
				if number, ok := strings.CutPrefix(s.ID, "s-"); ok && stays(must(strconv.Atoi(number))) {
					got = append(got, s.ID)
				}
			}
			if !p.HasMore {
				break
			}
			q.Cursor = p.NextCursor
		}
		assert.True(t, slices.Equal(want, got), "by %d: %d of %d", limit, len(got), len(want))
	}
	during(t, 300, func(round int) {
		i := round * 3 % n
		switch round % 4 {
		case 0:
			_, err := e.Delete(context.Background(), fmt.Sprintf("s-%06d", i))
			require.NoError(t, err)
		case 1:
			require.NoError(t, e.Put(context.Background(), plain(fmt.Sprintf("x-%06d", round), round*7%n)))
		default:
			require.NoError(t, e.Put(context.Background(), plain(fmt.Sprintf("s-%06d", i), round*11%n)))
		}
	}, 3, func(reader int) { walk([]int{3, 20, 100}[reader]) })
}

// A check of everything goes on beside the writers, and finds all in step.
func TestVerifyWhileOthersWrite(t *testing.T) {
	e := newEngine(t, configurations()["busy titles"], generation(0, 200)...)
	during(t, 60, func(round int) {
		require.NoError(t, e.Put(context.Background(), generation(round+1, 150+round)...))
		_, err := e.Delete(context.Background(), fmt.Sprintf("s-%06d", round*3), fmt.Sprintf("s-%06d", round*5))
		require.NoError(t, err)
	}, 2, func(int) { assert.NoError(t, e.Verify(context.Background())) })
}

// Close in the middle of everything: every call succeeds or says that the engine is
// closed, and nothing hangs.
func TestCloseInTheMiddleOfEverything(t *testing.T) {
	for range 10 {
		e := newEngine(t, nil, many(200, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Title %d", i) })...)
		calm := func(err error) {
			if err != nil {
				assert.ErrorIs(t, err, sessiondex.ErrClosed)
			}
		}
		var group sync.WaitGroup
		started := make(chan struct{}, 8)
		for i := range 4 {
			group.Go(func() {
				for k := range 100 {
					if k == 5 {
						started <- struct{}{}
					}
					calm(e.Put(context.Background(), plain(fmt.Sprint(i, k), k, titled("Title"))))
					_, err := e.Delete(context.Background(), fmt.Sprint(i, k-3))
					calm(err)
				}
			})
			group.Go(func() {
				for k := range 100 {
					if k == 5 {
						started <- struct{}{}
					}
					_, err := e.List(t.Context(), query.Query{Keyword: "title"})
					calm(err)
					for _, err := range e.All(t.Context(), query.Query{}) {
						calm(err)
					}
					_, err = e.Facets(t.Context(), query.Query{}, query.FacetOptions{})
					calm(err)
					if _, err = e.Get(context.Background(), "s-000001"); !errors.Is(err, sessiondex.ErrNotFound) {
						calm(err)
					}
				}
			})
		}
		for range 8 {
			<-started
		}
		assert.NoError(t, e.Close())
		_, err := e.List(t.Context(), query.Query{})
		assert.ErrorIs(t, err, sessiondex.ErrClosed)
		assert.NoError(t, e.Close())
		group.Wait()
	}
}
