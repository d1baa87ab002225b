package httpapi_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
)

const (
	key      = "test-key-1f9c"
	token    = "test-token-77ab"
	listPath = "/api/v0/sessions"
)

// day returns noon of a day in January 2026.
func day(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }

// few are sessions that the tests know by name. The default listing is report, draft, chat,
// blank.
func few() []sessiondex.Session {
	return []sessiondex.Session{
		{ID: "report", Title: "Weekly report", State: "completed", SourceChannel: "web", SessionType: "session",
			AppID: "app-1", WorkspaceID: "ws-1", CreatedAt: day(1), UpdatedAt: day(20),
			Extra: `{"thread_id":"th-9","num_messages":12,"agent":{"model":"<m&m>"}}`},
		{ID: "draft", Title: "STRASSE draft, 50%", State: "running", SourceChannel: "api", SessionType: "video_session",
			AppID: "app-1", WorkspaceID: "ws-2", CreatedAt: day(2), UpdatedAt: day(19)},
		{ID: "chat", Title: "bi-weekly REPORT of the week", State: "failed", SourceChannel: "agent_email", SessionType: "session",
			AppID: "app-2", WorkspaceID: "ws-1", CreatedAt: day(3), UpdatedAt: day(18)},
		{ID: "blank", State: "completed", SourceChannel: "web", SessionType: "mobile_session",
			AppID: "app-2", WorkspaceID: "ws-2", CreatedAt: day(4), UpdatedAt: day(17)},
		{ID: "branch", Title: "Weekly report, branched", State: "completed", SourceChannel: "web", SessionType: "session",
			AppID: "app-1", WorkspaceID: "ws-1", ParentSessionID: "report", IsSubSession: true, CreatedAt: day(5), UpdatedAt: day(16)},
		{ID: "run", Title: "Nightly run", State: "completed", SourceChannel: "schedule", SessionType: "session",
			AppID: "app-1", WorkspaceID: "ws-1", AOPAssetID: "asset-1", TriggerType: "schedule", IsTaskSession: true,
			CreatedAt: day(6), UpdatedAt: day(15)},
		{ID: "subrun", Title: "Nightly run, branched", State: "running", SourceChannel: "schedule", SessionType: "session",
			AppID: "app-2", WorkspaceID: "ws-1", ParentSessionID: "run", IsSubSession: true, AOPAssetID: "asset-1",
			TriggerType: "email", IsTaskSession: true, CreatedAt: day(7), UpdatedAt: day(14)},
	}
}

// many returns n realistic sessions of few apps and workspaces.
func many(n int) []sessiondex.Session {
	sessions := make([]sessiondex.Session, 0, n)
	for s := range corpus.Sessions(corpus.Options{N: n, Seed: 4, Apps: 5, Workspaces: 4, Assets: 3}) {
		sessions = append(sessions, s)
	}
	return sessions
}

// newEngine returns an engine with these sessions, which verifies itself when the
// test ends.
func newEngine(t testing.TB, sessions ...sessiondex.Session) *sessiondex.Engine {
	t.Helper()
	return newEngineWith(t, nil, sessions...)
}

func newEngineWith(t testing.TB, o *sessiondex.Options, sessions ...sessiondex.Session) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(o)
	require.NoError(t, err)
	require.NoError(t, e.Put(context.Background(), sessions...))
	t.Cleanup(func() {
		if e.Len() > 0 {
			assert.NoError(t, e.Verify(context.Background()))
		}
		assert.NoError(t, e.Close())
	})
	return e
}

// write makes a version that differs from all others in the title of the fifth session.
func write(t testing.TB, e *sessiondex.Engine) {
	t.Helper()
	s := few()[4]
	s.Title = rand.Text()
	assert.NoError(t, e.Put(context.Background(), s))
}

