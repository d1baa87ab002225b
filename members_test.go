package sessiondex_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// withMembers gives a session an Extra of some length that tells which it is.
func withMembers(tag string, size int) func(*sessiondex.Session) {
	return func(s *sessiondex.Session) {
		s.Extra = fmt.Sprintf(`{"id_and_tag":"%s/%s","fill":"%s"}`, s.ID, tag, strings.Repeat("x", size))
	}
}

// TestMembersInTheFileAnswerLikeMembersInMemory: the same stream of writes gives the
// same pages, changes and snapshots, also after reopening and compacting.
func TestMembersInTheFileAnswerLikeMembersInMemory(t *testing.T) {
	r := testrand.New(t)
	path := filepath.Join(t.TempDir(), "sessions.db")
	o := &sessiondex.Options{MembersInFile: true, Sync: sessiondex.SyncSystem, KeepChanges: 1000}
	memory, durable := newEngine(t, nil), openDurable(t, path, o)
	var f replica
	f.begin(t, durable.Snapshot())
	type pair struct{ memory, durable *sessiondex.Snapshot }
	var snapshots []pair
	for round := range 150 {
		var sessions []sessiondex.Session
		for _, s := range corpus.Tiny(r, 1+r.IntN(6)) {
			if r.IntN(4) > 0 {
				withMembers(fmt.Sprint(r.IntN(3)), r.IntN(2)*3000)(&s)
			}
			sessions = append(sessions, s)
		}
		gone := []string{corpus.TinyID(r.IntN(40)), corpus.TinyID(r.IntN(40))}
		for _, e := range []*sessiondex.Engine{memory, durable} {
			require.NoError(t, e.Tx(t.Context(), func(tx *sessiondex.Tx) error {
				require.NoError(t, tx.Put(sessions...))
				for _, s := range sessions {
					got, err := tx.Get(s.ID)
					require.NoError(t, err)
					require.Equal(t, s.Extra, got.Extra)
				}
				_, err := tx.Delete(gone...)
				return err
			}))
		}
		require.Equal(t, all(t, memory, everything), all(t, durable, everything))
		require.Equal(t, list(t, memory, query.Query{Limit: 7}), list(t, durable, query.Query{Limit: 7}))
		snapshots = append(snapshots, pair{memory.Snapshot(), durable.Snapshot()})
		p := snapshots[r.IntN(len(snapshots))]
		require.Equal(t, all(t, p.memory, everything), all(t, p.durable, everything), "a version stays as it was")
		for c := range snapshots[len(snapshots)-1].durable.Diff(p.durable) {
			if c.Before != nil {
				got, err := p.memory.Get(t.Context(), c.ID)
				require.NoError(t, err)
				require.Equal(t, got, *c.Before)
			}
		}
		if round%40 == 39 {
			for f.mark != durable.Mark() {
				for c, err := range durable.Changes(t.Context(), f.mark) {
					require.NoError(t, err)
					if f.apply(t, c); f.mark == durable.Mark() {
						break
					}
				}
			}
			f.requireEqual(t, memory)
			require.NoError(t, durable.Compact(t.Context()))
			require.NoError(t, durable.Verify(t.Context()))
			snapshots = nil
			durable = reopened(t, durable, path, o)
		}
	}
}

// TestReplacedMembersStayReadableWhileSomethingRefersToThem, and no longer.
func TestReplacedMembersStayReadableWhileSomethingRefersToThem(t *testing.T) {
	e := openDurable(t, filepath.Join(t.TempDir(), "sessions.db"), &sessiondex.Options{MembersInFile: true, Sync: sessiondex.SyncSystem})
	first := plain("a", 0, withMembers("first", 1000))
	require.NoError(t, e.Put(t.Context(), first))
	assert.Zero(t, sessiondex.ExtrasInMemory(e), "what the file has is not in memory")
	require.NoError(t, e.Put(t.Context(), plain("a", 1, withMembers("first", 1000))))
	assert.Zero(t, sessiondex.ExtrasInMemory(e), "the members are the same")

	s := e.Snapshot()
	require.NoError(t, e.Put(t.Context(), plain("a", 2, withMembers("second", 1000))))
	_, err := e.Delete(t.Context(), "a")
	require.NoError(t, err)
	got, err := s.Get(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, first.Extra, got.Extra)
	assert.Equal(t, 2, sessiondex.ExtrasInMemory(e), "one for the snapshot, both for the feed")
	runtime.KeepAlive(s)
	sessiondex.ForgetChanges(e)
	for range 100 {
		runtime.GC()
		if sessiondex.ExtrasInMemory(e) == 0 {
			break
		}
		runtime.Gosched()
	}
	assert.Zero(t, sessiondex.ExtrasInMemory(e), "nobody can ask for them any more")
}

