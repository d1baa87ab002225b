package sessiondex_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// openDurable opens a database; the clean-up verifies file and indexes.
func openDurable(t testing.TB, path string, o *sessiondex.Options) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := e.Verify(context.Background()); err != nil {
			assert.ErrorIs(t, err, sessiondex.ErrClosed)
		}
		assert.NoError(t, e.Close())
	})
	return e
}

// The same stream of operations gives the same pages, byte for byte, with and
// without a file, and after every reopening.
func TestADurableEngineAnswersLikeOneInMemory(t *testing.T) {
	r := testrand.New(t)
	path := filepath.Join(t.TempDir(), "twin.db")
	memory, err := sessiondex.New(nil)
	require.NoError(t, err)
	defer memory.Close()
	for range 6 {
		durable, err := sessiondex.Open(path, &sessiondex.Options{Sync: sessiondex.SyncSystem})
		require.NoError(t, err)
		require.Equal(t, memory.Len(), durable.Len())
		for range 40 {
			switch r.IntN(4) {
			case 0:
				ids := []string{corpus.TinyID(r.IntN(corpus.TinyIDs)), corpus.TinyID(r.IntN(corpus.TinyIDs)), "", "nobody"}
				n, err := memory.Delete(context.Background(), ids...)
				require.NoError(t, err)
				m, err := durable.Delete(context.Background(), ids...)
				require.NoError(t, err)
				require.Equal(t, n, m)
			default:
				batch := corpus.Tiny(r, 1+r.IntN(20))
				require.NoError(t, memory.Put(context.Background(), batch...))
				require.NoError(t, durable.Put(context.Background(), batch...))
			}
			q := corpus.RandomQuery(r)
			want, err := memory.List(t.Context(), q)
			require.NoError(t, err)
			got, err := durable.List(t.Context(), q)
			require.NoError(t, err)
			require.Equal(t, string(want.AppendJSON(nil)), string(got.AppendJSON(nil)), "%+v", q)
			require.Equal(t, want.NextCursor, got.NextCursor)
		}
		require.NoError(t, durable.Verify(context.Background()))
		require.NoError(t, durable.Close())
	}
}

func TestWritesOfManyGoroutinesAreAllThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.db")
	e := openDurable(t, path, &sessiondex.Options{GroupDelay: time.Millisecond})
	at := corpus.Reference
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 25 {
				s := sessiondex.Session{ID: fmt.Sprintf("shared-%d", n%5), Title: fmt.Sprintf("by %d", g), CreatedAt: at, UpdatedAt: at}
				own := sessiondex.Session{ID: fmt.Sprintf("%d-%d", g, n), CreatedAt: at, UpdatedAt: at}
				assert.NoError(t, e.Put(context.Background(), s, own))
				_, err := e.Get(context.Background(), own.ID)
				assert.NoError(t, err, "what Put returned for can be read")
			}
		})
	}
	wg.Wait()
	require.NoError(t, e.Verify(context.Background()), "memory and file were written in the same order")
	before, err := e.List(t.Context(), query.Query{SortBy: query.Title, Limit: 500})
	require.NoError(t, err)
	require.NoError(t, e.Close())

	e = openDurable(t, path, nil)
	after, err := e.List(t.Context(), query.Query{SortBy: query.Title, Limit: 500})
	require.NoError(t, err)
	assert.Equal(t, 205, after.Total)
	assert.Equal(t, string(before.AppendJSON(nil)), string(after.AppendJSON(nil)))
}

func TestAFileIsForOneEngineAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.db")
	e := openDurable(t, path, nil)
	_, err := sessiondex.Open(path, nil)
	require.ErrorIs(t, err, sessiondex.ErrLocked)
	assert.Contains(t, err.Error(), path)
	require.NoError(t, e.Close())
	openDurable(t, path, nil)
}

func TestAReadOnlyEngineRefusesWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ro.db")
	_, err := sessiondex.Open(path, &sessiondex.Options{ReadOnly: true})
	require.ErrorIs(t, err, os.ErrNotExist)
	e := openDurable(t, path, nil)
	s := sessiondex.Session{ID: "a", CreatedAt: corpus.Reference, UpdatedAt: corpus.Reference}
	require.NoError(t, e.Put(context.Background(), s))
	require.NoError(t, e.Close())

	one, two := openDurable(t, path, &sessiondex.Options{ReadOnly: true}), openDurable(t, path, &sessiondex.Options{ReadOnly: true})
	assert.ErrorIs(t, one.Put(context.Background(), s), sessiondex.ErrReadOnly)
	_, err = two.Delete(context.Background(), "a")
	assert.ErrorIs(t, err, sessiondex.ErrReadOnly)
	assert.Equal(t, 1, one.Len())
}

func TestAFileThatVanishesLeavesTheEngineReadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone.db")
	e, err := sessiondex.Open(path, nil)
	require.NoError(t, err)
	defer e.Close()
	s := sessiondex.Session{ID: "kept", CreatedAt: corpus.Reference, UpdatedAt: corpus.Reference}
	require.NoError(t, e.Put(context.Background(), s))
	require.NoError(t, os.Remove(path))
	s.ID = "refused"
	require.Error(t, e.Put(context.Background(), s))
	_, err = e.Get(context.Background(), "refused")
	require.ErrorIs(t, err, sessiondex.ErrNotFound, "what is not durable is not published")
	_, err = e.Get(context.Background(), "kept")
	require.NoError(t, err)
	_, err = e.Delete(context.Background(), "kept")
	require.Error(t, err)
	assert.Equal(t, 1, e.Len())
}

func TestABackupIsAWholeDatabase(t *testing.T) {
	dir := t.TempDir()
	e := openDurable(t, filepath.Join(dir, "in-use.db"), nil)
	require.NoError(t, e.Put(context.Background(), corpus.Tiny(testrand.New(t), 60)...))
	var copied bytes.Buffer
	require.NoError(t, e.Backup(context.Background(), &copied))
	backup := filepath.Join(dir, "backup.db")
	require.NoError(t, os.WriteFile(backup, copied.Bytes(), 0o600))
	b := openDurable(t, backup, nil)
	assert.Equal(t, e.Len(), b.Len())

	memory, err := sessiondex.New(nil)
	require.NoError(t, err)
	defer memory.Close()
	err = memory.Backup(context.Background(), &copied)
	assert.ErrorIs(t, err, sessiondex.ErrNotDurable)
}

func TestAnIDTooLongForAFileIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	e := openDurable(t, filepath.Join(t.TempDir(), "long.db"), nil)
	good := sessiondex.Session{ID: "good", CreatedAt: corpus.Reference, UpdatedAt: corpus.Reference}
	bad := good
	bad.ID = strings.Repeat("x", 40_000)
	err := e.Put(context.Background(), good, bad)
	require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	assert.Contains(t, err.Error(), "40000 bytes")
	assert.Zero(t, e.Len())
}

// Flipped bytes give a clear error or the right answer.
func TestADamagedFileIsNeverServed(t *testing.T) {
	r := testrand.New(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "sound.db")
	e := openDurable(t, path, nil)
	require.NoError(t, e.Put(context.Background(), corpus.Tiny(r, 80)...))
	all := query.Query{IncludeSubSessions: true, IncludeTaskSessions: true, Limit: 500}
	page, err := e.List(t.Context(), all)
	require.NoError(t, err)
	want := string(page.AppendJSON(nil))
	require.NoError(t, e.Close())
	sound, err := os.ReadFile(path)
	require.NoError(t, err)
	refused := 0
	for i := range 60 {
		damaged := bytes.Clone(sound)
		at := r.IntN(len(damaged))
		damaged[at] ^= 1 << r.IntN(8)
		path := filepath.Join(dir, fmt.Sprintf("damaged-%d.db", i))
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		e, err := sessiondex.Open(path, nil)
		if err != nil {
			refused++
			continue
		}
		page, err := e.List(t.Context(), all)
		require.NoError(t, err)
		assert.Equal(t, want, string(page.AppendJSON(nil)), "byte %d", at)
		require.NoError(t, e.Close())
	}
	assert.Positive(t, refused)
}

func TestProgressCountsTheSessionsThatAreLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.db")
	e := openDurable(t, path, &sessiondex.Options{Sync: sessiondex.SyncSystem})
	const n = 10_000
	for batch := range 10 {
		var sessions []sessiondex.Session
		for i := range n / 10 {
			sessions = append(sessions, sessiondex.Session{ID: fmt.Sprint(batch, "-", i), CreatedAt: corpus.Reference, UpdatedAt: corpus.Reference})
		}
		require.NoError(t, e.Put(context.Background(), sessions...))
	}
	require.NoError(t, e.Close())
	var calls [][2]int
	openDurable(t, path, &sessiondex.Options{Progress: func(done, total int) { calls = append(calls, [2]int{done, total}) }})
	assert.Equal(t, [][2]int{{4096, n}, {8192, n}, {n, n}}, calls)
}

// killRounds is how often a test kills a process; CI does it more often.
func killRounds(t *testing.T) int {
	if text := os.Getenv("SESSIONDEX_KILL_ROUNDS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		return n
	}
	return 5
}

const killChildEnv = "SESSIONDEX_KILL_CHILD"

func killBatch(n int) []sessiondex.Session {
	batch := make([]sessiondex.Session, 1+n%50)
	for i := range batch {
		at := corpus.Reference.Add(time.Duration(n) * time.Second)
		batch[i] = sessiondex.Session{ID: fmt.Sprintf("%d/%d", n, i), Title: fmt.Sprintf("batch %d of a process that dies", n), CreatedAt: at, UpdatedAt: at}
	}
	return batch
}

// TestKillChild is not a test: it is what the process does that TestKill kills.
func TestKillChild(t *testing.T) {
	path := os.Getenv(killChildEnv)
	if path == "" {
		return
	}
	e, err := sessiondex.Open(path, nil)
	require.NoError(t, err)
	n := 0
	for {
		if _, err := e.Get(context.Background(), fmt.Sprintf("%d/0", n)); err != nil {
			break
		}
		n++
	}
	for ; ; n++ {
		require.NoError(t, e.Put(context.Background(), killBatch(n)...))
		fmt.Printf("ack %d\n", n)
	}
}

// A process puts numbered batches and is killed at a random moment. Then the file
// opens, every acknowledged batch is whole, and no other is there in part.
func TestKill(t *testing.T) {
	r := testrand.New(t)
	path := filepath.Join(t.TempDir(), "killed.db")
	acked := -1
	for round := range killRounds(t) {
		if round%10 == 9 { // from the making of the file again
			path, acked = filepath.Join(t.TempDir(), "killed.db"), -1
		}
		child := exec.Command(os.Args[0], "-test.run=^TestKillChild$")
		child.Env = append(os.Environ(), killChildEnv+"="+path)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		time.AfterFunc(time.Duration(10+r.IntN(150))*time.Millisecond, func() { _ = child.Process.Kill() })
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "ack %d", &n); err == nil {
				acked = n
			}
		}
		_ = child.Wait()

		e, err := sessiondex.Open(path, nil)
		require.NoError(t, err, "round %d", round)
		require.NoError(t, e.Verify(context.Background()), "round %d", round)
		total := 0
		for n := 0; ; n++ {
			there := 0
			for _, s := range killBatch(n) {
				if got, err := e.Get(context.Background(), s.ID); err == nil {
					there++
					assert.Equal(t, s.Title, got.Title)
				}
			}
			if there == 0 {
				require.Greater(t, n, acked, "round %d: an acknowledged batch is lost", round)
				break
			}
			require.Equal(t, len(killBatch(n)), there, "round %d: batch %d is there in part", round, n)
			total += there
		}
		require.Equal(t, total, e.Len())
		require.NoError(t, e.Close())
	}
}
