package sessiondex_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/store"
)

// reopened closes a durable engine and opens it anew.
func reopened(t testing.TB, e *sessiondex.Engine, path string, o *sessiondex.Options) *sessiondex.Engine {
	t.Helper()
	require.NoError(t, e.Close())
	return openDurable(t, path, o)
}

func TestALogPositionBelongsToItsSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	e := openDurable(t, path, nil)
	assert.Nil(t, e.LogPosition("queue"))
	position := []byte{1, 2}
	require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
		tx.SetLogPosition("queue", position)
		position[0] = 9 // the caller's again
		tx.SetLogPosition("", []byte{})
		return tx.Put(plain("a", 1))
	}))
	failed := errors.New("mine")
	require.ErrorIs(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
		tx.SetLogPosition("queue", []byte("lost"))
		return failed
	}), failed)
	version, mark := e.Version(), e.Mark()
	for range 2 {
		assert.Equal(t, []byte{1, 2}, e.LogPosition("queue"))
		assert.Equal(t, []byte{}, e.LogPosition(""))
		assert.Equal(t, 1, e.Len(), "positions are no sessions")
		assert.Equal(t, version, e.Version())
		e.LogPosition("queue")[0] = 7 // a copy
		e = reopened(t, e, path, nil)
	}
	require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
		tx.SetLogPosition("queue", []byte("alone"))
		tx.SetLogPosition("", nil)
		return nil
	}))
	assert.Equal(t, mark, e.Mark(), "alone it makes no version")
	e = reopened(t, e, path, nil)
	assert.Equal(t, "alone", string(e.LogPosition("queue")))
	assert.Nil(t, e.LogPosition(""))
	assert.Equal(t, mark, e.Mark())

	var kept *sessiondex.Tx
	err := e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
		kept = tx
		tx.SetLogPosition(string(make([]byte, 40_000)), nil)
		return tx.Put(plain("b", 1))
	})
	assert.ErrorContains(t, err, "at most 32767")
	kept.SetLogPosition("queue", nil)
	assert.Equal(t, 1, e.Len())

	memory := newEngine(t, nil)
	require.NoError(t, memory.Tx(t.Context(), func(tx *sessiondex.Tx) error { tx.SetLogPosition("x", []byte("y")); return nil }))
	assert.Equal(t, "y", string(memory.LogPosition("x")))
	assert.Zero(t, memory.Version())
}

// TestMarksSurviveARestart and distinguish another history.
func TestMarksSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	o := &sessiondex.Options{KeepChanges: 5}
	e := openDurable(t, path, o)
	require.NoError(t, e.Put(t.Context(), plain("a", 0)))
	first := e.Mark()
	assert.EqualValues(t, 1, first.Number)
	for i := range 4 {
		require.NoError(t, e.Put(t.Context(), plain("a", i+1)))
	}
	_, err := e.Delete(t.Context(), "a")
	require.NoError(t, err)
	last := e.Mark()
	assert.EqualValues(t, 6, last.Number)
	e = reopened(t, e, path, o)
	assert.Equal(t, last, e.Mark())
	assert.Equal(t, last, e.Snapshot().Mark())
	require.NoError(t, e.Put(t.Context(), plain("b", 1)))
	numbers := func(e *sessiondex.Engine, after sessiondex.Mark) (out []uint64, err error) {
		for c, err := range e.Changes(t.Context(), after) {
			if err != nil {
				return out, err
			}
			require.Len(t, c.Changes, 1)
			out = append(out, c.Mark.Number)
			if c.Mark == e.Mark() {
				return out, nil
			}
		}
		return out, nil
	}
	got, err := numbers(e, sessiondex.Mark{Epoch: first.Epoch, Number: 2})
	require.NoError(t, err)
	assert.Equal(t, []uint64{3, 4, 5, 6, 7}, got, "across the restart")
	_, err = numbers(e, first)
	assert.ErrorIs(t, err, sessiondex.ErrTooOld, "no more than five are kept")
	for c, err := range e.Changes(t.Context(), sessiondex.Mark{Epoch: first.Epoch, Number: 4}) {
		require.NoError(t, err)
		assert.Equal(t, plain("a", 3), *c.Changes[0].Before)
		assert.Equal(t, plain("a", 4), *c.Changes[0].After)
		break
	}

	// A write that is not kept leaves no gap.
	e = reopened(t, e, path, nil)
	require.NoError(t, e.Put(t.Context(), plain("c", 1)))
	e = reopened(t, e, path, o)
	_, err = numbers(e, sessiondex.Mark{Epoch: first.Epoch, Number: 5})
	assert.ErrorIs(t, err, sessiondex.ErrTooOld)
	require.NoError(t, e.Put(t.Context(), plain("d", 1)))
	got, err = numbers(e, sessiondex.Mark{Epoch: first.Epoch, Number: 8})
	require.NoError(t, err)
	assert.Equal(t, []uint64{9}, got)

	// One that is too large to be remembered neither.
	require.NoError(t, e.Put(t.Context(), many(5000, nil)...))
	_, err = numbers(e, sessiondex.Mark{Epoch: first.Epoch, Number: 8})
	assert.ErrorIs(t, err, sessiondex.ErrTooOld)

	var copied bytes.Buffer
	require.NoError(t, e.Backup(t.Context(), &copied))
	restored := filepath.Join(t.TempDir(), "restored.db")
	require.NoError(t, os.WriteFile(restored, copied.Bytes(), 0o600))
	other := openDurable(t, restored, o)
	assert.NotEqual(t, e.Mark().Epoch, other.Mark().Epoch)
	assert.Equal(t, e.Mark().Number, other.Mark().Number)
	_, err = numbers(other, e.Mark())
	assert.ErrorIs(t, err, sessiondex.ErrTooOld, "a restored backup is another history")
}

