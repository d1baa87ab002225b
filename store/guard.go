//go:build !js

package store

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// guard runs a call into bbolt and turns a panic into an error. bbolt panics on some
// damaged files, and it reads through a memory map: a file truncated by another
// process, or a page that the device cannot read, would crash the whole process unless
// the goroutine asks for a panic instead.
//
// The setting belongs to the goroutine and is restored, so that faults of the caller
// behave as before. bbolt may leave its locks held after a panic, so a store takes no
// more writes after one.
func guard(what string, fn func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			err = &panicError{&CorruptError{Where: what, Got: fmt.Sprint(p)}}
		}
	}()
	return fn()
}

// panicError distinguishes a panic from damage that a check found.
type panicError struct{ damage *CorruptError }

func (e *panicError) Error() string { return e.damage.Error() }

func (e *panicError) Unwrap() error { return e.damage }

func panicked(err error) bool { return errors.As(err, new(*panicError)) }
