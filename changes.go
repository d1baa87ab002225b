package sessiondex

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/live"
)

// Mark is a point in an engine's history: just after the commit with its number. The
// epoch tells histories apart, so that a mark of one is never continued in another. The
// zero Mark belongs to no history.
type Mark struct {
	// Epoch identifies the history.
	Epoch Epoch
	// Number counts the commits, as Engine.Version does.
	Number uint64
}

// Epoch identifies a history of commits. It is random, and differs for each engine in
// memory, each new file and each backup.
type Epoch [16]byte

func newEpoch() (e Epoch) {
	_, _ = rand.Read(e[:]) // never fails
	return e
}

// MarshalText returns the mark as "epoch-number": 32 hexadecimal digits, a hyphen, and
// the number in decimal.
func (m Mark) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// String returns the mark as MarshalText does.
func (m Mark) String() string {
	return hex.EncodeToString(m.Epoch[:]) + "-" + strconv.FormatUint(m.Number, 10)
}

// UnmarshalText reads the output of MarshalText.
func (m *Mark) UnmarshalText(text []byte) error {
	epoch, number, found := strings.Cut(string(text), "-")
	var out Mark
	b, err := hex.DecodeString(epoch)
	if err == nil && found && len(b) == len(out.Epoch) {
		copy(out.Epoch[:], b)
		if out.Number, err = strconv.ParseUint(number, 10, 64); err == nil {
			*m = out
			return nil
		}
	}
	return fmt.Errorf("sessiondex: a mark is 32 hexadecimal digits, a hyphen and a number, got %q", cut(text))
}

// Commit is one write, or several that were committed together.
type Commit struct {
	// Mark is the point just after this commit.
	Mark Mark
	// Changes holds one change for each session that the commit changed.
	Changes []Change
}

// Change is how a commit changed one session.
type Change struct {
	ID string
	// Before is the session as it was, nil if it is new; After is the session as it is,
	// nil if it was deleted. The caller may change both.
	Before, After *Session
}

// Mark returns the point after the newest commit; the zero Mark once closed.
func (e *Engine) Mark() Mark { return e.newest().Mark() }

// Mark returns the point after the last commit in this version: a follower that begins
// with a snapshot continues from there.
func (r version) Mark() Mark {
	if r.view == nil {
		return Mark{}
	}
	return Mark{r.shared.epoch, r.view.Version()}
}

// Changes yields the commits after a mark, in order and each once, and continues with
// new ones until the loop ends, the context ends, or the engine is closed; the
// context's error or ErrClosed comes last. It yields ErrTooOld for a mark of another
// history, and when the engine no longer remembers every commit after the mark, also if
// the follower falls that far behind during the loop. The follower then starts over
// with a snapshot and its mark.
//
//	snapshot := engine.Snapshot()
//	… // all of snapshot.All
//	for commit, err := range engine.Changes(ctx, snapshot.Mark()) {
//		…
//	}
//
// An engine remembers a bounded history: the latest commits with up to 16 MB of replaced
// and new sessions, and in the file as many commits as Options.KeepChanges says. A writer
// never waits for a follower; it pays less than a microsecond for each session.
func (e *Engine) Changes(ctx context.Context, after Mark) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		if after.Epoch != e.shared.epoch {
			yield(Commit{}, fmt.Errorf("%w: the mark %v is of another history", ErrTooOld, after))
			return
		}
		for number := after.Number; ; {
			batches, more, err := e.feed.after(number)
			if e.cur.Load() == nil {
				err = ErrClosed
			} else if ended := ctx.Err(); ended != nil {
				err = ended
			}
			if errors.Is(err, ErrTooOld) && e.store != nil && e.opts.KeepChanges > 0 {
				kept, faulty := e.kept(number)
				for _, c := range kept {
					if number = c.Mark.Number; !yield(c, nil) {
						return
					}
				}
				if len(kept) > 0 {
					continue
				}
				err = cmp.Or(faulty, err)
			}
			if err != nil {
				yield(Commit{}, err)
				return
			}
			for i := range batches {
				number = batches[i].Version
				c, err := e.commitOf(&batches[i])
				if !yield(c, err) || err != nil {
					return
				}
				// Clear the slot, or this slice would retain batches that the engine
				// has forgotten.
				batches[i] = live.Batch{}
				if !e.feed.remembers(number) {
					break
				}
			}
			if len(batches) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
			case <-e.ending:
			}
		}
	}
}

