package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/sessiondex/sessiondex"
)

// tailer takes the lines that are appended to a file as they come. A file that was
// replaced or cut short is read again from its beginning; the sessions that came from
// it before stay.
type tailer struct {
	path   string
	engine *sessiondex.Engine
	log    *slog.Logger

	file   *os.File
	offset int64  // of what was taken
	part   []byte // of a line whose end is still to come
	gone   bool   // it was said that the file is not there
}

// tailInterval is how often the file is looked at.
const tailInterval = 250 * time.Millisecond

// run takes lines until the context ends.
func (t *tailer) run(ctx context.Context) {
	tick := time.NewTicker(tailInterval)
	defer tick.Stop()
	defer t.close()
	for {
		if err := t.step(ctx); err != nil && ctx.Err() == nil {
			t.log.Error("following the file failed; it is tried again", slog.String("file", t.path), slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// step takes all whole lines that are there.
func (t *tailer) step(ctx context.Context) error {
	if err := t.open(); err != nil || t.file == nil {
		return err
	}
	const most = 8 << 20 // at a time, so that a long file is taken in pieces
	for ctx.Err() == nil {
		begin := len(t.part)
		t.part = append(t.part, make([]byte, 64<<10)...)
		n, err := t.file.Read(t.part[begin:])
		t.part = t.part[:begin+n]
		t.offset += int64(n)
		if err != nil && err != io.EOF {
			return err
		}
		if end := err == io.EOF; end || len(t.part) >= most {
			if err := t.take(ctx); err != nil || end {
				return err
			}
		}
	}
	return nil
}

// take puts the sessions of the whole lines in part.
func (t *tailer) take(ctx context.Context) error {
	whole := bytes.LastIndexByte(t.part, '\n') + 1
	if whole == 0 && len(t.part) <= sessiondex.MaxLineBytes {
		return nil
	}
	text := t.part[:whole]
	if whole == 0 {
		text = t.part // a line that is too long: it is named, and left out
	}
	var sessions []sessiondex.Session
	places := make(map[string]int)
	for line, err := range sessiondex.ScanJSONL(bytes.NewReader(text)) {
		if err == nil {
			err = line.Session.Validate()
		}
		if err != nil {
			t.log.Warn("a line is left out", slog.String("file", t.path), slog.Int64("before_byte", t.offset), slog.String("reason", oneLine(err.Error())))
			continue
		}
		if at, ok := places[line.Session.ID]; ok {
			sessions[at] = line.Session
			continue
		}
		places[line.Session.ID] = len(sessions)
		sessions = append(sessions, line.Session)
	}
	if err := t.engine.Put(ctx, sessions...); err != nil {
		return err // the lines stay in part
	}
	t.part = append(t.part[:0], t.part[len(text):]...)
	return nil
}

// open makes sure that the file at the path is the one that is read, if there is one.
func (t *tailer) open() error {
	now, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		if !t.gone {
			t.log.Warn("the file to follow is not there; it is waited for", slog.String("file", t.path))
		}
		t.gone = true
		return nil // what is open is read to its end
	}
	if err != nil {
		return err
	}
	t.gone = false
	if !now.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", t.path)
	}
	if t.file != nil {
		held, err := t.file.Stat()
		if err == nil && os.SameFile(held, now) && now.Size() >= t.offset {
			return nil
		}
		if err == nil && !os.SameFile(held, now) && held.Size() > t.offset {
			return nil // the one that was replaced has more
		}
		t.log.Info("the file is another one now, or was cut short; it is read from its beginning", slog.String("file", t.path))
	}
	t.close()
	t.file, err = os.Open(t.path)
	return err
}

func (t *tailer) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
	t.file, t.offset, t.part = nil, 0, nil
}
