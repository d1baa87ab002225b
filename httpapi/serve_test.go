package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// quiet are options whose log goes nowhere.
func quiet(o httpapi.ServeOptions) *httpapi.ServeOptions {
	o.Logger = slog.New(slog.DiscardHandler)
	return &o
}

func TestHealthzNeedsNoCredentials(t *testing.T) {
	s := start(t, few()...)
	a := s.do(t, "GET", httpapi.HealthPath)
	assert.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "{\"status\":\"ok\"}\n", string(a.body))
	assert.Equal(t, "no-store", a.header.Get("Cache-Control"))
}

// running starts Serve; stop ends it and returns its error.
func running(t *testing.T, h http.Handler, opts *httpapi.ServeOptions) (addr string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- httpapi.Serve(ctx, l, h, opts) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = stop() })
	return l.Addr().String(), stop
}

// dial opens a plain connection that fails the test rather than hang it.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// No new connection is accepted meanwhile.
func TestADrainAnswersRunningRequestsInFull(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	r := hooked{newEngine(t, few()...), func(context.Context) error {
		close(begun)
		<-release
		return nil
	}}
	var logs logBuffer
	addr, stop := running(t, newHandler(t, r, httpapi.Options{}), &httpapi.ServeOptions{Logger: logs.logger()})

	slow := dial(t, addr)
	fmt.Fprintf(slow, "GET %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\n\r\n", listPath, key)
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, 10*time.Second, time.Millisecond, "no new connections")
	close(release)
	res, err := http.ReadResponse(bufio.NewReader(slow), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, res.StatusCode)
	assert.Len(t, answer{status: res.StatusCode, body: body}.page(t).Items, 4)
	assert.NoError(t, <-stopped)
	for _, msg := range []string{"serving", "draining", "stopped"} {
		assert.Len(t, logs.records(t, msg), 1, msg)
	}
	assert.Equal(t, addr, logs.records(t, "serving")[0]["addr"])
}

func TestADrainThatTakesTooLongIsCutOff(t *testing.T) {
	begun := make(chan struct{})
	r := hooked{newEngine(t, few()...), func(ctx context.Context) error {
		close(begun)
		<-ctx.Done() // which cutting off the connection ends
		return ctx.Err()
	}}
	addr, stop := running(t, newHandler(t, r, httpapi.Options{}), quiet(httpapi.ServeOptions{DrainTimeout: 20 * time.Millisecond}))
	slow := dial(t, addr)
	fmt.Fprintf(slow, "GET %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\n\r\n", listPath, key)
	<-begun
	err := stop()
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "20ms")
}

// Those that do not finish a request, and those that send no further one.
func TestSlowClientsAreCutOff(t *testing.T) {
	addr, _ := running(t, newHandler(t, newEngine(t, few()...), httpapi.Options{}),
		quiet(httpapi.ServeOptions{ReadHeaderTimeout: 50 * time.Millisecond, IdleTimeout: 50 * time.Millisecond}))

	slow := dial(t, addr)
	fmt.Fprintf(slow, "GET %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: ", listPath)
	rest, err := io.ReadAll(slow) // ends when the server closes
	require.NoError(t, err)
	assert.NotContains(t, string(rest), "200 OK")

	idle := dial(t, addr)
	fmt.Fprintf(idle, "GET %s HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\n\r\n", listPath, key)
	rest, err = io.ReadAll(idle)
	require.NoError(t, err)
	assert.Contains(t, string(rest), "200 OK")
	assert.Contains(t, string(rest), `"total":4`)
}

// Its answer does not stay in memory.
func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 24 {
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprint(i), Title: strings.Repeat("x", 1<<20), CreatedAt: day(1), UpdatedAt: day(1)})
	}
	var logs logBuffer
	addr, _ := running(t, newHandler(t, newEngine(t, sessions...), httpapi.Options{Logger: logs.logger()}),
		quiet(httpapi.ServeOptions{WriteTimeout: 200 * time.Millisecond}))
	c := dial(t, addr)
	fmt.Fprintf(c, "GET %s?limit=24 HTTP/1.1\r\nHost: x\r\nX-API-KEY: %s\r\n\r\n", listPath, key)
	require.Eventually(t, func() bool { return len(logs.records(t, "request")) == 1 }, 10*time.Second, 10*time.Millisecond)
	got, _ := io.Copy(io.Discard, c) // the connection may end with a reset
	assert.Less(t, got, int64(24<<20))
}

func TestFaultyServeOptionsAreRefusedTogether(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	err = httpapi.Serve(t.Context(), l, nil, &httpapi.ServeOptions{ReadTimeout: -1, DrainTimeout: -time.Second, MaxHeaderBytes: -5})
	for _, want := range []string{"handler is nil", "ReadTimeout -1ns", "DrainTimeout -1s", "MaxHeaderBytes -5"} {
		assert.ErrorContains(t, err, want)
	}
	_, err = net.Dial("tcp", l.Addr().String())
	assert.Error(t, err, "the listener is closed all the same")
}

func TestAListenerThatFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	err = httpapi.Serve(t.Context(), l, http.NotFoundHandler(), quiet(httpapi.ServeOptions{}))
	assert.ErrorIs(t, err, net.ErrClosed)
}

// A writer moves all sessions at once from one state to the other; no page ever shows a
// mixture, and no total disagrees.
func TestPagesDuringWritesAreOfOneVersion(t *testing.T) {
	const n = 200
	batch := func(state string) []sessiondex.Session {
		sessions := make([]sessiondex.Session, n)
		for i := range sessions {
			sessions[i] = sessiondex.Session{ID: fmt.Sprint(i), Title: "in " + state, State: state, CreatedAt: day(1), UpdatedAt: day(1)}
		}
		return sessions
	}
	e := newEngine(t, batch("a")...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	stop := make(chan struct{})
	var writer, readers sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				assert.NoError(t, e.Put(context.Background(), batch([]string{"a", "b"}[i%2])...))
			}
		}
	})
	for range 4 {
		readers.Go(func() {
			for range 30 {
				p := s.get(t, listPath+"?limit=500&query=in&state=a").page(t)
				assert.Contains(t, []int{0, n}, p.Total)
				assert.Len(t, p.Items, p.Total)
				p = s.get(t, listPath+"?limit=500").page(t)
				assert.Equal(t, n, p.Total)
				for _, item := range p.Items {
					assert.Equal(t, p.Items[0]["state"], item["state"])
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	writer.Wait()
}
