package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// To measure a disk, set TMPDIR to a directory on it.

// benchSizeEnv sets the number of records of the benchmarks that read.
const benchSizeEnv = "SESSIONDEX_STORE_BENCH_SIZE"

func benchSize(b *testing.B) int {
	n := 100_000
	if text := os.Getenv(benchSizeEnv); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(b, err, benchSizeEnv)
	}
	return n
}

// filled makes a store of n records in batches of 1,000.
func filled(b *testing.B, n int, o store.Options, sorted bool) (*store.Store, []string) {
	b.Helper()
	fast := o
	fast.Sync = store.SyncSystem
	path := newPath(b)
	s, err := store.Open(path, &fast)
	require.NoError(b, err)
	all, ids := benchRecords(n, sorted)
	importRecords(b, s, all, ids)
	require.NoError(b, s.Close())
	s, err = store.Open(path, &o)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s, ids
}

func benchRecords(n int, sorted bool) (all map[string]string, ids []string) {
	r := rand.New(rand.NewPCG(1, 2))
	all = sample(r, n)
	ids = slices.Sorted(maps.Keys(all))
	if !sorted {
		r.Shuffle(n, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	return all, ids
}

func importRecords(b *testing.B, s *store.Store, all map[string]string, ids []string) {
	for batch := range slices.Chunk(ids, 1000) {
		var w store.Write
		for _, id := range batch {
			w.Put = append(w.Put, store.Record{ID: id, Value: []byte(all[id])})
		}
		require.NoError(b, s.Apply(w))
	}
}

func benchModes() map[string]store.Options {
	return map[string]store.Options{"always": {}, "system": {Sync: store.SyncSystem}}
}

// BenchmarkPut replaces one record at random.
func BenchmarkPut(b *testing.B) {
	for mode, o := range benchModes() {
		b.Run(mode, func(b *testing.B) {
			s, ids := filled(b, benchSize(b), o, false)
			r := rand.New(rand.NewPCG(3, 4))
			value := randomValue(r, 350)
			require.NoError(b, s.Apply(put(ids[0], value))) // checks the file
			for b.Loop() {
				require.NoError(b, s.Apply(put(ids[r.IntN(len(ids))], value)))
			}
		})
	}
}

// BenchmarkPut1000 replaces a thousand records at random in one write.
func BenchmarkPut1000(b *testing.B) {
	for mode, o := range benchModes() {
		b.Run(mode, func(b *testing.B) {
			s, ids := filled(b, benchSize(b), o, false)
			r := rand.New(rand.NewPCG(3, 4))
			value := []byte(randomValue(r, 350))
			require.NoError(b, s.Apply(put(ids[0], ""))) // checks the file
			for b.Loop() {
				var w store.Write
				for _, i := range r.Perm(len(ids))[:1000] {
					w.Put = append(w.Put, store.Record{ID: ids[i], Value: value})
				}
				require.NoError(b, s.Apply(w))
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/1000, "ns/record")
		})
	}
}

// BenchmarkImport fills a new store in batches of 1,000.
func BenchmarkImport(b *testing.B) {
	for mode, o := range benchModes() {
		for _, sorted := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/sorted=%v", mode, sorted), func(b *testing.B) {
				n := benchSize(b)
				all, ids := benchRecords(n, sorted)
				var st store.Stats
				for b.Loop() {
					s, err := store.Open(newPath(b), &o)
					require.NoError(b, err)
					importRecords(b, s, all, ids)
					st, err = s.Stats()
					require.NoError(b, err)
					require.NoError(b, s.Close())
				}
				b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(n), "ns/record")
				b.ReportMetric(float64(st.UsedBytes)/float64(n), "file-B/record")
			})
		}
	}
}

// BenchmarkLoad reads all records of a file in the system's cache.
func BenchmarkLoad(b *testing.B) {
	for _, sorted := range []bool{false, true} {
		b.Run(fmt.Sprintf("sorted=%v", sorted), func(b *testing.B) {
			s, ids := filled(b, benchSize(b), store.Options{}, sorted)
			for b.Loop() {
				n := 0
				for _, err := range s.Load(b.Context()) {
					require.NoError(b, err)
					n++
				}
				require.Equal(b, len(ids), n)
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(len(ids)), "ns/record")
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	s, ids := filled(b, benchSize(b), store.Options{}, false)
	for b.Loop() {
		require.NoError(b, s.Verify(b.Context()))
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(len(ids)), "ns/record")
}

// BenchmarkOpen opens and closes a store without loading it.
func BenchmarkOpen(b *testing.B) {
	s, _ := filled(b, benchSize(b), store.Options{}, false)
	require.NoError(b, s.Close())
	for b.Loop() {
		s, err := store.Open(s.Path(), nil)
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
}
