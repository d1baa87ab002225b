package store

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Backup writes a copy of the file as of the last write that was confirmed, and
// returns how many bytes it wrote. The copy is a store of its own; writes go on
// meanwhile and do not show in it. It ends when the context does. It contains the file's free pages, and is not
// checked: to be sure of it, open it and call Verify.
//
// The pages of the copied version are kept while it is under way, so the file can
// grow; on Windows and on 32-bit systems a write that makes it outgrow bbolt's memory
// map waits. Close waits for it.
func (s *Store) Backup(ctx context.Context, w io.Writer) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	v, err := s.begin()
	if err != nil {
		return 0, err
	}
	defer v.end()
	target := &backupTarget{ctx: ctx, w: w}
	var n int64
	// Reads the file, not the memory map; w is the caller's, so no guard.
	n, err = v.tx.WriteTo(target)
	switch {
	case err == nil:
		return n, nil
	case target.err != nil:
		return n, fmt.Errorf("store: writing the copy of %s: %w", s.path, target.err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return n, &CorruptError{Where: "size of the file", Want: fmt.Sprintf("at least %d bytes", v.head.bytes()), Got: "fewer: it was cut off"}
	}
	return n, fmt.Errorf("store: reading %s for a copy: %w", s.path, err)
}

// backupTarget remembers the error of the caller's writer or context, which bbolt
// hides in a text.
type backupTarget struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (t *backupTarget) Write(b []byte) (int, error) {
	if t.err = t.ctx.Err(); t.err != nil {
		return 0, t.err
	}
	n, err := t.w.Write(b)
	if err != nil {
		t.err = err
	}
	return n, err
}