func sequence(sessions []sessiondex.Session, last error) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		for _, s := range sessions {
			if !yield(s, nil) {
				return
			}
		}
		if last != nil {
			yield(sessiondex.Session{}, last)
		}
	}
}

func TestLoadFillsAnEmptyEngineOrLeavesItEmpty(t *testing.T) {
	inMemoryAndInAFile(t, func(t *testing.T, e *sessiondex.Engine) {
		sessions := many(6000, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprint("title ", i) })
		slices.Reverse(sessions) // not the order of the file
		start := e.Mark()
		failed := errors.New("mine")
		for name, c := range map[string]struct {
			s    iter.Seq2[sessiondex.Session, error]
			want error
		}{
			"error":    {sequence(sessions, failed), failed},
			"invalid":  {sequence(append(slices.Clone(sessions), sessiondex.Session{ID: "x"}), nil), sessiondex.ErrInvalidSession},
			"id twice": {sequence(append(slices.Clone(sessions), sessions[17]), nil), sessiondex.ErrInvalidSession},
		} {
			n, err := e.Load(t.Context(), c.s, nil)
			require.ErrorIs(t, err, c.want, name)
			assert.Zero(t, n)
			assert.Zero(t, e.Len())
			assert.Equal(t, start, e.Mark())
			require.NoError(t, e.Verify(t.Context()))
			assert.Empty(t, found(t, e, "title 17"))
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := e.Load(ctx, func(yield func(sessiondex.Session, error) bool) {
			cancel()
			sequence(sessions, nil)(yield)
		}, nil)
		require.ErrorIs(t, err, context.Canceled)

		n, err := e.Load(t.Context(), sequence(nil, nil), nil)
		require.NoError(t, err)
		assert.Zero(t, n)
		assert.Equal(t, start, e.Mark())
		n, err = e.Load(t.Context(), sequence(sessions, nil), &sessiondex.LoadOptions{LogName: "queue", LogPosition: []byte("end")})
		require.NoError(t, err)
		assert.Equal(t, len(sessions), n)
		assert.Equal(t, len(sessions), e.Len())
		assert.Equal(t, "end", string(e.LogPosition("queue")))
		assert.EqualValues(t, start.Number+1, e.Mark().Number, "one version")
		assert.Equal(t, []string{"s-000017"}, found(t, e, "title 17")[:1])
		require.NoError(t, e.Put(t.Context(), plain("after", 1)))
		_, err = e.Load(t.Context(), sequence(sessions, nil), nil)
		assert.ErrorIs(t, err, sessiondex.ErrExists)
		for _, err := range e.Changes(t.Context(), start) {
			assert.ErrorIs(t, err, sessiondex.ErrTooOld)
		}
	})
}

func TestALoadIsInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	e := openDurable(t, path, nil)
	_, err := e.Load(t.Context(), sequence(many(3000, nil), nil), &sessiondex.LoadOptions{LogName: "a", LogPosition: []byte("b")})
	require.NoError(t, err)
	want, mark := all(t, e, everything), e.Mark()
	e = reopened(t, e, path, nil)
	assert.Equal(t, want, all(t, e, everything))
	assert.Equal(t, mark, e.Mark())
	assert.Equal(t, "b", string(e.LogPosition("a")))
}

func TestCompactGivesRoomBackWhileInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	e := openDurable(t, path, &sessiondex.Options{Sync: sessiondex.SyncSystem})
	require.NoError(t, e.Put(t.Context(), many(8000, nil)...))
	n, err := e.DeleteWhere(t.Context(), query.Query{CreatedBefore: noon(1), Limit: 7000})
	require.NoError(t, err)
	require.Positive(t, n)
	before, err := os.Stat(path)
	require.NoError(t, err)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				assert.NoError(t, e.Put(t.Context(), plain(fmt.Sprint("new-", i%10), i)))
			}
		}
	})
	require.NoError(t, e.Compact(t.Context()))
	close(stop)
	wg.Wait()
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, after.Size(), before.Size()/2)
	want := all(t, e, everything)
	e = reopened(t, e, path, nil)
	assert.Equal(t, want, all(t, e, everything))
	assert.ErrorIs(t, newEngine(t, nil).Compact(t.Context()), sessiondex.ErrNotDurable)
}

// TestAPanicInProgressDoesNotLeaveTheFileLocked.
func TestAPanicInProgressDoesNotLeaveTheFileLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	e := openDurable(t, path, nil)
	require.NoError(t, e.Put(t.Context(), plain("a", 1)))
	require.NoError(t, e.Close())
	assert.PanicsWithValue(t, "mine", func() {
		_, _ = sessiondex.Open(path, &sessiondex.Options{Progress: func(int, int) { panic("mine") }})
	})
	assert.Equal(t, 1, openDurable(t, path, nil).Len())
}

// failing is a file whose next writes fail.
type failing struct {
	*store.Store
	mu    sync.Mutex
	fails int
	begun chan struct{} // receives when a write begins, if it is there
	wait  chan struct{}
	seen  []int // the records put in each write
}

var errDisk = errors.New("the disk is on fire")

func (f *failing) Apply(w store.Write) error {
	if f.begun != nil {
		f.begun <- struct{}{}
		<-f.wait
	}
	f.mu.Lock()
	fail := f.fails > 0
	f.fails--
	f.seen = append(f.seen, len(w.Put))
	f.mu.Unlock()
	if fail {
		return errDisk
	}
	return f.Store.Apply(w)
}

// TestAFailedCommitFailsAllThatWereMadeOnIt: what ran while the file was being written
// has seen the lost writes. Writes that can be repeated are, alone.
func TestAFailedCommitFailsAllThatWereMadeOnIt(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "sessions.db"), nil)
	require.NoError(t, err)
	f := &failing{Store: s}
	e, err := sessiondex.OpenOn(f)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, e.Verify(context.Background()))
		assert.NoError(t, e.Close())
	})
	require.NoError(t, e.Put(t.Context(), plain("a", 0)))
	add := func(id string) error {
		_, err := e.Update(t.Context(), id, func(s *sessiondex.Session) error { s.Title += "x"; return nil })
		return err
	}
	f.fails = 1
	require.ErrorIs(t, add("a"), errDisk)
	got, err := e.Get(t.Context(), "a")
	require.NoError(t, err)
	assert.Empty(t, got.Title)
	require.NoError(t, add("a"))

	// One that is being written, and two that are made on it.
	f.begun, f.wait, f.fails = make(chan struct{}), make(chan struct{}), 1
	results := make(chan error, 3)
	var wg sync.WaitGroup
	wg.Go(func() { results <- add("a") })
	<-f.begun
	ran := make(chan struct{})
	wg.Go(func() {
		results <- e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
			s, err := tx.Get("a")
			require.NoError(t, err)
			assert.Equal(t, "xx", s.Title, "it sees what is being written")
			close(ran)
			return tx.Put(plain("b", 1, titled(s.Title)))
		})
	})
	<-ran
	put := make(chan error, 1)
	wg.Go(func() { put <- e.Put(t.Context(), plain("c", 1)) })
	go func() {
		for range f.begun {
		}
	}()
	f.wait <- struct{}{}
	close(f.wait)
	require.NoError(t, <-put, "it does not depend on what failed")
	wg.Wait()
	close(f.begun)
	for range 2 {
		assert.ErrorIs(t, <-results, errDisk)
	}
	found, missing, err := e.GetMany(t.Context(), "a", "b", "c")
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "c"}, idsOf(found))
	assert.Equal(t, "x", found[0].Title)
	assert.Equal(t, []string{"b"}, missing)
	assert.EqualValues(t, 3, e.Version())
	n := 0
	for c, err := range e.Changes(t.Context(), sessiondex.Mark{Epoch: e.Mark().Epoch}) {
		require.NoError(t, err)
		if n++; c.Mark == e.Mark() {
			break
		}
	}
	assert.Equal(t, 3, n, "the feed tells of nothing that was lost")
	f.begun = nil
}

