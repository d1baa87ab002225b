package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// HealthPath is where Serve tells, to anyone, whether it takes requests.
const HealthPath = "/healthz"

// Limits of Serve unless ServeOptions say otherwise.
const (
	DefaultReadHeaderTimeout = 5 * time.Second
	DefaultReadTimeout       = 15 * time.Second
	DefaultWriteTimeout      = 30 * time.Second
	DefaultIdleTimeout       = 2 * time.Minute
	DefaultDrainTimeout      = 10 * time.Second
	DefaultMaxHeaderBytes    = 256 << 10
)

// ServeOptions bound what one client can take of a server. A zero field means
// its default.
type ServeOptions struct {
	// ReadHeaderTimeout and ReadTimeout bound how long a client may take to send
	// its header and its whole request; WriteTimeout, from the end of the header,
	// how long the answer may take; IdleTimeout how long a connection may wait
	// for its next request.
	ReadHeaderTimeout, ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	// DrainTimeout bounds how long requests may go on after the end was asked for.
	DrainTimeout time.Duration
	// MaxHeaderBytes bounds the request line and the headers together; more is
	// answered with 431. net/http adds 4 KiB to it.
	MaxHeaderBytes int
	// Logger receives the start and end of serving and the faults of
	// connections; nil means slog.Default().
	Logger *slog.Logger
}

// withDefaults fills in the defaults, or lists every fault in one error.
func (o *ServeOptions) withDefaults() (ServeOptions, error) {
	var out ServeOptions
	if o != nil {
		out = *o
	}
	var faults []error
	for _, d := range []struct {
		name    string
		value   *time.Duration
		byUsual time.Duration
	}{
		{"ReadHeaderTimeout", &out.ReadHeaderTimeout, DefaultReadHeaderTimeout},
		{"ReadTimeout", &out.ReadTimeout, DefaultReadTimeout},
		{"WriteTimeout", &out.WriteTimeout, DefaultWriteTimeout},
		{"IdleTimeout", &out.IdleTimeout, DefaultIdleTimeout},
		{"DrainTimeout", &out.DrainTimeout, DefaultDrainTimeout},
	} {
		if *d.value < 0 {
			faults = append(faults, fmt.Errorf("httpapi: %s %v: must not be negative", d.name, *d.value))
		}
		if *d.value == 0 {
			*d.value = d.byUsual
		}
	}
	if out.MaxHeaderBytes < 0 {
		faults = append(faults, fmt.Errorf("httpapi: MaxHeaderBytes %d: must not be negative", out.MaxHeaderBytes))
	}
	if out.MaxHeaderBytes == 0 {
		out.MaxHeaderBytes = DefaultMaxHeaderBytes
	}
	if out.Logger == nil {
		out.Logger = slog.Default()
	}
	return out, errors.Join(faults...)
}

// Serve answers requests that arrive on l with h until ctx ends, then drains: it
// takes no more connections, lets running requests finish, and returns nil; or,
// if they take longer than DrainTimeout, cuts them off and returns an error that
// wraps context.DeadlineExceeded. It closes l in any case. The context of a
// request does not end with ctx, only with its client or its connection. Event
// streams end at once; see ContextWithDrain.
//
// Serve adds GET /healthz, which anyone may ask: 200 {"status":"ok"}, and 503
// {"status":"draining"} on connections that are still open while it drains.
func Serve(ctx context.Context, l net.Listener, h http.Handler, opts *ServeOptions) error {
	o, err := opts.withDefaults()
	if h == nil {
		err = errors.Join(errors.New("httpapi: the handler is nil"), err)
	}
	if err != nil {
		_ = l.Close()
		return err
	}
	var health healthHandler
	health.next = h
	srv := &http.Server{
		Handler:           &health,
		ReadHeaderTimeout: o.ReadHeaderTimeout,
		ReadTimeout:       o.ReadTimeout,
		WriteTimeout:      o.WriteTimeout,
		IdleTimeout:       o.IdleTimeout,
		MaxHeaderBytes:    o.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ContextWithDrain(context.Background(), ctx) },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	o.Logger.Info("serving", slog.String("addr", l.Addr().String()))

	select {
	case err := <-served: // the listener failed
		_ = srv.Close()
		return fmt.Errorf("httpapi: serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	health.draining.Store(true)
	o.Logger.Info("draining", slog.Duration("timeout", o.DrainTimeout))
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.DrainTimeout)
	defer cancel()
	err = srv.Shutdown(end)
	if err != nil {
		_ = srv.Close()
		err = fmt.Errorf("httpapi: requests were still running %v after the end was asked for: %w", o.DrainTimeout, err)
	}
	<-served
	o.Logger.Info("stopped")
	return err
}

// ContextWithDrain returns a context for http.Server.BaseContext that lets event
// streams end when drain does, while all other requests finish. Serve does this by
// itself; with a server of your own, Shutdown would wait until its deadline for streams
// that never end.
func ContextWithDrain(parent, drain context.Context) context.Context {
	return context.WithValue(parent, drainKey{}, drain)
}

// drainKey is the key of the context that ends when a server begins to drain.
type drainKey struct{}

// healthHandler answers for the server's health before anything else is asked.
type healthHandler struct {
	draining atomic.Bool
	next     http.Handler
}

func (h *healthHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != HealthPath {
		h.next.ServeHTTP(w, r)
		return
	}
	x := &exchange{w: w, r: r}
	keepApart(x.Header())
	x.Header().Set("Cache-Control", "no-store")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		x.Header().Set("Allow", "GET, HEAD")
		_ = x.detail(http.StatusMethodNotAllowed, "Method Not Allowed")
	case h.draining.Load():
		_ = x.body(http.StatusServiceUnavailable, []byte("{\"status\":\"draining\"}\n"))
	default:
		_ = x.body(http.StatusOK, []byte("{\"status\":\"ok\"}\n"))
	}
}
