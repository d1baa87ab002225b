//go:build linux && (amd64 || arm64)

package store_test

import (
	"encoding/gob"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// history is the system calls of a writer on its file.
type history struct {
	Start  []byte // the file before
	Events []event
}

// event is one call, or the return of Apply.
type event struct {
	Kind   string // a callKind, or "confirmed"
	Offset int64
	Data   []byte
	Failed bool
	Batch  int
}

const (
	sectorBytes = 512 // written whole or not at all
	powerRounds = 100 // losses of power per history
)

func init() {
	// record writes batches, some of whose calls fail, and leaves its history.
	children["record"] = func(args []string) error {
		dir, out := args[0], args[1]
		faulty := args[2] == "true"
		seed, err := strconv.ParseUint(args[3], 10, 64)
		if err != nil {
			return err
		}
		r := rand.New(rand.NewPCG(seed, 2))
		i, err := intercept(dir)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, "store.db")
		s, err := store.Open(path, nil)
		if err != nil {
			return err
		}
		var h history
		var mu sync.Mutex // two goroutines add to it, in turn
		note := func(e event) {
			mu.Lock()
			defer mu.Unlock()
			h.Events = append(h.Events, e)
		}
		if h.Start, err = os.ReadFile(path); err != nil {
			return err
		}
		i.on(func(c call) (a answer) {
			if faulty && (r.IntN(40) == 0 || c.kind == callSync && r.IntN(5) == 0) {
				a.errno = syscall.EIO
			}
			note(event{Kind: string(c.kind), Offset: c.offset, Data: c.data, Failed: a.errno != 0})
			return a
		})
		for n := 1; n <= 40; n++ {
			for try := 0; ; try++ {
				err := s.Apply(batch(0, n))
				if err == nil {
					break
				}
				if !errors.Is(err, syscall.EIO) && !faulty || try > 100 {
					return err
				}
			}
			note(event{Kind: "confirmed", Batch: n})
		}
		i.on(nil)
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		return errors.Join(gob.NewEncoder(f).Encode(h), f.Close(), s.Close())
	}
}

// after returns a possible state of the file when the power is lost after n events, and the
// last batch that was confirmed by then. Any part of what was not forced to the device may
// be on it; what could not be forced may be lost for good, since the system does not try
// again.
func (h *history) after(n int, r *rand.Rand) (file []byte, confirmed int) {
	file = slices.Clone(h.Start)
	var pending []event
	grow := func(size int64) {
		if int64(len(file)) < size {
			file = append(file, make([]byte, size-int64(len(file)))...)
		}
	}
	apply := func(e event, sector func() bool) {
		if e.Kind == string(callTruncate) {
			if sector() {
				grow(e.Offset)
			}
			return
		}
		for at := 0; at < len(e.Data); at += sectorBytes {
			if sector() {
				end := min(at+sectorBytes, len(e.Data))
				grow(e.Offset + int64(end))
				copy(file[e.Offset+int64(at):], e.Data[at:end])
			}
		}
	}
	whole := func() bool { return true }
	half := func() bool { return r.IntN(2) == 0 }
	for _, e := range h.Events[:n] {
		switch {
		case e.Kind == "confirmed":
			confirmed = e.Batch
		case e.Kind != string(callSync):
			if !e.Failed {
				pending = append(pending, e)
			}
		default:
			for _, p := range pending {
				if !e.Failed || half() {
					apply(p, whole)
				}
			}
			pending = nil
		}
	}
	for _, e := range pending {
		switch r.IntN(3) {
		case 0:
			apply(e, whole)
		case 1:
			apply(e, half)
		}
	}
	return file, confirmed
}

// At any point of a history of writes: the file must hold every confirmed batch, and all or
// nothing of the next. In the second history calls fail at random, and failed writes are
// tried again.
func TestALossOfPowerLosesNoConfirmedBatch(t *testing.T) {
	for _, faulty := range []bool{false, true} {
		t.Run(fmt.Sprintf("faulty %v", faulty), func(t *testing.T) {
			r := seedFrom(t)
			dir, err := filepath.EvalSymlinks(t.TempDir())
			require.NoError(t, err)
			recorded := filepath.Join(t.TempDir(), "history")
			p := start(t, "record", dir, recorded, strconv.FormatBool(faulty), fmt.Sprint(r.Uint64()))
			require.Empty(t, p.end(t))
			f, err := os.Open(recorded)
			require.NoError(t, err)
			defer f.Close()
			var h history
			require.NoError(t, gob.NewDecoder(f).Decode(&h))

			path := filepath.Join(t.TempDir(), "store.db")
			unconfirmed, failed := 0, 0
			for range powerRounds {
				at := r.IntN(len(h.Events) + 1)
				file, confirmed := h.after(at, r)
				require.NoError(t, os.WriteFile(path, file, 0o600))
				s, err := store.Open(path, &store.Options{Sync: store.SyncSystem})
				require.NoError(t, err, "after event %d", at)
				last, err := lastBatches(s)
				require.NoError(t, err, "after event %d", at)
				require.NoError(t, s.Verify(t.Context()), "after event %d", at)
				require.Contains(t, []int{confirmed, confirmed + 1}, last[0], "after event %d", at)
				unconfirmed += last[0] - confirmed
				require.NoError(t, s.Apply(batch(0, last[0]+1)))
				require.NoError(t, s.Close())
			}
			for _, e := range h.Events {
				if e.Failed {
					failed++
				}
			}
			t.Logf("%d events, %d of them failed calls; in %d of %d losses of power the batch after the confirmed ones was there", len(h.Events), failed, unconfirmed, powerRounds)
			assert.Equal(t, faulty, failed > 0)
		})
	}
}
