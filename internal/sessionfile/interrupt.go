package sessionfile

import (
	"context"
	"io"
)

// Interruptible returns a reader of r whose Read returns the cause of ctx as soon as
// ctx ends, even while a Read of r blocks; that Read then continues in the background.
// End ctx when the reader is no longer needed.
func Interruptible(ctx context.Context, r io.Reader) io.Reader {
	i := &interruptible{ctx: ctx, full: make(chan chunk), free: make(chan []byte, 2)}
	for range cap(i.free) {
		i.free <- make([]byte, 64<<10)
	}
	go i.fill(r)
	return i
}

type interruptible struct {
	ctx  context.Context
	full chan chunk
	free chan []byte
	// rest is the part of buf that has not been returned yet, and err follows it.
	buf, rest []byte
	err       error
}

type chunk struct {
	buf []byte
	n   int
	err error
}

func (i *interruptible) fill(r io.Reader) {
	for {
		select {
		case buf := <-i.free:
			n, err := r.Read(buf)
			select {
			case i.full <- chunk{buf, n, err}:
				if err != nil {
					return
				}
			case <-i.ctx.Done():
				return
			}
		case <-i.ctx.Done():
			return
		}
	}
}

func (i *interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	if len(i.rest) == 0 && i.err == nil {
		if i.buf != nil {
			i.free <- i.buf // never blocks: the channel has room for every buffer
		}
		select {
		case c := <-i.full:
			i.buf, i.rest, i.err = c.buf, c.buf[:c.n], c.err
		case <-i.ctx.Done():
			return 0, context.Cause(i.ctx)
		}
	}
	n := copy(p, i.rest)
	if i.rest = i.rest[n:]; len(i.rest) > 0 {
		return n, nil
	}
	return n, i.err
}
