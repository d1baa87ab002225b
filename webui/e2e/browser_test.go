package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/webui"
)

// browser is a real one that all tests share; each has tabs of its own.
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

// setup says what a site is made of; the zero one has an engine in memory, lets everybody in,
// and takes writes.
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

// withKey lets in who has the key, and browsers that log in with it.
func withKey(key string) func(*sessiondex.Engine) *httpapi.Options {
	return func(e *sessiondex.Engine) *httpapi.Options {
		return &httpapi.Options{APIKeys: []string{key}, Login: true, Writer: e.Writer()}
	}
}

// put puts sessions, a minute apart, with the titles.
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

// tab is a tab of the browser that looks at a site.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu      sync.Mutex
	console []string
}

// open opens an address of the site. The console must stay empty, and nothing may be asked
// of anybody else.
func (s *site) open(query string) *tab {
	s.t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	s.t.Cleanup(end)
	b := &tab{t: s.t, ctx: ctx}
	b.do(chromedp.Navigate("about:blank"))
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, m.String())
			b.mu.Unlock()
		}
	}()
	b.do(chromedp.Navigate(s.url + "/" + query))
	s.t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		require.Empty(s.t, b.console)
		others := eval[[]string](b, `performance.getEntriesByType('resource').map(r => r.name).filter(n => !n.startsWith(location.origin))`)
		require.Empty(s.t, others, "asked of another origin")
	})
	return b
}

// mayComplain forgets what the console said: a test that makes requests fail does so.
func (b *tab) mayComplain() {
	b.t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.console = nil
	})
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, steps...))
}

func eval[T any](b *tab, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	require.NoError(b.t, err, js)
	return v
}

// until waits for a condition in the page.
func (b *tab) until(js string) {
	b.t.Helper()
	deadline := time.Now().Add(40 * time.Second)
	for !eval[bool](b, "!!("+js+")") {
		if time.Now().After(deadline) {
			b.mu.Lock()
			defer b.mu.Unlock()
			require.FailNow(b.t, "never true: "+js, "console: %s\npage: %s", b.console, eval[string](b, `document.body.innerText.slice(0, 2000)`))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// keys types into whatever has the focus.
func (b *tab) keys(text string) { b.t.Helper(); b.do(chromedp.KeyEvent(text)) }

// search types into the bar.
func (b *tab) search(text string) {
	b.t.Helper()
	eval[any](b, `document.getElementById('search').focus()`)
	b.keys(text)
}

// total is the number that the page says.
func (b *tab) total(want string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector('.total')?.textContent === %q`, want))
}

// titles returns the titles of the rows that are drawn.
func (b *tab) titles() []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll('.row[data-id] .line bdi')].map(e => e.textContent)`)
}

func (b *tab) ids() []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll('.row[data-id]')].map(e => e.dataset.id)`)
}

// shot keeps a picture where SESSIONDEX_SHOTS says, to be looked at.
func (b *tab) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SESSIONDEX_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}

func numbered(n int, word string) []string {
	titles := make([]string, n)
	for i := range titles {
		titles[i] = fmt.Sprintf("%s %d", word, i)
	}
	return titles
}