// newHandler returns a handler that accepts key and token and has no log, unless opts say
// otherwise.
func newHandler(t testing.TB, r sessiondex.Reader, opts httpapi.Options) http.Handler {
	t.Helper()
	if opts.APIKeys == nil && opts.Authenticate == nil && !opts.AllowAnonymous {
		opts.APIKeys, opts.BearerTokens = []string{key}, []string{token}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	h, err := httpapi.NewHandler(r, &opts)
	require.NoError(t, err)
	return h
}

// server is a handler on a real listener, with a client that returns raw answers.
type server struct {
	url    string
	client *http.Client
}

// serve runs a handler on a free port until the test ends, which fails if the
// server does not drain.
func serve(t testing.TB, h http.Handler, opts *httpapi.ServeOptions) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if opts == nil {
		opts = &httpapi.ServeOptions{}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- httpapi.Serve(ctx, l, h, opts) }()
	transport := &http.Transport{DisableCompression: true} // tests want the bytes on the wire
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		assert.NoError(t, <-done)
	})
	return &server{url: "http://" + l.Addr().String(), client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// start serves these sessions to whoever has the key.
func start(t testing.TB, sessions ...sessiondex.Session) *server {
	t.Helper()
	return serve(t, newHandler(t, newEngine(t, sessions...), httpapi.Options{}), nil)
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	length int64 // of Content-Length, -1 if missing
	body   []byte
}

// do sends a request with these headers, in pairs, and no others.
func (s *server) do(t testing.TB, method, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := s.client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{status: res.StatusCode, header: res.Header, length: res.ContentLength, body: body}
}

// get sends a GET request with the key.
func (s *server) get(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, append([]string{"X-API-KEY", key}, headers...)...)
}

// page is the contract's response as a client reads it.
type page struct {
	HasMore    bool             `json:"has_more"`
	Items      []map[string]any `json:"items"`
	Limit      int              `json:"limit"`
	NextOffset *int             `json:"next_offset"`
	Offset     int              `json:"offset"`
	Total      int              `json:"total"`
}

func (p page) ids() []string {
	ids := make([]string, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item["id"].(string)
	}
	return ids
}

// page reads a body that must have exactly the contract's members.
func (a answer) page(t testing.TB) page {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	var p page
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&p), "%s", a.body)
	return p
}

// faults reads the parameters that a 422 names, with their types.
func (a answer) faults(t testing.TB) (params, types []string) {
	t.Helper()
	require.Equal(t, http.StatusUnprocessableEntity, a.status, "%s", a.body)
	var body struct {
		Detail []struct {
			Loc  []string
			Msg  string
			Type string
		}
	}
	require.NoError(t, json.Unmarshal(a.body, &body))
	for _, d := range body.Detail {
		require.Len(t, d.Loc, 2)
		require.Equal(t, "query", d.Loc[0])
		require.NotEmpty(t, d.Msg)
		params, types = append(params, d.Loc[1]), append(types, d.Type)
	}
	return params, types
}

// detail reads the text of an error.
func (a answer) detail(t testing.TB) string {
	t.Helper()
	var body map[string]string
	require.NoError(t, json.Unmarshal(a.body, &body), "%s", a.body)
	require.Len(t, body, 1)
	return body["detail"]
}

// logBuffer collects log records as JSON lines.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBuffer) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(b, nil)) }

// records returns the records with this message.
func (b *logBuffer) records(t testing.TB, msg string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range bytes.Lines([]byte(b.String())) {
		var r map[string]any
		require.NoError(t, json.Unmarshal(line, &r), "%s", line)
		if r["msg"] == msg {
			out = append(out, r)
		}
	}
	return out
}

// hooked is a reader over a real engine with a hook before each listing. It has no
// versions, as custom readers need not have any.
type hooked struct {
	sessiondex.Reader
	before func(ctx context.Context) error
}

func (r hooked) List(ctx context.Context, q query.Query) (sessiondex.Page, error) {
	if err := r.before(ctx); err != nil {
		return sessiondex.Page{}, fmt.Errorf("hooked: %w", err)
	}
	return r.Reader.List(ctx, q)
}
