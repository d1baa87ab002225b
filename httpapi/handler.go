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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
)

// Paths below Options.BasePath.
const (
	sessionsPath = "/api/v0/sessions"
	facetsPath   = "/api/v0/session-facets"
	eventsPath   = "/api/v0/session-events"
	viewPath     = "/api/v0/session-view"
	whyPath      = "/api/v0/session-why"
	exportPath   = "/api/v0/session-export"
	openAPIPath  = "/openapi.json"
	docsPath     = "/docs"
)

// NewHandler returns a handler that answers from r, usually an
// *sessiondex.Engine or a *sessiondex.Snapshot. It refuses options that would let in
// no one, and those that would let in everyone unless Options.AllowAnonymous says so.
// Every fault of the options is listed in one error.
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
		source:        newSource(r),
		authenticate:  opts.authenticator(),
		base:          opts.BasePath,
		strict:        opts.Strict,
		asStored:      opts.AsStored,
		maxQueryBytes: cmp.Or(opts.MaxQueryBytes, DefaultMaxQueryBytes),
		hosts:         newHosts(opts),
		deadline:      cmp.Or(opts.Deadline, DefaultDeadline),
		streams:       newStreamQuota(opts),
		writer:        opts.Writer,
		maxBody:       int64(cmp.Or(opts.MaxBodyBytes, DefaultMaxBodyBytes)),
		maxBatch:      cmp.Or(opts.MaxBatch, DefaultMaxBatch),
		origins:       slices.Clone(opts.AllowedOrigins),
		logins:        opts.Login,
		requests:      opts.Logger,
		failures:      opts.Logger,
		seed:          maphash.MakeSeed(),
		seal:          newSeal(),
	}
	if h.source.pinner != nil {
		h.snapshots = newSnapshots(cmp.Or(opts.MaxSnapshots, DefaultMaxSnapshots), cmp.Or(opts.SnapshotLifetime, DefaultSnapshotLifetime))
	}
	if h.requests == nil {
		h.requests = slog.New(slog.DiscardHandler)
		h.failures = slog.Default()
	}
	for _, origin := range h.origins {
		if err := h.crossOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, err // Validate has asked it already
		}
	}
	document := OpenAPI(r.Schema(), opts)
	h.routes = map[string]route{
		h.base + sessionsPath: {serve: h.list, writes: h.writes(map[string]func(*exchange) error{http.MethodPost: h.insert})},
		h.base + facetsPath:   {serve: h.facets},
		h.base + viewPath:     {serve: h.view},
		h.base + whyPath:      {serve: h.why},
		h.base + eventsPath:   {serve: h.events, endless: true},
		h.base + exportPath:   {serve: h.export, endless: true},
		h.base + openAPIPath: {public: true, serve: func(x *exchange) error {
			return x.body(http.StatusOK, document)
		}},
		h.base + docsPath: {public: true, serve: docs(document)},
	}
	if h.logins {
		h.routes[h.base+loginPath] = route{public: true, writes: map[string]func(*exchange) error{http.MethodPost: h.login}}
		h.routes[h.base+logoutPath] = route{public: true, writes: map[string]func(*exchange) error{http.MethodPost: h.logout}}
	}
	return h, nil
}

// writes returns the methods that write, none where sessions can only be read.
func (h *handler) writes(methods map[string]func(*exchange) error) map[string]func(*exchange) error {
	if h.writer == nil {
		return nil
	}
	return methods
}

// handler routes by hand, since http.ServeMux redirects paths and answers in
// plain text, where the contract has neither.
type handler struct {
	source        source
	authenticate  func(*http.Request) (Principal, error)
	base          string
	strict        bool
	asStored      bool
	maxQueryBytes int
	requests      *slog.Logger // one record for each request
	failures      *slog.Logger // panics and errors of the reader
	seed          maphash.Seed // of entity tags
	seal          *seal        // of tokens
	snapshots     *snapshots   // nil: the reader has none
	hosts         hosts
	deadline      time.Duration
	streams       *streamQuota
	writer        Writer // nil: sessions can only be read
	maxBody       int64
	maxBatch      int
	origins       []string // whose pages may read and write
	crossOrigin   http.CrossOriginProtection
	logins        bool

	routes map[string]route // by escaped path
}

// route is what answers one path. Its serve returns an error in place of an
// answer, never after one; see exchange.fail.
type route struct {
	public  bool                             // answered without authentication
	endless bool                             // once begun, goes on beyond the deadline
	serve   func(*exchange) error            // GET and HEAD; nil: neither
	writes  map[string]func(*exchange) error // by method
}

// methods returns the methods that the route answers, as the Allow header has them.
func (rt *route) methods() string {
	var methods []string
	if rt.serve != nil {
		methods = append(methods, http.MethodGet, http.MethodHead)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if rt.writes[method] != nil {
			methods = append(methods, method)
		}
	}
	return strings.Join(methods, ", ")
}

// find returns what answers the method, nil if nothing does.
func (rt *route) find(method string) func(*exchange) error {
	if method == http.MethodGet || method == http.MethodHead {
		return rt.serve
	}
	return rt.writes[method]
}

