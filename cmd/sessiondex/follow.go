package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// followSilence is how long a server may be silent; it shows that it is alive every
// 15 seconds.
const followSilence = 45 * time.Second

// follower prints the changes to a page, from one connection after the other.
type follower struct {
	config *listConfig
	query  query.Query
	std    stdio

	begun  bool          // something was printed
	lastID string        // to resume from
	retry  time.Duration // what the server wants to be left alone for
	rows   []sessiondex.Session
	total  int
	offset int
}

// followServer prints the page, then a line for each event, until ctx ends, which
// is no failure. A connection that is lost is made again, and so is one to a server
// that restarts; only what fails at once is a failure.
func (c *listConfig) followServer(ctx context.Context, s *server, q query.Query, std stdio) error {
	f := &follower{config: c, query: q, std: std, retry: 2 * time.Second, offset: q.Offset}
	for {
		connected, err := f.connection(ctx, s)
		switch {
		case ctx.Err() != nil:
			return nil
		case !connected && !f.begun || !passing(err):
			return err
		}
		fmt.Fprintf(std.err, "sessiondex list: %s; trying again in %v\n", oneLine(err.Error()), f.retry)
		select {
		case <-time.After(f.retry):
		case <-ctx.Done():
			return nil
		}
	}
}

// connection reads one stream to its end, which is always an error.
func (f *follower) connection(ctx context.Context, s *server) (connected bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(followSilence, func() { cancel(fmt.Errorf("nothing heard for %v", followSilence)) })
	defer silence.Stop()
	var resume []string
	if f.lastID != "" {
		resume = []string{"Last-Event-ID", f.lastID}
	}
	res, err := s.ask(ctx, "/api/v0/session-events", f.query.Values(), resume...)
	if err = lacking(err, "live events", "list without --follow"); err == nil {
		connected = true
		err = f.read(res.Body, func() { silence.Reset(followSilence) })
		_ = res.Body.Close()
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return connected, err
}

// errStreamEnded is the end that a server makes.
var errStreamEnded = errors.New("the server ended the stream")

// read reads a stream of server-sent events and handles those that are whole.
func (f *follower) read(r io.Reader, heard func()) error {
	lines := bufio.NewReader(r)
	var id string
	var data []byte
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				return errStreamEnded
			}
			return err
		}
		heard()
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			if len(data) > 0 {
				if err := f.event(data); err != nil {
					return err
				}
			}
			// Only now: the id is of an event that is done.
			if id != "" {
				f.lastID = id
			}
			id, data = "", nil
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "id":
			id = string(value)
		case "data":
			data = append(data, value...)
		case "retry":
			if ms, err := strconv.Atoi(string(value)); err == nil && ms >= 0 {
				f.retry = min(time.Duration(ms)*time.Millisecond, time.Minute)
			}
		}
	}
}

// event prints one event, and keeps the page as it is after it: an event names the
// session that left by its id only.
func (f *follower) event(data []byte) error {
	ev := sessiondex.Event{OldRank: -1, NewRank: -1}
	if err := json.Unmarshal(data, &ev); err != nil {
		return fmt.Errorf("an event of the server: %w", err)
	}
	old, now := ev.OldRank, ev.NewRank
	rows := len(f.rows)
	if ok := map[sessiondex.EventKind]bool{
		sessiondex.Resync:       ev.Page != nil,
		sessiondex.Entered:      now >= 0 && now <= rows,
		sessiondex.Left:         old >= 0 && old < rows,
		sessiondex.Moved:        old >= 0 && old < rows && now >= 0 && now < rows,
		sessiondex.Changed:      now >= 0 && now < rows,
		sessiondex.TotalChanged: true,
	}[ev.Kind]; !ok {
		f.lastID = "" // begin again with the whole page
		return fmt.Errorf("an event of the server does not fit: %q from %d to %d of %d rows", ev.Kind, old, now, rows)
	}
	out := bufio.NewWriter(f.config.writer(f.std.out))
	switch {
	case f.config.format == "jsonl":
		out.Write(append(bytes.Clone(data), '\n'))
	case ev.Kind == sessiondex.Resync:
		f.config.table.print(out, ev.Page, query.Hidden{}, "", time.Now())
	default:
		fmt.Fprintln(out, f.line(&ev, time.Now()))
	}
	f.rows, f.total, f.begun = ev.Apply(f.rows), ev.Total, true
	return out.Flush()
}

// line tells what happened in one line, such as
//
//	15:04:05  moved    #7 → #1 of 64  1f0c9a2b  Weekly report  (completed, web)
//
// Places are counted from 1, from the top of the whole listing.
func (f *follower) line(ev *sessiondex.Event, now time.Time) string {
	place := func(rank int) string { return "#" + thousands(f.offset+rank+1) }
	s := ev.Session
	var where string
	switch ev.Kind {
	case sessiondex.TotalChanged:
		return fmt.Sprintf("%s  %-7s  %s → %s", now.Format(time.TimeOnly), ev.Kind, thousands(f.total), counted(ev.Total, "session"))
	case sessiondex.Left:
		s, where = f.rows[ev.OldRank], place(ev.OldRank)
	case sessiondex.Moved:
		where = place(ev.OldRank) + " → " + place(ev.NewRank)
	default:
		where = place(ev.NewRank)
	}
	title := oneLine(s.Title)
	if title == "" {
		title = "(untitled)"
	}
	var facts []string
	for _, fact := range []string{s.State, s.SourceChannel} {
		if fact = oneLine(fact); fact != "" {
			facts = append(facts, fact)
		}
	}
	head := fmt.Sprintf("%s  %-7s  %s of %s  %s  ", now.Format(time.TimeOnly), ev.Kind, where, thousands(ev.Total), cutCells(oneLine(s.ID), 12))
	tail := ""
	if len(facts) > 0 {
		tail = "  (" + strings.Join(facts, ", ") + ")"
	}
	return head + cutCells(title, max(f.config.table.width-cells(head)-cells(tail), 10)) + tail
}
