//go:build linux && (amd64 || arm64)

package store_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/store"
)

// faultPlan says which system call of a write fails, and how.
type faultPlan struct {
	errno syscall.Errno
	nth   int  // the first to fail, from 1
	short bool // a write writes a part of its bytes before it fails
	last  bool // later calls fail too, until the cause is removed

	seen *[]call // collects the calls, if not nil
}

func (p faultPlan) String() string {
	return fmt.Sprintf("call %d fails with %q, short %v, for good %v", p.nth, p.errno, p.short, p.last)
}

// arm returns a function that decides about calls, and the name of the call that failed.
func (p faultPlan) arm() (decide func(call) answer, failed *string) {
	n, cut := 0, false
	failed = new(string)
	return func(c call) answer {
		n++
		if p.seen != nil {
			*p.seen = append(*p.seen, c)
		}
		switch {
		case p.nth < 0:
			return answer{}
		case n < p.nth, n > p.nth && !p.last && !cut:
			return answer{}
		case p.short && c.kind == callWrite && !cut:
			cut = true
			*failed = "a part of a " + string(c.kind)
			return answer{short: min(len(c.data)/2, 40)} // less than a header
		}
		cut = false
		if *failed == "" {
			*failed = string(c.kind)
		}
		return answer{errno: p.errno}
	}, failed
}

func init() {
	// faults makes every system call of a write fail in every way, one after another.
	children["faults"] = func(args []string) error {
		i, err := intercept(args[0])
		if err != nil {
			return err
		}
		kinds := map[string]int{}
		inDirectory := func(p faultPlan) (string, error) {
			dir, err := os.MkdirTemp(args[0], "")
			if err != nil {
				return "", err
			}
			return runFault(i, filepath.Join(dir, "store.db"), p)
		}
		// A dry run lists the calls. Of many pages written in a row, the first two and the
		// last are enough.
		var all []call
		dry := faultPlan{nth: -1, seen: &all}
		if _, err := inDirectory(dry); err != nil {
			return err
		}
		page := func(n int) bool {
			return n >= 0 && n < len(all) && all[n].kind == callWrite && !all[n].headerWrite()
		}
		var chosen []int
		for n := range all {
			if !page(n) || !page(n-2) || !page(n+1) {
				chosen = append(chosen, n+1)
			}
		}
		for _, errno := range []syscall.Errno{syscall.EIO, syscall.ENOSPC} {
			for _, short := range []bool{false, true} {
				for _, last := range []bool{false, true} {
					for _, nth := range chosen {
						p := faultPlan{errno: errno, nth: nth, short: short, last: last}
						kind, err := inDirectory(p)
						if err == nil && kind == "" {
							err = errors.New("there was no such call")
						}
						if err != nil {
							return fmt.Errorf("%v (%s): %w", p, kind, err)
						}
						kinds[kind]++
					}
				}
			}
		}
		fmt.Println(kinds)
		return nil
	}
}

// runFault makes a store, fails a write to it, and goes on. It returns the kind of call that
// failed.
func runFault(i *interceptor, path string, p faultPlan) (kind string, err error) {
	i.on(nil)
	r := rand.New(rand.NewPCG(7, 1))
	s, err := store.Open(path, nil)
	if err != nil {
		return "", err
	}
	defer func() {
		i.on(nil)
		err = errors.Join(err, s.Close())
	}()
	want := sample(r, 60)
	if err := s.Apply(puts(want)); err != nil {
		return "", err
	}
	next := sample(r, 200) // enough to grow the file
	for id := range want {
		next[id] = "replaced"
	}

	decide, failed := p.arm()
	i.on(decide)
	err = s.Apply(puts(next))
	i.settle()
	switch {
	case *failed == "":
		return "", err
	case err == nil:
		return *failed, errors.New("the write succeeded")
	case !strings.Contains(err.Error(), p.errno.Error()):
		return *failed, fmt.Errorf("the cause is not named: %w", err)
	}
	if err := sameContents(s, want); err != nil && !p.last {
		return *failed, fmt.Errorf("after the failed write: %w", err)
	} else if err != nil && !strings.Contains(err.Error(), "not yet undone") {
		return *failed, fmt.Errorf("while writes fail: %w", err)
	}
	if p.last {
		if err := s.Apply(put("x", "x")); err == nil {
			return *failed, errors.New("a write succeeded while all fail")
		}
	}

	i.on(nil)
	for n := range 5 {
		id, value := fmt.Sprint("after", n), randomValue(r, 3000*n)
		want[id] = value
		if err := s.Apply(put(id, value)); err != nil {
			return *failed, fmt.Errorf("after the cause is gone: %w", err)
		}
		if err := sameContents(s, want); err != nil {
			return *failed, fmt.Errorf("after write %d: %w", n, err)
		}
		if err := s.Verify(bg); err != nil {
			return *failed, fmt.Errorf("after write %d: %w", n, err)
		}
	}
	if err := s.Close(); err != nil {
		return *failed, err
	}
	s, err = store.Open(path, nil)
	if err != nil {
		return *failed, err
	}
	return *failed, errors.Join(sameContents(s, want), s.Verify(bg))
}

func sameContents(s *store.Store, want map[string]string) error {
	got := map[string]string{}
	for r, err := range s.Load(bg) {
		if err != nil {
			return err
		}
		got[r.ID] = string(r.Value)
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("the store holds %d records, not the %d that were confirmed", len(got), len(want))
	}
	return nil
}

// Growing the file, writing a page, forcing the pages to the device, writing the header,
// forcing the header. The fsync after the header is the hard one: the transaction is in the
// file by then, and must be removed again.
func TestEverySystemCallOfAWriteFails(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	p := start(t, "faults", dir)
	kinds := p.line()
	assert.Empty(t, p.end(t))
	for _, kind := range []callKind{callTruncate, callWrite, callSync} {
		assert.Contains(t, kinds, string(kind)+":")
	}
	t.Log(kinds)
}
