package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// killRoundsEnv sets how often each kind of writer is killed.
const killRoundsEnv = "SESSIONDEX_KILL_ROUNDS"

// The writer of the kill test has several goroutines. Goroutine g makes the
// batches 1, 2, 3, … of its own: batch n puts batchSize(n) records and deletes
// those of batch n - keptBatches. So at any moment the file holds exactly the last
// keptBatches of each goroutine, all of them whole.
const (
	writers     = 3
	keptBatches = 20
)

func batchSize(n int) int { return 1 + n*7%40 }

func batchID(g, n, i int) string { return fmt.Sprintf("%d/%08d/%02d", g, n, i) }

// batchValue is long enough for several pages a batch, and for a record of several pages
// now and then.
func batchValue(g, n, i int) []byte {
	size := 50 + (n*31+i*17)%600
	if (n+i)%97 == 0 {
		size = 20000
	}
	return []byte(strings.Repeat(batchID(g, n, i), size/13+1))
}

func batch(g, n int) (w store.Write) {
	for i := range batchSize(n) {
		w.Put = append(w.Put, store.Record{ID: batchID(g, n, i), Value: batchValue(g, n, i)})
	}
	if old := n - keptBatches; old > 0 {
		for i := range batchSize(old) {
			w.Delete = append(w.Delete, batchID(g, old, i))
		}
	}
	return w
}

func killModes() map[string]*store.Options {
	return map[string]*store.Options{
		"always": {},
		"system": {Sync: store.SyncSystem},
	}
}

func init() {
	// write goes on with the batches of a store until it is killed, and prints
	// "goroutine batch" after each one.
	children["write"] = func(args []string) error {
		s, err := store.Open(args[0], killModes()[args[1]])
		if err != nil {
			return err
		}
		last, err := lastBatches(s)
		if err != nil {
			return err
		}
		var wg sync.WaitGroup
		for g := range writers {
			wg.Go(func() {
				for n := last[g] + 1; ; n++ {
					err := s.Apply(batch(g, n))
					if err != nil {
						fmt.Fprintln(os.Stderr, err)
						os.Exit(1)
					}
					// One write call: a line is never printed in part.
					fmt.Fprintf(os.Stdout, "%d %d\n", g, n)
				}
			})
		}
		wg.Wait()
		return nil
	}
}

// lastBatches returns the number of each goroutine's last batch, or an error if the batches
// in a store are wrong.
func lastBatches(s *store.Store) (last [writers]int, err error) {
	var found [writers]map[int]int // number of records by batch
	for r, err := range s.Load(bg) {
		if err != nil {
			return last, err
		}
		var g, n, i int
		if _, err := fmt.Sscanf(r.ID, "%d/%d/%d", &g, &n, &i); err != nil || g >= writers {
			return last, fmt.Errorf("record %q belongs to no batch", r.ID)
		}
		if string(r.Value) != string(batchValue(g, n, i)) {
			return last, fmt.Errorf("record %q has a wrong value", r.ID)
		}
		if found[g] == nil {
			found[g] = map[int]int{}
		}
		found[g][n]++
		last[g] = max(last[g], n)
	}
	for g := range writers {
		for n := range found[g] {
			if n <= last[g]-keptBatches {
				return last, fmt.Errorf("batch %d of %d is there, although batch %d is, which deletes it", n, g, last[g])
			}
		}
		for n := max(1, last[g]-keptBatches+1); n <= last[g]; n++ {
			if found[g][n] != batchSize(n) {
				return last, fmt.Errorf("batch %d of %d has %d records, expected %d", n, g, found[g][n], batchSize(n))
			}
		}
	}
	return last, nil
}

// A process that writes is killed again and again. Each time the file must open at once, be
// sound, and hold every confirmed batch, and all or nothing of the others.
func TestAKilledWriterLosesNoConfirmedBatch(t *testing.T) {
	rounds := 15
	if text := os.Getenv(killRoundsEnv); text != "" {
		var err error
		rounds, err = strconv.Atoi(text)
		require.NoError(t, err, killRoundsEnv)
	}
	for mode := range killModes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel() // they wait most of the time
			r := seedFrom(t)
			path := newPath(t)
			confirmed, unconfirmed := 0, 0
			var before [writers]int
			for round := range rounds {
				if round%10 == 9 { // starting with a new file
					path, before = newPath(t), [writers]int{}
				}
				acked, killed := killOnce(t, r, path, mode)
				for g := range writers {
					acked[g] = max(acked[g], before[g])
				}
				s, err := store.Open(path, nil)
				require.NoError(t, err, "round %d", round)
				last, err := lastBatches(s)
				require.NoError(t, err, "round %d", round)
				require.NoError(t, s.Verify(t.Context()), "round %d", round)
				for g := range writers {
					assert.GreaterOrEqual(t, last[g], acked[g], "round %d: a confirmed batch of %d is lost", round, g)
					assert.LessOrEqual(t, last[g], acked[g]+1, "round %d: a batch of %d came after one that was not confirmed", round, g)
					confirmed += acked[g] - before[g]
					unconfirmed += last[g] - acked[g]
				}
				before = last
				require.NoError(t, s.Close())
				requireBoltSound(t, path)
				require.True(t, killed)
				if t.Failed() {
					return
				}
			}
			t.Logf("%d kills, %d batches confirmed, %d there without", rounds, confirmed, unconfirmed)
			if rounds >= 10 {
				assert.Positive(t, confirmed, "nothing was tested")
			}
		})
	}
}

// killOnce runs the writer for a random time and returns the last batch that each
// goroutine printed.
func killOnce(t *testing.T, r *rand.Rand, path, mode string) (acked [writers]int, killed bool) {
	t.Helper()
	p := start(t, "write", path, mode)
	delay := time.Duration(r.Int64N(int64(60 * time.Millisecond)))
	if r.IntN(4) > 0 { // else it may be killed while it opens the file
		require.NotEmpty(t, scan(t, p, &acked), p.errors)
	}
	time.AfterFunc(delay, func() { _ = p.cmd.Process.Kill() })
	for scan(t, p, &acked) != "" {
	}
	err := p.cmd.Wait()
	assert.Empty(t, p.errors.String())
	return acked, err != nil
}

func scan(t *testing.T, p *process, acked *[writers]int) string {
	t.Helper()
	line := p.line()
	if line != "" {
		var g, n int
		_, err := fmt.Sscanf(line, "%d %d", &g, &n)
		require.NoError(t, err, line)
		acked[g] = n
	}
	return line
}
