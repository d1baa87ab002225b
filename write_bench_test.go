package sessiondex_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

// writeSize is how many sessions the benchmarks of writes hold; SESSIONDEX_WRITE_SIZE
// sets it.
func writeSize(b *testing.B) int {
	if text := os.Getenv("SESSIONDEX_WRITE_SIZE"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(b, err, "SESSIONDEX_WRITE_SIZE")
		return n
	}
	return 100_000
}

func loaded(b *testing.B, file bool) (*sessiondex.Engine, []sessiondex.Session) {
	sessions := slices.Collect(corpus.Sessions(corpus.Options{N: writeSize(b), Seed: 1}))
	var e *sessiondex.Engine
	var err error
	if file {
		e, err = sessiondex.Open(filepath.Join(b.TempDir(), "sessions.db"), nil)
	} else {
		e, err = sessiondex.New(nil)
	}
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, e.Close()) })
	_, err = e.Load(b.Context(), sequence(sessions, nil), nil)
	require.NoError(b, err)
	require.NoError(b, e.WaitIndexed(b.Context()))
	return e, sessions
}

// BenchmarkWrites compares Update with Put, from 1 and from 64 goroutines.
func BenchmarkWrites(b *testing.B) {
	for _, where := range []string{"memory", "file"} {
		e, sessions := loaded(b, where == "file")
		var n atomic.Int64
		next := func() *sessiondex.Session { return &sessions[int(n.Add(1)*7919)%len(sessions)] }
		touch := func(s *sessiondex.Session) {
			s.State, s.UpdatedAt = "running", s.UpdatedAt.Add(time.Duration(n.Load()))
		}
		for name, write := range map[string]func() error{
			"put": func() error {
				s := *next()
				touch(&s)
				return e.Put(context.Background(), s)
			},
			"update": func() error {
				_, err := e.Update(context.Background(), next().ID, func(s *sessiondex.Session) error { touch(s); return nil })
				return err
			},
		} {
			for _, writers := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/%s/writers=%d", where, name, writers), func(b *testing.B) {
					b.SetParallelism(max(1, writers/2)) // times two processors
					if writers == 1 {
						for b.Loop() {
							require.NoError(b, write())
						}
						return
					}
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							if err := write(); err != nil {
								b.Error(err)
								return
							}
						}
					})
				})
			}
		}
	}
}

// BenchmarkDiff compares snapshots that a thousand changes lie between.
func BenchmarkDiff(b *testing.B) {
	e, sessions := loaded(b, false)
	older := e.Snapshot()
	for i := range 1000 {
		s := sessions[i*7919%len(sessions)]
		s.State = "changed"
		require.NoError(b, e.Put(b.Context(), s))
	}
	newer := e.Snapshot()
	for b.Loop() {
		n := 0
		for range newer.Diff(older) {
			n++
		}
		require.Equal(b, 1000, n)
	}
}

// BenchmarkLoadEmpty fills an empty engine, titles indexed.
func BenchmarkLoadEmpty(b *testing.B) {
	sessions := slices.Collect(corpus.Sessions(corpus.Options{N: writeSize(b), Seed: 1}))
	for _, where := range []string{"memory", "file"} {
		b.Run(where, func(b *testing.B) {
			for b.Loop() {
				var e *sessiondex.Engine
				var err error
				if where == "file" {
					e, err = sessiondex.Open(filepath.Join(b.TempDir(), fmt.Sprint(time.Now().UnixNano())), nil)
				} else {
					e, err = sessiondex.New(nil)
				}
				require.NoError(b, err)
				_, err = e.Load(b.Context(), sequence(sessions, nil), nil)
				require.NoError(b, err)
				require.NoError(b, e.WaitIndexed(b.Context()))
				require.NoError(b, e.Close())
			}
		})
	}
}
