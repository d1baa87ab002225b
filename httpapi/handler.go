package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sessiondex/sessiondex"
)

// Paths below Options.BasePath.
const (
	sessionsPath = "/api/v0/sessions"
	facetsPath   = "/api/v0/session-facets"
	eventsPath   = "/api/v0/session-events"
	openAPIPath  = "/openapi.json"
)

// NewHandler returns a handler that answers from r, usually an
// *sessiondex.Engine or a *sessiondex.Snapshot. It refuses options under which
// nobody or, unless Options.AllowAnonymous asks for it, everybody would be let
// in, and lists every fault of the options in one error.
//
// The handler is safe for concurrent use, as r must be, and never closes r. It
// keeps no reference to opts.
func NewHandler(r sessiondex.Reader, opts *Options) (http.Handler, error) {
	if opts == nil {
		opts = &Options{}
	}
	err := opts.Validate()
	if r == nil {
		err = errors.Join(errors.New("httpapi: the reader is nil"), err)
	}
	if err != nil {
		return nil, err
	}
	h := &handler{
		reader:        r,
		authenticate:  opts.authenticator(),
		base:          opts.BasePath,
		strict:        opts.Strict,
		asStored:      opts.AsStored,
		maxQueryBytes: cmp.Or(opts.MaxQueryBytes, DefaultMaxQueryBytes),
		maxStreams:    int64(cmp.Or(opts.MaxStreams, DefaultMaxStreams)),
		requests:      opts.Logger,
		failures:      opts.Logger,
		seed:          maphash.MakeSeed(),
	}
	if _, ok := r.(snapshotter); ok {
		h.snapshots = newSnapshots(cmp.Or(opts.MaxSnapshots, DefaultMaxSnapshots), cmp.Or(opts.SnapshotLifetime, DefaultSnapshotLifetime))
	}
	if h.requests == nil {
		h.requests = slog.New(slog.DiscardHandler)
		h.failures = slog.Default()
	}
	document := OpenAPI(opts)
	h.routes = map[string]route{
		h.base + sessionsPath: {serve: h.list},
		h.base + facetsPath:   {serve: h.facets},
		h.base + openAPIPath: {public: true, serve: func(x *exchange) error {
			return x.body(http.StatusOK, document)
		}},
	}
	if w, ok := r.(watcher); ok {
		h.routes[h.base+eventsPath] = route{serve: func(x *exchange) error { return h.events(x, w) }}
	}
	return h, nil
}

// handler routes by hand, since http.ServeMux redirects paths and answers in
// plain text, where the contract has neither.
type handler struct {
	reader        sessiondex.Reader
	authenticate  func(*http.Request) (Principal, error)
	base          string
	strict        bool
	asStored      bool
	maxQueryBytes int
	requests      *slog.Logger // one record for each request
	failures      *slog.Logger // panics and errors of the reader
	seed          maphash.Seed // of entity tags
	snapshots     *snapshots   // nil: the reader has none
	maxStreams    int64
	streams       atomic.Int64 // open event streams

	routes map[string]route // by escaped path
}

// route is what answers one path. Its serve returns an error in place of an
// answer, never after one; see exchange.fail.
type route struct {
	public bool // answered without authentication
	serve  func(*exchange) error
}

// route finds what answers an escaped path. Everything but the session paths is
// in the table.
func (h *handler) route(path string) (route, bool) {
	if rt, ok := h.routes[path]; ok {
		return rt, true
	}
	id, ok := strings.CutPrefix(path, h.base)
	if ok {
		id, ok = strings.CutPrefix(id, sessionsPath+"/")
	}
	if !ok || strings.Contains(id, "/") {
		return route{}, false
	}
	return route{serve: func(x *exchange) error { return h.get(x, id) }}, true
}

