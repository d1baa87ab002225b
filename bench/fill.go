package main

import (
	"runtime/debug"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex"
)

// partLoader is a candidate that can be loaded a part at a time.
type partLoader interface {
	loadPart(sessions []sessiondex.Session) error
	// settle returns once every index is complete.
	settle() error
}

// filling is what it took to load a candidate.
type filling struct {
	spent time.Duration // without what it took to make the sessions
	own   int64         // bytes of the sessions
}

// inParts says that the data set is too large to be in memory as a whole beside the
// candidate that is loaded with it.
func (t *task) inParts() bool { return t.Part > 0 && t.Data.N > 2*t.Part }

// fill loads the data set into an empty candidate. A large one goes, if the candidate
// can take it so, in parts that exist one at a time.
func (t *task) fill(c candidate) (filling, error) {
	var f filling
	timed := func(work func() error) error {
		start := time.Now()
		err := work()
		f.spent += time.Since(start)
		return err
	}
	inParts, ok := c.(partLoader)
	if !ok || !t.inParts() {
		all, err := t.Data.collect()
		if err != nil {
			return f, err
		}
		f.own = ownBytesOf(all)
		return f, timed(func() error { return c.load(all) })
	}
	sessions, err := t.Data.sessions()
	if err != nil {
		return f, err
	}
	part := make([]sessiondex.Session, 0, t.Part)
	add := func() error {
		f.own += ownBytesOf(part)
		err := timed(func() error { return inParts.loadPart(part) })
		clear(part) // lets go of the strings, which may be the larger part
		part = part[:0]
		return err
	}
	for s := range sessions {
		if part = append(part, s); len(part) == cap(part) {
			if err := add(); err != nil {
				return f, err
			}
		}
	}
	if err := add(); err != nil {
		return f, err
	}
	return f, timed(inParts.settle)
}

func ownBytesOf(sessions []sessiondex.Session) int64 {
	var sum int64
	for i := range sessions {
		sum += int64(ownBytes(&sessions[i]))
	}
	return sum
}

// refill loads the data set once more, and makes the updates that were made before the
// answers were compared. Sessions come in the order of their creation, as they did
// the first time, and as a store grows.
func (t *task) refill(c candidate, sample []sessiondex.Session) error {
	// What was dropped is to be gone before as much comes again.
	debug.FreeOSMemory()
	if _, err := t.fill(c); err != nil {
		return err
	}
	return settleIn(c, newUpdates(slices.Clone(sample)))
}

// settledUpdates is how many updates are made before the answers are compared, so that
// they show what a write leaves behind.
const settledUpdates = 200

func settleIn(c candidate, u *updates) error {
	for range settledUpdates {
		if err := c.put([]sessiondex.Session{u.next()}); err != nil {
			return err
		}
	}
	return nil
}
