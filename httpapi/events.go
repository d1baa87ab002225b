package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

const (
	// heartbeat is the longest silence on a stream. Proxies take a longer one for
	// the end, and only by writing is it found that a client has gone.
	heartbeat = 15 * time.Second
	// eventWriteTimeout is how long a client may take for one piece of an event. It
	// stands in for the server's WriteTimeout, which counts from the request.
	eventWriteTimeout = 30 * time.Second
)

// events answers GET /api/v0/session-events with a stream that goes on until the
// client leaves or the server drains.
func (h *handler) events(x *exchange) error {
	if h.source.watcher == nil {
		return x.notOffered("Watcher", "does not tell of changes")
	}
	v, ok, err := h.params(x)
	if !ok {
		return err
	}
	interval, faults := takeMinInterval(v)
	x.takeFields(v)
	q, err := h.query(x, v, faults...)
	if err != nil {
		return x.faults(err)
	}
	if q.Cursor != "" {
		return x.faults(&query.Error{Faults: []query.Fault{query.NewFault(cursorParam, "value_error",
			"Input should be empty to watch a listing: a window is given by limit and offset", q.Cursor)}})
	}
	// A stream that resumes is opened before anything is read: whether it could be
	// read has to be known by then.
	if _, err := h.source.Get(x.r.Context(), ""); err != nil && !errors.Is(err, sessiondex.ErrNotFound) {
		return err
	}
	if x.r.Method == http.MethodHead {
		x.streamHeader()
		x.WriteHeader(http.StatusOK)
		return nil
	}
	principal := x.principal.key()
	if !h.streams.open(principal) {
		x.Header().Set("Retry-After", "10")
		return x.detail(http.StatusServiceUnavailable, "Too many event streams are open")
	}
	defer h.streams.close(principal)

	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	if drain, ok := ctx.Value(drainKey{}).(context.Context); ok {
		defer context.AfterFunc(drain, cancel)()
	}
	s := &eventStream{x: x, seal: h.seal, control: http.NewResponseController(x), cancel: cancel}
	defer s.end()
	shown := x.r.Header.Get("Last-Event-ID")
	if shown != "" {
		// It may be long until something happens.
		if err := s.open(); err != nil {
			return h.streamFailed(x, err)
		}
	}
	for ev, err := range h.source.watcher.WatchListing(ctx, q, &sessiondex.WatchOptions{After: h.seal.open(shown), MinInterval: interval, Group: h.streams.group(principal)}) {
		if err == nil {
			err = s.send(&ev)
		}
		switch {
		case err == nil:
		case x.status != 0:
			return h.streamFailed(x, err)
		case ctx.Err() != nil && x.r.Context().Err() == nil: // the server drains
			return x.detail(http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable))
		default:
			return x.faults(err)
		}
	}
	return nil
}

// minIntervalParam is the shortest time between two versions that a stream tells of.
const minIntervalParam = "min_interval"

// takeMinInterval reads the parameter, such as 250ms or 2s, and removes it.
func takeMinInterval(v url.Values) (d time.Duration, faults []query.Fault) {
	text, given := take(v, minIntervalParam)
	if !given {
		return 0, nil
	}
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil || d < 0 || d > time.Hour {
		faults = append(faults, query.NewFault(minIntervalParam, "duration", "Input should be a duration from 0s to 1h, such as 250ms or 2s", text))
	}
	return d, faults
}

// streamFailed ends a stream that was opened. Nothing more can be said to the
// client; a failure that neither side asked for is logged.
func (h *handler) streamFailed(x *exchange, err error) error {
	var gone goneError
	if !errors.As(err, &gone) && !errors.Is(err, context.Canceled) && !errors.Is(err, sessiondex.ErrClosed) {
		h.failures.LogAttrs(x.r.Context(), slog.LevelError, "event stream failed", x.logged(slog.String("error", err.Error()))...)
	}
	return nil
}

// streamHeader sets the headers of an event stream.
func (x *exchange) streamHeader() {
	header := x.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would collect events until a buffer is full
}