// ServeHTTP answers one request, whatever happens.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{w: w, r: r, rows: -1, asStored: h.asStored}
	start := time.Now()
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			h.failures.LogAttrs(r.Context(), slog.LevelError, "panic",
				slog.String("method", r.Method), slog.String("path", loggedPath(r)),
				slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			if x.status == 0 {
				x.clear()
				_ = x.detail(http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError))
				p = nil
			} else {
				p = http.ErrAbortHandler // the client must not take what it has for the whole
			}
		}
		h.log(x, time.Since(start))
		if p != nil {
			panic(p)
		}
	}()
	if err := h.serve(x); err != nil {
		h.fail(x, err)
	}
}

// serve checks what is common to all requests, in the contract's order: path,
// method, credentials; the parameters come last.
func (h *handler) serve(x *exchange) error {
	header := x.Header()
	header.Add("Vary", "Accept-Encoding, Authorization, X-API-KEY")
	rt, ok := h.route(x.r.URL.EscapedPath())
	if !ok {
		return x.detail(http.StatusNotFound, "Not Found")
	}
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		return x.detail(http.StatusMethodNotAllowed, "Method Not Allowed")
	}
	if rt.public {
		return rt.serve(x)
	}
	header.Set("Cache-Control", "private, no-cache")
	var err error
	if x.principal, err = h.authenticate(x.r); err != nil {
		if errors.Is(err, ErrAuthUnavailable) {
			return err
		}
		header.Set("WWW-Authenticate", "Bearer")
		return x.detail(http.StatusUnauthorized, "Missing or invalid credentials")
	}
	return rt.serve(x)
}

// fail answers a request that a route gave up.
func (h *handler) fail(x *exchange, err error) {
	x.clear()
	if errors.Is(x.r.Context().Err(), context.Canceled) {
		// Usually nobody is there to read this any more. If the cancelling was
		// done by some middleware, somebody is.
		_ = x.detail(http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable))
		x.status = statusClientGone
		return
	}
	status, detail := http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError)
	if errors.Is(err, ErrAuthUnavailable) || errors.Is(err, sessiondex.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		status, detail = http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)
	}
	h.failures.LogAttrs(x.r.Context(), slog.LevelError, "request failed",
		slog.String("method", x.r.Method), slog.String("path", loggedPath(x.r)),
		slog.Int("status", status), slog.String("error", err.Error()))
	_ = x.detail(status, detail)
}

// statusClientGone is logged, never sent: the request was cancelled before its
// answer.
const statusClientGone = 499

func (h *handler) log(x *exchange, took time.Duration) {
	attrs := [...]slog.Attr{
		slog.String("method", x.r.Method), slog.String("path", loggedPath(x.r)),
		slog.Int("status", x.status), slog.Duration("duration", took), slog.Int("rows", x.rows),
	}
	n := len(attrs)
	if x.rows < 0 { // not a request for sessions
		n--
	}
	h.requests.LogAttrs(x.r.Context(), slog.LevelInfo, "request", attrs[:n]...)
}

// loggedPath is the path as it was sent, cut, and without the query.
func loggedPath(r *http.Request) string {
	path := r.URL.EscapedPath()
	return path[:min(len(path), 256)]
}

// get answers GET /api/v0/sessions/{id}; id is still escaped.
func (h *handler) get(x *exchange, id string) error {
	x.rows = 0
	// net/http refuses a request whose path does not unescape, so an error here
	// comes from a request that was made by hand: no session has such an id.
	id, err := url.PathUnescape(id)
	if err != nil {
		return x.detail(http.StatusNotFound, "Session not found")
	}
	view, tag := h.view(x)
	s, err := view.Get(x.r.Context(), id)
	switch {
	case errors.Is(err, sessiondex.ErrNotFound) || err == nil && !inScope(&x.principal.Scope, &s):
		return x.detail(http.StatusNotFound, "Session not found")
	case err != nil:
		return err
	}
	if x.notModified(tag, true) {
		return nil
	}
	x.rows = 1
	return x.session(&s)
}