// route finds what answers an escaped path, with or without a slash behind it: a redirect
// would lose the body of a write. Everything but the session paths is in the table.
func (h *handler) route(path string) (route, bool) {
	path = strings.TrimSuffix(path, "/")
	if rt, ok := h.routes[path]; ok {
		return rt, true
	}
	id, ok := strings.CutPrefix(path, h.base)
	if ok {
		id, ok = strings.CutPrefix(id, sessionsPath+"/")
	}
	if !ok {
		return route{}, false
	}
	id, action, more := strings.Cut(id, "/")
	// net/http refuses a request whose path does not unescape, so an error here comes from
	// a request that was made by hand: no session has such an id.
	id, err := url.PathUnescape(id)
	if err != nil {
		return route{}, false
	}
	type methods = map[string]func(*exchange) error
	switch {
	case !more:
		return route{serve: func(x *exchange) error { return h.get(x, id) }, writes: h.writes(methods{
			http.MethodPut:    func(x *exchange) error { return h.put(x, id) },
			http.MethodPatch:  func(x *exchange) error { return h.patch(x, id) },
			http.MethodDelete: func(x *exchange) error { return h.remove(x, id) },
		})}, true
	case action == "download":
		return route{serve: func(x *exchange) error {
			return x.detail(http.StatusNotImplemented, "The messages of sessions are not kept here")
		}}, true
	case h.writer != nil && (action == "read" || action == "unread"):
		return route{writes: methods{
			http.MethodPost: func(x *exchange) error { return h.mark(x, id, action == "unread") },
		}}, true
	}
	return route{}, false
}

// ServeHTTP answers one request, whatever happens.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{w: w, r: r, idHeader: [1]string{requestID(r.Header)}, rows: -1, asStored: h.asStored, seed: h.seed, cancel: func() {}}
	x.Header()[requestIDHeader] = x.idHeader[:]
	start := time.Now()
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			h.failures.LogAttrs(r.Context(), slog.LevelError, "panic",
				x.logged(slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))...)
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
	defer func() { x.cancel() }()
	if err := h.serve(x); err != nil {
		h.fail(x, err)
	}
}

// serve checks what is common to all requests, in the contract's order: path,
// method, credentials; the parameters come last.
func (h *handler) serve(x *exchange) error {
	header := x.Header()
	vary := "Accept-Encoding, Authorization, X-API-KEY"
	if h.logins {
		vary += ", Cookie"
	}
	header.Add("Vary", vary)
	keepApart(header)
	if !h.hosts.allow(x.r) {
		return x.detail(http.StatusMisdirectedRequest, "This server does not answer for the host "+strconv.Quote(x.r.Host))
	}
	if h.shareWith(x) {
		return nil
	}
	rt, ok := h.route(x.r.URL.EscapedPath())
	if !ok {
		return x.detail(http.StatusNotFound, "Not Found")
	}
	answer := rt.find(x.r.Method)
	if answer == nil {
		header.Set("Allow", rt.methods())
		return x.detail(http.StatusMethodNotAllowed, "Method Not Allowed")
	}
	if err := h.crossOrigin.Check(x.r); err != nil {
		return x.detail(http.StatusForbidden, "A page of another origin may not do this")
	}
	x.limit(h.deadline, rt.endless)
	if rt.public {
		return answer(x)
	}
	header.Set("Cache-Control", "private, no-cache")
	var err error
	if x.principal, err = h.authenticate(h.loggedIn(x.r)); err != nil {
		return h.unauthorized(x, err)
	}
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead && !x.principal.Write {
		return x.detail(http.StatusForbidden, "These credentials may not write")
	}
	return answer(x)
}

// fail answers a request that a route gave up.
func (h *handler) fail(x *exchange, err error) {
	x.clear()
	late := errors.Is(err, context.DeadlineExceeded) || errors.Is(context.Cause(x.r.Context()), context.DeadlineExceeded)
	if errors.Is(x.r.Context().Err(), context.Canceled) && !late {
		// The client has usually gone. If middleware cancelled the request, it has not,
		// and reads this.
		_ = x.detail(http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable))
		x.status = statusClientGone
		return
	}
	status, detail := http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError)
	switch {
	case late:
		status, detail = http.StatusServiceUnavailable, fmt.Sprintf("The request took longer than %v", h.deadline)
	case errors.Is(err, ErrAuthUnavailable), errors.Is(err, ErrUnavailable), errors.Is(err, sessiondex.ErrClosed):
		status, detail = http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)
	}
	x.untagged()
	_ = x.detail(status, detail)
	h.failed(x, err)
}

// failed logs why a request failed.
func (h *handler) failed(x *exchange, err error) {
	h.failures.LogAttrs(x.r.Context(), slog.LevelError, "request failed",
		x.logged(slog.Int("status", x.status), slog.String("error", err.Error()))...)
}

// statusClientGone is logged, never sent: the request was cancelled before its
// answer.
const statusClientGone = 499

func (h *handler) log(x *exchange, took time.Duration) {
	ctx := x.r.Context()
	if !h.requests.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := x.logged(slog.Int("status", x.status), slog.Duration("duration", took))
	if x.rows >= 0 { // a request for sessions
		attrs = append(attrs, slog.Int("rows", x.rows))
	}
	h.requests.LogAttrs(ctx, slog.LevelInfo, "request", attrs...)
}

// get answers GET /api/v0/sessions/{id}.
func (h *handler) get(x *exchange, id string) error {
	x.rows = 0
	s, err := h.source.getInScope(x.r.Context(), id, &x.principal.Scope)
	switch {
	case errors.Is(err, sessiondex.ErrNotFound):
		return x.detail(http.StatusNotFound, "Session not found")
	case err != nil:
		return err
	}
	x.tagged(sessionTag(&s))
	if x.notModified(true) {
		return nil
	}
	x.rows = 1
	return x.session(http.StatusOK, &s)
}
