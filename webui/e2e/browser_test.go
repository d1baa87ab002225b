package e2e

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/webui"
)

// browser is the browser that all tests share; each has tabs of its own.
var browser context.Context

func TestMain(m *testing.M) {
	os.Exit(func() int {
		path := os.Getenv("SESSIONDEX_BROWSER")
		for _, name := range []string{"chromium-headless-shell", "chromium", "google-chrome"} {
			if path == "" {
				path, _ = exec.LookPath(name)
			}
		}
		if path == "" {
			fmt.Fprintln(os.Stderr, "no Chromium: install chromium-headless-shell, or name one in SESSIONDEX_BROWSER")
			return 1
		}
		options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1360, 900)}
		allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
		defer end()
		ctx, end := chromedp.NewContext(allocator)
		defer end()
		if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
			fmt.Fprintln(os.Stderr, path, err)
			return 1
		}
		browser = ctx
		return m.Run()
	}())
}

// site is a page over an engine, served for one test.
type site struct {
	t      testing.TB
	engine *sessiondex.Engine
	url    string
}

// at is when the first session of a test was made.
var at = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

// setup configures a site; the zero value has an engine in memory, lets everyone in, and
// takes writes.
type setup struct {
	fields []schema.Field
	api    func(*sessiondex.Engine) *httpapi.Options
	page   webui.Options
	// in front of the page
	wrap func(http.Handler) http.Handler
}

// newSite serves the page.
func newSite(t testing.TB, with setup) *site {
	t.Helper()
	e, err := sessiondex.New(&sessiondex.Options{Fields: with.fields})
	require.NoError(t, err)
	s := &site{t: t, engine: e}
	api := &httpapi.Options{AllowAnonymous: true, Writer: e.Writer()}
	if with.api != nil {
		api = with.api(e)
	}
	h, err := httpapi.NewHandler(e, api)
	require.NoError(t, err)
	with.page.Fields = with.fields
	p, err := webui.NewHandler(h, &with.page)
	require.NoError(t, err)
	if with.wrap != nil {
		p = with.wrap(p)
	}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		require.NoError(t, e.Verify(context.Background()))
		require.NoError(t, e.Close())
	})
	s.url = server.URL
	return s
}

// withKey lets in requests with the key, and browsers that log in with it.
func withKey(key string) func(*sessiondex.Engine) *httpapi.Options {
	return func(e *sessiondex.Engine) *httpapi.Options {
		return &httpapi.Options{APIKeys: []string{key}, Login: true, Writer: e.Writer()}
	}
}

// put puts sessions with these titles, a minute apart.
func (s *site) put(titles ...string) {
	s.t.Helper()
	n := s.engine.Len()
	var all []sessiondex.Session
	for i, title := range titles {
		all = append(all, session(n+i, title))
	}
	require.NoError(s.t, s.engine.Put(context.Background(), all...))
}

func session(i int, title string) sessiondex.Session {
	state := []string{"completed", "failed", "running"}[i%3]
	t := at.Add(time.Duration(i) * time.Minute)
	return sessiondex.Session{ID: fmt.Sprintf("s%06d", i), Title: title, State: state, SourceChannel: "web", CreatedAt: t, UpdatedAt: t}
}

// tab is a tab of the browser that shows a site.
type tab struct {
	t   testing.TB
	ctx context.Context
	url string // of the site

	mu       sync.Mutex
	console  []string
	requests []string // addresses that were asked for
	refused  bool     // the server may refuse a request
}

// open opens an address of the site in a tab with cookies and storage of its own. When the
// test ends, the console must be empty, and no other origin may have been asked.
func (s *site) open(query string) *tab {
	s.t.Helper()
	return s.openIn(browser, query, chromedp.WithNewBrowserContext())
}

// openIn opens a tab beside another one.
func (s *site) openIn(beside context.Context, query string, o ...chromedp.ContextOption) *tab {
	s.t.Helper()
	b := newTab(s.t, beside, s.url, o...)
	s.t.Cleanup(func() { require.Empty(s.t, b.complaints()) })
	b.do(chromedp.Navigate(s.url + "/" + query))
	return b
}

