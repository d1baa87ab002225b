package httpapi_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
)

// askHost sends a request for a host over a connection to an address.
func askHost(h http.Handler, host, address string) int {
	r := httptest.NewRequest("GET", listPath, nil)
	r.Host = host
	r.Header.Set("X-API-KEY", key)
	if address != "" {
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(address), Port: 8080}))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// DNS rebinding: without keys, the name of a web page must not be served on a loopback
// address.
func TestAReboundNameReadsNothing(t *testing.T) {
	e := newEngine(t, few()...)
	open := newHandler(t, e, httpapi.Options{AllowAnonymous: true})
	keys := newHandler(t, e, httpapi.Options{})
	more := newHandler(t, e, httpapi.Options{AllowAnonymous: true, AllowedHosts: []string{"Desk.example"}})
	kept := newHandler(t, e, httpapi.Options{AllowedHosts: []string{"desk.example"}})
	for _, c := range []struct {
		host, address           string
		open, keys, more, named int
	}{
		{"127.0.0.1:8080", "127.0.0.1", 200, 200, 200, 200},
		{"127.9.9.9", "127.0.0.1", 200, 200, 200, 200},
		{"localhost:8080", "127.0.0.1", 200, 200, 200, 200},
		{"LOCALHOST.", "::1", 200, 200, 200, 200},
		{"app.localhost", "::1", 200, 200, 200, 200},
		{"[::1]:8080", "::1", 200, 200, 200, 200},
		{"evil.example", "127.0.0.1", 421, 200, 421, 421},
		{"evil.example:8080", "::1", 421, 200, 421, 421},
		{"localhost.evil.example", "127.0.0.1", 421, 200, 421, 421},
		{"127.0.0.1.evil.example", "127.0.0.1", 421, 200, 421, 421},
		{"", "127.0.0.1", 421, 200, 421, 421},
		{"10.0.0.1", "127.0.0.1", 421, 200, 421, 421},
		{"desk.example:99", "127.0.0.1", 421, 200, 200, 200},
		{"DESK.example", "127.0.0.1", 421, 200, 200, 200},
		{"evil.example", "10.0.0.1", 200, 200, 421, 421},
		{"localhost", "10.0.0.1", 200, 200, 421, 421},
		{"evil.example", "", 200, 200, 421, 421},
	} {
		assert.Equal(t, c.open, askHost(open, c.host, c.address), "anonymous, %q on %q", c.host, c.address)
		assert.Equal(t, c.keys, askHost(keys, c.host, c.address), "keys, %q on %q", c.host, c.address)
		assert.Equal(t, c.more, askHost(more, c.host, c.address), "anonymous with a name, %q on %q", c.host, c.address)
		assert.Equal(t, c.named, askHost(kept, c.host, c.address), "keys with a name, %q on %q", c.host, c.address)
	}

	// On a real listener too.
	s := serve(t, open, nil)
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+listPath, nil)
	require.NoError(t, err)
	req.Host = "evil.example"
	res, err := s.client.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusMisdirectedRequest, res.StatusCode)

	_, err = httpapi.NewHandler(e, &httpapi.Options{AllowAnonymous: true, AllowedHosts: []string{"a.example:80", "", "http://x"}})
	for _, want := range []string{"AllowedHosts[0]", "AllowedHosts[1]", "AllowedHosts[2]"} {
		assert.ErrorContains(t, err, want)
	}
}

func TestEveryAnswerHasTheHeadersThatIsolateIt(t *testing.T) {
	s := start(t, few()...)
	for _, a := range []answer{s.get(t, listPath), s.get(t, listPath+"/none"), s.do(t, "GET", listPath), s.get(t, "/openapi.json"), s.do(t, "BREW", listPath), s.get(t, "/healthz")} {
		assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
		assert.Equal(t, "same-origin", a.header.Get("Cross-Origin-Resource-Policy"))
		assert.Equal(t, "no-referrer", a.header.Get("Referrer-Policy"))
	}
}

// A request that takes longer is cancelled and answered.
func TestEveryRequestHasADeadline(t *testing.T) {
	r := hooked{newEngine(t, few()...), func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	a := direct(newHandler(t, r, httpapi.Options{Deadline: time.Millisecond}), listPath)
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Contains(t, a.detail(t), "longer than 1ms")
	assert.Equal(t, http.StatusNotFound, direct(newHandler(t, r, httpapi.Options{Deadline: time.Hour}), listPath+"/none").status)
	_, err := httpapi.NewHandler(r, &httpapi.Options{AllowAnonymous: true, Deadline: -1})
	assert.ErrorContains(t, err, "Deadline -1ns")
}
