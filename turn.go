package sessiondex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// turn is the lock of writers: one at a time holds it, in the order in which they
// asked. Readers do not need it.
type turn struct {
	held chan struct{} // has one element while the turn is taken
}

func newTurn() turn { return turn{make(chan struct{}, 1)} }

// waitsForItself is how long a writer waits before it checks whether its own goroutine
// holds the turn.
var waitsForItself = time.Second

// errWriteInside is returned by a write that would wait for the function that called
// it.
var errWriteInside = errors.New("sessiondex: a function given to Tx, Update or UpdateWhere writes to its own engine, which would wait for ever; it must use its Tx")

// take waits for the turn or for the context.
func (t *turn) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case t.held <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(waitsForItself)
	defer timer.Stop()
	for {
		select {
		case t.held <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if t.waitsForItself() {
				return errWriteInside
			}
		}
	}
}

// takeAnyway waits for the turn without a limit.
func (t *turn) takeAnyway() { t.held <- struct{}{} }

// tryTake takes the turn if nobody has it.
func (t *turn) tryTake() bool {
	select {
	case t.held <- struct{}{}:
		return true
	default:
		return false
	}
}

func (t *turn) release() { <-t.held }

// call runs f while the turn is held. waitsForItself looks for this frame and its turn
// argument in the stack, so call must not be inlined.
//
//go:noinline
func (t *turn) call(f func(*Tx) error, tx *Tx) error {
	err := f(tx)
	runtime.KeepAlive(t)
	return err
}

// waitsForItself reports whether the calling goroutine is inside call with this turn.
// It reads the goroutine's stack trace, which shows the arguments of a frame.
func (t *turn) waitsForItself() bool {
	stack := make([]byte, 64<<10)
	stack = stack[:runtime.Stack(stack, false)]
	return bytes.Contains(stack, fmt.Appendf(nil, "(*turn).call(%p", t))
}
