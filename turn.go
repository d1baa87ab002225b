package sessiondex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// turn is held by whoever changes what the engine knows: one at a time, in the order
// in which they asked. Readers do without it.
type turn struct {
	held chan struct{} // has one element while the turn is taken
}

func newTurn() turn { return turn{make(chan struct{}, 1)} }

// waitsForItself is how long a writer waits before it looks for itself among those
// who keep it waiting.
var waitsForItself = time.Second

// errWriteInside is what a write returns that waits for the function it is called
// from.
var errWriteInside = errors.New("sessiondex: a function given to Tx, Update or UpdateWhere writes to its own engine, which would wait for ever; it must use its Tx")

// take waits for the turn, or for the end of the context.
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

// takeAnyway waits for the turn for as long as it takes.
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

// call runs a function that holds the turn. It is where waitsForItself looks for the
// turn, so it must be a frame of its own that names it.
//
//go:noinline
func (t *turn) call(f func(*Tx) error, tx *Tx) error {
	err := f(tx)
	runtime.KeepAlive(t)
	return err
}

// waitsForItself reports whether the calling goroutine is inside call with this
// turn, as its stack tells: the trace of a frame shows its arguments.
func (t *turn) waitsForItself() bool {
	stack := make([]byte, 64<<10)
	stack = stack[:runtime.Stack(stack, false)]
	return bytes.Contains(stack, fmt.Appendf(nil, "(*turn).call(%p", t))
}
