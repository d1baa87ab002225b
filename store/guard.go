//go:build !js

package store

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// guard runs a call into bbolt and turns a panic into an error. bbolt panics on
// some damaged files, and reads through a memory map: a file that was cut off
// under it, or a device that cannot read a page, is a fault of the whole process
// unless the goroutine asks for a panic instead.
//
// The setting is the goroutine's own and is put back, so that a caller's faults
// stay what they were. What bbolt had locked at a panic can stay locked, so a
// store takes no more writes after one.
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

// panicError tells a panic apart from damage that was found by checking.
type panicError struct{ damage *CorruptError }

func (e *panicError) Error() string { return e.damage.Error() }

func (e *panicError) Unwrap() error { return e.damage }

func panicked(err error) bool { return errors.As(err, new(*panicError)) }