// TestReadersOfMembersGoOnWhileTheyAreReplaced.
func TestReadersOfMembersGoOnWhileTheyAreReplaced(t *testing.T) {
	e := openDurable(t, filepath.Join(t.TempDir(), "sessions.db"), &sessiondex.Options{MembersInFile: true, Sync: sessiondex.SyncSystem})
	const n = 20
	write := func(round int) {
		require.NoError(t, e.Put(t.Context(), many(n, func(i int, s *sessiondex.Session) { withMembers(fmt.Sprint(round), 500)(s) })...))
	}
	write(0)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				p, err := e.List(context.Background(), query.Query{})
				if !assert.NoError(t, err) || !assert.Len(t, p.Items, n) {
					return
				}
				tag := p.Items[0].Extra[strings.Index(p.Items[0].Extra, "/"):]
				for _, s := range p.Items {
					assert.True(t, strings.HasSuffix(s.Extra, tag), "a page is of one version")
					assert.Contains(t, s.Extra, `"`+s.ID+"/")
				}
			}
		})
	}
	for round := range 60 {
		write(round + 1)
		if round%20 == 0 {
			require.NoError(t, e.Compact(t.Context()))
		}
	}
	close(stop)
	wg.Wait()
}

// TestDamagedMembersAreAnErrorAndNeverOthers: a bit that flips in the file, before it is
// opened or while it is in use, is found when the session that it belongs to is read; all
// others are answered.
func TestDamagedMembersAreAnErrorAndNeverOthers(t *testing.T) {
	r := testrand.New(t)
	path := filepath.Join(t.TempDir(), "sessions.db")
	o := &sessiondex.Options{MembersInFile: true, Sync: sessiondex.SyncSystem}
	const n = 30
	want := many(n, func(i int, s *sessiondex.Session) { withMembers("sound", 200+i*100)(s) })
	e := openDurable(t, path, o)
	require.NoError(t, e.Put(t.Context(), want...))
	require.NoError(t, e.Compact(t.Context())) // one copy of each, and no free page
	require.NoError(t, e.Close())
	sound, err := os.ReadFile(path)
	require.NoError(t, err)

	// The session that is hit, at a place in the run of x that its members end with.
	hit := func() (int, int64) {
		i := r.IntN(n)
		at := bytes.Index(sound, []byte(want[i].Extra))
		require.Positive(t, at, want[i].ID)
		return i, int64(at + len(want[i].Extra) - 2 - r.IntN(200))
	}
	flip := func(at int64) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteAt([]byte{sound[at] ^ 1<<r.IntN(8)}, at)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	for range 30 {
		require.NoError(t, os.WriteFile(path, sound, 0o600))
		_, at := hit()
		flip(at)
		_, err := sessiondex.Open(path, o) // reads every record once
		require.ErrorIs(t, err, sessiondex.ErrCorrupt)
	}
	require.NoError(t, os.WriteFile(path, sound, 0o600))
	e, err = sessiondex.Open(path, o)
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	damaged := map[int]bool{}
	for range 5 {
		i, at := hit()
		flip(at)
		damaged[i] = true
		for i, s := range want {
			got, err := e.Get(t.Context(), s.ID)
			if damaged[i] {
				require.ErrorIs(t, err, sessiondex.ErrCorrupt)
				require.ErrorContains(t, err, s.ID)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, s, got)
		}
		_, err := e.List(t.Context(), query.Query{})
		require.ErrorIs(t, err, sessiondex.ErrCorrupt)
		require.ErrorIs(t, e.Verify(t.Context()), sessiondex.ErrCorrupt)
	}
}

// TestMemoryGrowsWithSessionsAndNotWithTheirMembers.
func TestMemoryGrowsWithSessionsAndNotWithTheirMembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	o := &sessiondex.Options{MembersInFile: true, Sync: sessiondex.SyncSystem}
	e := openDurable(t, path, o)
	const n, size = 200, 200_000
	for i := range n {
		require.NoError(t, e.Put(t.Context(), plain(fmt.Sprint(i), i, withMembers("", size))))
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	e = reopened(t, e, path, o)
	assert.Less(t, heap(), uint64(n*size/2))
	s, err := e.Get(t.Context(), "7")
	require.NoError(t, err)
	assert.Contains(t, s.Extra, `"7/`)
	assert.Greater(t, len(s.Extra), size)
}
