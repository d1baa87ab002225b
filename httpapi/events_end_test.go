package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// Such timeouts count from the start of a request.
func TestStreamsOutliveTheTimeoutsOfRequests(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), &httpapi.ServeOptions{
		ReadHeaderTimeout: 100 * time.Millisecond, ReadTimeout: 100 * time.Millisecond, WriteTimeout: 100 * time.Millisecond, IdleTimeout: 100 * time.Millisecond,
	})
	st := openStream(t, s.client, s.url+eventsPath, "")
	st.next()
	time.Sleep(300 * time.Millisecond)
	require.NoError(t, e.Put(context.Background(), sessiondex.Session{ID: "late", CreatedAt: day(1), UpdatedAt: day(200)}))
	assert.Equal(t, "entered", st.next().name)
	st.close()
}

// So a drain waits for other requests only.
func TestStreamsEndWhenTheServerDrains(t *testing.T) {
	e := newEngine(t, few()...)
	addr, stop := running(t, newHandler(t, e, httpapi.Options{}), quiet(httpapi.ServeOptions{DrainTimeout: 20 * time.Second}))
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	st := openStream(t, &http.Client{Transport: transport}, "http://"+addr+eventsPath, "")
	st.next()
	require.NoError(t, stop())
	_, err := st.block()
	assert.ErrorIs(t, err, io.EOF, "the stream ends well")

	// So does a program's own http.Server.
	drain, begin := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := &http.Server{Handler: newHandler(t, e, httpapi.Options{}), BaseContext: func(net.Listener) context.Context {
		return httpapi.ContextWithDrain(context.Background(), drain)
	}}
	srv.RegisterOnShutdown(begin)
	go srv.Serve(l)
	st = openStream(t, &http.Client{Transport: transport}, "http://"+l.Addr().String()+eventsPath, "")
	st.next()
	require.NoError(t, srv.Shutdown(t.Context()))
	_, err = st.block()
	assert.ErrorIs(t, err, io.EOF)
}

func TestAClosedEngineEndsItsStreams(t *testing.T) {
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Put(context.Background(), few()...))
	var logs logBuffer
	s := serve(t, newHandler(t, e, httpapi.Options{Logger: logs.logger()}), nil)
	st := openStream(t, s.client, s.url+eventsPath, "")
	st.next()
	require.NoError(t, e.Close())
	_, err = st.block()
	assert.ErrorIs(t, err, io.EOF)
	for _, id := range []string{"", st.id} {
		assert.Equal(t, http.StatusServiceUnavailable, s.get(t, eventsPath, "Last-Event-ID", id).status)
	}
	assert.Empty(t, logs.records(t, "event stream failed"))
}

// pipes is a listener without a network, whose connections know a test's clock.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

// pipeServer runs Serve on pipes, within a bubble.
func pipeServer(t *testing.T, h http.Handler) (client *http.Client, p *pipes, stop func()) {
	p = &pipes{make(chan net.Conn), make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- httpapi.Serve(ctx, p, h, quiet(httpapi.ServeOptions{})) }()
	transport := &http.Transport{DialContext: p.dial}
	return &http.Client{Transport: transport}, p, func() {
		transport.CloseIdleConnections()
		cancel()
		assert.NoError(t, <-done)
	}
}

// Every 15 seconds, for hours.
func TestASilentStreamSendsComments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := scanning(t, few()...)
		client, _, stop := pipeServer(t, newHandler(t, e, httpapi.Options{}))
		st := openStream(t, client, "http://pipe"+eventsPath, "")
		st.next()
		at := time.Now()
		for range 500 {
			lines, err := st.block()
			require.NoError(t, err)
			assert.Equal(t, []string{":"}, lines)
			assert.Equal(t, 15*time.Second, time.Since(at))
			at = time.Now()
		}
		// After an event the 15 seconds begin again.
		time.Sleep(10 * time.Second)
		require.NoError(t, e.Put(context.Background(), sessiondex.Session{ID: "late", CreatedAt: day(1), UpdatedAt: day(200)}))
		assert.Equal(t, "entered", st.next().name)
		at = time.Now()
		_, err := st.block()
		require.NoError(t, err)
		assert.Equal(t, 15*time.Second, time.Since(at))
		st.close()
		stop()
		require.NoError(t, e.Close())
	})
}

func TestAStreamThatNobodyReadsIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := scanning(t, few()...)
		var logs logBuffer
		_, p, stop := pipeServer(t, newHandler(t, e, httpapi.Options{Logger: logs.logger()}))
		c, err := p.dial(t.Context(), "", "")
		require.NoError(t, err)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: pipe\r\nX-API-KEY: %s\r\n\r\n", eventsPath, key)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Len(t, logs.records(t, "request"), 1, "the request is over")
		assert.Empty(t, logs.records(t, "event stream failed"), "it is the client's fault")
		_ = c.Close()
		stop()
		require.NoError(t, e.Close())
	})
}
