// Package turn is the writers' lock.
package turn

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"time"
)

// Turn is taken by one writer at a time, in the order in which they asked.
type Turn struct {
	held   chan struct{} // has one element while the turn is taken
	inside error
}

// New returns a turn that nobody has. Take returns inside where it would wait for the
// function that called it.
func New(inside error) Turn { return Turn{make(chan struct{}, 1), inside} }

// Patience is how long a writer waits before it checks whether its own goroutine has the
// turn. Only tests change it.
var Patience = time.Second

// Take waits for the turn or for the context.
func (t *Turn) Take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case t.held <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(Patience)
	defer timer.Stop()
	for {
		select {
		case t.held <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if t.waitsForItself() {
				return t.inside
			}
		}
	}
}

// TakeAnyway waits for the turn without a limit.
func (t *Turn) TakeAnyway() { t.held <- struct{}{} }

// TakeUnless waits for the turn, and returns false if it is told to give up first.
func (t *Turn) TakeUnless(given <-chan struct{}) bool {
	select {
	case t.held <- struct{}{}:
		return true
	case <-given:
		return false
	}
}

// TryTake takes the turn if nobody has it.
func (t *Turn) TryTake() bool {
	select {
	case t.held <- struct{}{}:
		return true
	default:
		return false
	}
}

// Release lets the next one take the turn.
func (t *Turn) Release() { <-t.held }

// Call runs f while the caller has the turn. waitsForItself looks for this frame and its
// receiver in the stack, so Call must not be inlined.
//
//go:noinline
func (t *Turn) Call(f func() error) error {
	err := f()
	runtime.KeepAlive(t)
	return err
}

// waitsForItself reports whether the calling goroutine is inside Call of this turn. It
// reads the goroutine's stack trace, which shows the arguments of a frame.
func (t *Turn) waitsForItself() bool {
	stack := make([]byte, 64<<10)
	stack = stack[:runtime.Stack(stack, false)]
	return bytes.Contains(stack, fmt.Appendf(nil, "(*Turn).Call(%p", t))
}