// kept returns some of the commits after number from the file, none if the file does
// not have them.
func (e *Engine) kept(number uint64) ([]Commit, error) {
	last := e.feed.newest() // later commits are written, but may not be published yet
	entries, err := e.store.Log(number + 1)
	if err != nil {
		return nil, storeError(err)
	}
	var out []Commit
	for i, entry := range entries {
		if entry.Number != number+1+uint64(i) || entry.Number > last {
			break
		}
		c, err := decodeCommit(Mark{e.shared.epoch, entry.Number}, entry.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// commitOf converts a batch of the feed into the Commit that followers receive.
func (e *Engine) commitOf(b *live.Batch) (c Commit, err error) {
	c = Commit{Mark: Mark{e.shared.epoch, b.Version}, Changes: make([]Change, len(b.Changes))}
	for i := range b.Changes {
		if c.Changes[i], err = e.shared.members.change(&b.Changes[i].Before, &b.Changes[i].After); err != nil {
			return Commit{}, err
		}
	}
	return c, nil
}

// change returns the Change of one session, with its Extras.
func (m *membersInFile) change(was, is *index.Packed) (c Change, err error) {
	if was.Used() {
		if c.Before, err = m.session(was); err != nil {
			return Change{}, err
		}
		c.ID = c.Before.ID
	}
	if is.Used() {
		if c.After, err = m.session(is); err != nil {
			return Change{}, err
		}
		c.ID = c.After.ID
	}
	return c, nil
}

func (m *membersInFile) session(p *index.Packed) (*Session, error) {
	var s Session
	entry, err := m.entry(p)
	restore(&s, &entry)
	return &s, err
}

// feed remembers the latest commits.
type feed struct {
	mu   sync.Mutex
	log  live.Log
	last uint64        // the number of the newest commit
	more chan struct{} // closed by the next commit; nil if nobody waits
}

// reset restarts the feed at number, with no commits before it.
func (f *feed) reset(number uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.Reset(number)
	f.last = number
	f.wake()
}

// append records a published result.
func (f *feed) append(r *result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = r.view.Version()
	if r.changes == nil {
		f.log.Reset(f.last) // too many
	} else {
		f.log.Append(f.last, r.changes)
	}
	f.wake()
}

func (f *feed) wake() {
	if f.more != nil {
		close(f.more)
		f.more = nil
	}
}

// followerStep is how many commits a follower takes at a time. It keeps them in memory
// while it yields them.
const followerStep = 64

// after returns some of the commits after number, or a channel that the next commit
// closes.
func (f *feed) after(number uint64) (batches []live.Batch, more <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all, ok := f.log.After(number)
	if !ok {
		return nil, nil, fmt.Errorf("%w: commit %d, the commits from %d to %d are remembered", ErrTooOld, number, f.log.Base(), f.last)
	}
	if len(all) == 0 && f.more == nil {
		f.more = make(chan struct{})
	}
	return append(batches, all[:min(len(all), followerStep)]...), f.more, nil
}

// newest returns the number of the newest commit.
func (f *feed) newest() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// remembers reports whether all commits after number are still in memory.
func (f *feed) remembers(number uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return number >= f.log.Base()
}

// Diff yields the changes from an older snapshot to this one, each session once, in no
// particular order. For two snapshots of one engine it takes time in proportion to the
// writes between them; snapshots of different engines are compared session by session.
// A snapshot of a closed engine has no sessions. With Options.MembersInFile, an Extra
// that can't be read comes out empty: Get returns the reason.
func (s *Snapshot) Diff(older *Snapshot) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		if s.view == nil || older.view == nil {
			return
		}
		for was, is := range index.Diff(older.view, s.view) {
			var c Change
			if was.Used() {
				c.Before = older.shared.members.readable(&was)
				c.ID = c.Before.ID
			}
			if is.Used() {
				c.After = s.shared.members.readable(&is)
				c.ID = c.After.ID
			}
			if c.Before != nil && c.After != nil && *c.Before == *c.After {
				continue // of two engines, one of which refers to members in its file
			}
			if !yield(c) {
				return
			}
		}
	}
}

// readable is session for callers that have no way to report an error.
func (m *membersInFile) readable(p *index.Packed) *Session {
	s, err := m.session(p)
	if err != nil {
		s.Extra = ""
	}
	return s
}