// eventStream writes events in the form of the HTML standard, section 9.2, and a
// comment where nothing else was written for a while.
type eventStream struct {
	x       *exchange
	seal    *seal
	control *http.ResponseController
	cancel  func() // ends the watch

	mu     sync.Mutex // of the heartbeat and the events
	ended  bool
	timer  *time.Timer // of the heartbeat; nil until the stream is open
	buffer []byte
}

// goneError is a write that failed: the client's end of the stream is closed, or
// takes nothing.
type goneError struct{ error }

// open writes the header, and how long the client is to wait before it comes back
// when the stream has ended: not all at the same time, after a restart.
func (s *eventStream) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened()
}

func (s *eventStream) opened() error {
	if s.timer != nil {
		return nil
	}
	// net/http takes the end of the time to read a request for the end of its client.
	_ = s.control.SetReadDeadline(time.Time{})
	s.x.streamHeader()
	s.x.WriteHeader(http.StatusOK)
	if _, err := s.write(fmt.Appendf(nil, "retry: %d\n\n", 1000+rand.IntN(4000))); err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	s.timer = time.AfterFunc(heartbeat, s.beat)
	return nil
}

// send writes one event. The id, from which a client can resume, comes with the
// last event of a version only: a client that lost the others has half a change.
func (s *eventStream) send(ev *sessiondex.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.opened(); err != nil {
		return err
	}
	data, err := json.Marshal(eventFrame{ev.Kind, ev.ID, ev.OldRank, ev.NewRank, ev.Total, ev.Last})
	if err != nil {
		return err
	}
	buf := append(s.buffer[:0], "event: "...)
	buf = append(buf, ev.Kind...)
	if id := ev.Token(); id != "" {
		buf = s.seal.append(append(buf, "\nid: "...), id)
	}
	buf = append(append(buf, "\ndata: "...), data...)
	switch {
	case ev.Page != nil:
		buf = append(buf[:len(buf)-1], `,"page":`...)
		if _, err = s.write(buf); err == nil {
			err = s.x.pieces(ev.Page, s.write, "}\n\n")
		}
	case ev.Session.ID != "":
		buf = append(buf[:len(buf)-1], `,"session":`...)
		buf = append(s.x.appendSession(&ev.Session, buf), "}\n\n"...)
		_, err = s.write(buf)
	default:
		_, err = s.write(append(buf, "\n\n"...))
	}
	if s.buffer = buf; cap(buf) > maxEventBuffer {
		s.buffer = nil
	}
	if err != nil {
		return err
	}
	err = s.flush()
	s.timer.Reset(heartbeat)
	return err
}

// eventFrame is a [sessiondex.Event] but for its version, which counts everybody's
// writes, and for what is written behind it.
type eventFrame struct {
	Kind    sessiondex.EventKind `json:"kind"`
	ID      string               `json:"id,omitzero"`
	OldRank int                  `json:"old_rank"`
	NewRank int                  `json:"new_rank"`
	Total   int                  `json:"total"`
	Last    bool                 `json:"last"`
}

// maxEventBuffer is the capacity in bytes up to which a stream keeps its buffer:
// there may be ten thousand of them.
const maxEventBuffer = 4 << 10

// beat breaks the silence. While an event is being written there is none, and the
// next beat is due some time after that.
func (s *eventStream) beat() {
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	_, err := s.write([]byte(":\n\n"))
	if err == nil {
		err = s.flush()
	}
	if err != nil {
		s.cancel()
		return
	}
	s.timer.Reset(heartbeat)
}

// end keeps the heartbeat from writing once the request is over.
func (s *eventStream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.timer != nil {
		s.timer.Stop()
	}
}

// write gives the client its time for this piece. A server without deadlines, such
// as one in a test, has none.
func (s *eventStream) write(p []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(eventWriteTimeout))
	n, err := s.x.Write(p)
	if err != nil {
		return n, goneError{err}
	}
	return n, nil
}

// flush sends what was written. The deadline must not pass in the silence after
// it: HTTP/2 would end the stream.
func (s *eventStream) flush() error {
	err := s.control.Flush()
	_ = s.control.SetWriteDeadline(time.Time{})
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return goneError{err}
	}
	return err
}