// TestWritesThatArriveWithinTheDelayShareATransaction.
func TestWritesThatArriveWithinTheDelayShareATransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 5 * time.Millisecond
		s, err := store.Open(filepath.Join(t.TempDir(), "sessions.db"), nil)
		require.NoError(t, err)
		f := &failing{Store: s}
		e, err := sessiondex.OpenOnWith(f, sessiondex.Options{ScanTitles: true, GroupDelay: delay})
		require.NoError(t, err)
		defer e.Close()
		var wg sync.WaitGroup
		start := time.Now()
		for i := range 4 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				assert.NoError(t, e.Put(context.Background(), plain("same", i), plain(fmt.Sprint(i), i)))
			})
		}
		wg.Wait()
		assert.Equal(t, delay, time.Since(start), "the bound counts from the first of the group")
		assert.Equal(t, []int{5}, f.seen)
		assert.EqualValues(t, 4, e.Version())
		got, err := e.Get(context.Background(), "same")
		require.NoError(t, err)
		assert.Equal(t, plain("same", 3), got)

		// A large group and Close do not wait for the end of the delay.
		start = time.Now()
		require.NoError(t, e.Put(context.Background(), plain("large", 1, func(s *sessiondex.Session) { s.Extra = `{"x":"` + string(bytes.Repeat([]byte("x"), 9<<20)) + `"}` })))
		assert.Zero(t, time.Since(start))
		wg.Go(func() { assert.NoError(t, e.Put(context.Background(), plain("last", 1))) })
		synctest.Wait()
		require.NoError(t, e.Close())
		wg.Wait()
		assert.Zero(t, time.Since(start))
	})
}

// TestALargePutIsCopiedThreeTimes: into the engine's own memory, into the record, and into
// the pages of the file; not once more, at any size.
func TestALargePutIsCopiedThreeTimes(t *testing.T) {
	e := openDurable(t, filepath.Join(t.TempDir(), "sessions.db"), &sessiondex.Options{Sync: sessiondex.SyncSystem, ScanTitles: true})
	const n, size = 32, 1 << 20
	members := `{"x":"` + strings.Repeat("y", size) + `"}`
	batch := many(n, func(_ int, s *sessiondex.Session) { s.Extra = members })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, e.Put(t.Context(), batch...))
	runtime.ReadMemStats(&after)
	copies := float64(after.TotalAlloc-before.TotalAlloc) / (n * size)
	limit := 3.2
	if strconv.IntSize == 32 {
		limit = 10 // the file is mapped anew as it grows, and its open pages are copied each time
	}
	assert.Less(t, copies, limit)
	assert.Greater(t, copies, 1.0, "nothing was measured")
}

// TestATokenOfAWatchSurvivesARestart: a watch goes on where nothing was written meanwhile,
// and begins anew where something was, or where the history is another.
func TestATokenOfAWatchSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	first := func(e *sessiondex.Engine, after string) sessiondex.Event {
		for ev, err := range e.Watch(t.Context(), query.Query{}, &sessiondex.WatchOptions{After: after}) {
			require.NoError(t, err)
			return ev
		}
		panic("a watch ended")
	}
	e := openDurable(t, path, &sessiondex.Options{KeepChanges: 10})
	require.NoError(t, e.Put(t.Context(), plain("a", 1)))
	token := first(e, "").Token()
	require.NotEmpty(t, token)
	require.NoError(t, e.Close())

	e = openDurable(t, path, &sessiondex.Options{KeepChanges: 10})
	time.AfterFunc(50*time.Millisecond, func() { assert.NoError(t, e.Put(t.Context(), plain("b", 2))) })
	ev := first(e, token)
	assert.Equal(t, sessiondex.Entered, ev.Kind, "it goes on with the next change")
	assert.Equal(t, "b", ev.ID)
	assert.Equal(t, sessiondex.Resync, first(e, token).Kind, "the list is another by now")
	token = first(e, "").Token()
	require.NoError(t, e.Close())

	for name, o := range map[string]*sessiondex.Options{
		"declared fields": {Fields: []schema.Field{{Name: "archived", Type: schema.Flag, Hidden: true}}},
		"another fold":    {Fold: sessiondex.FoldLoose},
		"a language":      {Words: &sessiondex.WordOptions{Analyser: "de"}},
	} {
		e = openDurable(t, path, o)
		assert.Equal(t, sessiondex.Resync, first(e, token).Kind, "%s decide what a listing has", name)
		require.NoError(t, e.Close())
	}
	assert.Equal(t, sessiondex.Resync, first(newEngine(t, nil, plain("a", 1)), token).Kind, "another history")
}
