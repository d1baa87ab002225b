package main

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// readyPath tells, to anyone, whether the sessions are loaded.
const readyPath = "/readyz"

// loadingPatience is how long a request waits for the sessions to be loaded.
const loadingPatience = 20 * time.Second

// gate answers for a handler that is made while requests may arrive: they wait for it,
// within loadingPatience.
type gate struct {
	opened chan struct{}
	next   atomic.Pointer[http.Handler]
	// ending is done when the server is told to end.
	ending context.Context
}

func newGate(ending context.Context) *gate { return &gate{opened: make(chan struct{}), ending: ending} }

// open lets requests through to h.
func (g *gate) open(h http.Handler) {
	g.next.Store(&h)
	close(g.opened)
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	next := g.next.Load()
	switch {
	case r.URL.Path == readyPath:
		g.ready(w, r, next != nil)
		return
	case next != nil:
		(*next).ServeHTTP(w, r)
		return
	}
	wait := time.NewTimer(loadingPatience)
	defer wait.Stop()
	select {
	case <-g.opened:
		(*g.next.Load()).ServeHTTP(w, r)
		return
	case <-wait.C:
	case <-r.Context().Done():
	case <-g.ending.Done():
	}
	w.Header().Set("Retry-After", "2")
	answer(w, http.StatusServiceUnavailable, `{"detail":"The sessions are being loaded"}`)
}

func (g *gate) ready(w http.ResponseWriter, r *http.Request, loaded bool) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		answer(w, http.StatusMethodNotAllowed, `{"detail":"Method Not Allowed"}`)
	case g.ending.Err() != nil:
		answer(w, http.StatusServiceUnavailable, `{"status":"draining"}`)
	case !loaded:
		answer(w, http.StatusServiceUnavailable, `{"status":"loading"}`)
	default:
		answer(w, http.StatusOK, `{"status":"ready"}`)
	}
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body+"\n")
}
