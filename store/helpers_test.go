package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/sessiondex/sessiondex/store"
)

// childEnv names the entry of children that the test binary runs as a child process.
const childEnv = "SESSIONDEX_STORE_CHILD"

// children are the programs that tests run as processes, by name, with their arguments.
var children = map[string]func(args []string) error{}

// bg is for helpers that outlive a test's own context, which ends before its clean-ups.
var bg = context.Background()

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := children[name](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// newPath returns a path in a new directory where there is no file yet.
func newPath(t testing.TB) string { return filepath.Join(t.TempDir(), "store.db") }

// open opens a store. When the test is over the store is closed (unless the test
// did) and its file is checked.
func open(t testing.TB, path string, o *store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		requireSoundFile(t, path)
	})
	return s
}

// requireSoundFile checks a closed file: with Verify, and with bbolt alone.
func requireSoundFile(t testing.TB, path string) {
	t.Helper()
	s, err := store.Open(path, &store.Options{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, s.Verify(bg))
	require.NoError(t, s.Close())
	requireBoltSound(t, path)
}

// requireBoltSound lets bbolt judge a file.
func requireBoltSound(t testing.TB, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: 1})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		var first error
		for err := range tx.Check() {
			first = err
		}
		return first
	}))
}

// contents loads a whole store.
func contents(t testing.TB, s *store.Store) map[string]string {
	t.Helper()
	all, err := load(t, s)
	require.NoError(t, err)
	require.Len(t, all, s.Len(), "Len disagrees with Load")
	return all
}

// load is contents for stores that may be damaged.
func load(t testing.TB, s *store.Store) (map[string]string, error) {
	all := map[string]string{}
	last := ""
	for r, err := range s.Load(bg) {
		if err != nil {
			return all, err
		}
		if len(all) > 0 && r.ID <= last {
			t.Errorf("Load yields %q after %q", r.ID, last)
		}
		last = r.ID
		all[r.ID] = string(r.Value)
	}
	return all, nil
}

func put(id, value string) store.Write {
	return store.Write{Put: []store.Record{{ID: id, Value: []byte(value)}}}
}

func puts(all map[string]string) (w store.Write) {
	for id, value := range all {
		w.Put = append(w.Put, store.Record{ID: id, Value: []byte(value)})
	}
	return w
}

// sample makes n records with random ids of uuid form and values of about 350 bytes.
func sample(r *rand.Rand, n int) map[string]string {
	all := make(map[string]string, n)
	for len(all) < n {
		all[randomID(r)] = randomValue(r, 300+r.IntN(100))
	}
	return all
}

func randomID(r *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.Uint32()>>16, r.Uint32()>>20, 0x8000|r.Uint32()>>18, r.Uint64()>>16)
}

func randomValue(r *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%x", r.Uint64())
	}
	return b.String()[:n]
}

// seedFrom returns a source with the seed in an environment variable, or a new one, which
// it logs.
func seedFrom(t testing.TB) *rand.Rand {
	t.Helper()
	const env = "SESSIONDEX_STORE_SEED"
	seed := rand.Uint64()
	if text := os.Getenv(env); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, env)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat with %s=%d", env, seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}