// newTab opens an empty tab and records its console and its requests.
func newTab(t testing.TB, beside context.Context, url string, o ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(beside, o...)
	t.Cleanup(end)
	b := &tab{t: t, ctx: ctx, url: url}
	b.do(chromedp.Navigate("about:blank"), call(network.Enable, network.EnableParams{}))
	record(b, chromedp.Console(ctx), func(m chromedp.ConsoleMessage) { b.console = append(b.console, m.String()) })
	record(b, chromedp.Events(ctx, network.RequestWillBeSent), func(e network.EventRequestWillBeSent) { b.requests = append(b.requests, e.Request.URL) })
	return b
}

func record[E any](b *tab, events iter.Seq2[E, error], keep func(E)) {
	go func() {
		for e, err := range events {
			if err != nil {
				return
			}
			b.mu.Lock()
			keep(e)
			b.mu.Unlock()
		}
	}()
}

// call is a command of the browser's protocol whose answer does not matter.
func call[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, params)
		return err
	})
}

// mayBeRefused allows the lines that the browser itself writes when the server answers with
// a status of 400 or above.
func (b *tab) mayBeRefused() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = true
}

// complaints returns entries of the console and requests to other origins, which a page must
// not have.
func (b *tab) complaints() (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.console {
		if !b.refused || !strings.Contains(line, "Failed to load resource: the server responded with a status of ") {
			out = append(out, line)
		}
	}
	for _, url := range b.requests {
		if !strings.HasPrefix(url, b.url+"/") && url != "about:blank" {
			out = append(out, "asked for "+url)
		}
	}
	return out
}

// asked returns the paths that were requested from the site, with their queries.
func (b *tab) asked(prefix string) (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, url := range b.requests {
		if path := strings.TrimPrefix(url, b.url); strings.HasPrefix(path, prefix) {
			out = append(out, path)
		}
	}
	return out
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

// eval evaluates an expression; a promise is waited for.
func eval[T any](b *tab, js string) T {
	b.t.Helper()
	v, err := tryEval[T](b, js)
	require.NoError(b.t, err, js)
	return v
}

func tryEval[T any](b *tab, js string) (T, error) {
	return chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// timeout is how long a page may take on a busy machine.
const timeout = 15 * time.Second

// eventually waits for something outside of the page.
func (b *tab) eventually(holds func() bool) {
	b.t.Helper()
	require.Eventually(b.t, holds, timeout, 20*time.Millisecond)
}

// until waits for a condition in the page. One that is giving way to the next answers
// nothing, which is as good as false.
func (b *tab) until(js string) {
	b.t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		holds, err := tryEval[bool](b, "!!("+js+")")
		if err == nil && holds {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "target navigated or closed") {
			require.NoError(b.t, err, js)
		}
		if time.Now().After(deadline) {
			require.FailNow(b.t, "never true: "+js, "complaints: %s\npage: %s", b.complaints(), eval[string](b, `document.body.innerText.slice(0, 2000)`))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// keys types into whatever has the focus.
func (b *tab) keys(text string) { b.t.Helper(); b.do(chromedp.KeyEvent(text)) }

// press presses one key as a keyboard does. keys enters text even if the page handles the
// key.
func (b *tab) press(key string, code int64) {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		b.do(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Text: key, WindowsVirtualKeyCode: code}))
	}
}

func (b *tab) space() { b.t.Helper(); b.press(" ", 32) }

// search types into the bar.
func (b *tab) search(text string) {
	b.t.Helper()
	eval[any](b, `document.getElementById('search').focus()`)
	b.keys(text)
}

// submit fills in a field of a form and sends the form.
func (b *tab) submit(field, text string) {
	b.t.Helper()
	b.until(`document.querySelector(` + literal(field) + `)`)
	eval[any](b, `(i => { i.value = `+literal(text)+`; i.form.requestSubmit(); })(document.querySelector(`+literal(field)+`))`)
}

// total waits until the page shows a total.
func (b *tab) total(want string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector('.total')?.textContent === %q`, want))
}

// ids returns the ids of the rows that are drawn.
func (b *tab) ids() []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll('.row[data-id]')].map(e => e.dataset.id)`)
}

func numbered(n int, word string) []string {
	titles := make([]string, n)
	for i := range titles {
		titles[i] = fmt.Sprintf("%s %d", word, i)
	}
	return titles
}
