package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// browser is the browser that all tests share.
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
		allocator, end := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.NoSandbox)
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

func session(i int, workspace, title string) sessiondex.Session {
	at := time.Date(2026, 5, 1, 9, i, 0, 0, time.UTC)
	return sessiondex.Session{ID: fmt.Sprint("s", i), Title: title, State: "completed", WorkspaceID: workspace, CreatedAt: at, UpdatedAt: at}
}

// site is the page and the endpoint behind it.
type site struct {
	t      *testing.T
	engine *sessiondex.Engine
	page   string
}

func newSite(t *testing.T) *site {
	t.Helper()
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	require.NoError(t, e.Put(t.Context(), session(1, "acme", "Weekly report"), session(2, "acme", "Invoice"), session(3, "umbrella", "Secret of others")))
	api, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	page, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- serve(ctx, e, api, page) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
		require.NoError(t, e.Verify(context.Background()))
		require.NoError(t, e.Close())
	})
	return &site{t, e, "http://" + page.Addr().String()}
}

// tab is a tab with cookies of its own.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func (s *site) open() *tab {
	s.t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	s.t.Cleanup(end)
	b := &tab{s.t, ctx}
	require.NoError(s.t, chromedp.Do(ctx, chromedp.Navigate(s.page)))
	return b
}

func eval[T any](b *tab, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, js)
	return v
}

func (b *tab) until(js string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool { return eval[bool](b, "!!("+js+")") }, 40*time.Second, 20*time.Millisecond, "never true: %s", js)
}

func (b *tab) shows(titles string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll('#list input')].map(e => e.value).join('|') === %q`, titles))
}

func (b *tab) says(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.getElementById('problem').textContent.includes(%q)`, text))
}

func (b *tab) logIn(key string) {
	b.t.Helper()
	eval[any](b, fmt.Sprintf(`(() => { document.getElementById('key').value = %q; document.querySelector('#login button').click(); })()`, key))
}

func (b *tab) rename(id, title string) {
	b.t.Helper()
	eval[any](b, fmt.Sprintf(`(() => { const e = document.querySelector('[data-id=%q] input'); e.focus(); e.value = %q; e.dispatchEvent(new Event('change')); e.blur(); })()`, id, title))
}

func (s *site) title(id string) string {
	s.t.Helper()
	row, err := s.engine.Get(s.t.Context(), id)
	require.NoError(s.t, err)
	return row.Title
}

// Within what the key may see.
func TestThePageListsWatchesAndRenames(t *testing.T) {
	s := newSite(t)
	b := s.open()
	b.logIn("wrong")
	b.says("Missing or invalid credentials")
	b.logIn("editor-of-acme")
	b.shows("Invoice|Weekly report")
	b.until(`document.getElementById('total').textContent === '2 sessions'`)
	require.Empty(t, eval[string](b, `document.cookie`), "scripts cannot read the login")

	require.NoError(t, s.engine.Put(t.Context(), session(4, "acme", "Fresh"), session(5, "umbrella", "Another secret")))
	b.shows("Fresh|Invoice|Weekly report")
	_, err := s.engine.Delete(t.Context(), "s2")
	require.NoError(t, err)
	b.shows("Fresh|Weekly report")

	b.rename("s1", "Monthly report")
	require.Eventually(t, func() bool { return s.title("s1") == "Monthly report" }, 40*time.Second, 10*time.Millisecond)
	b.shows("Fresh|Monthly report")

	second := s.open()
	second.logIn("editor-of-acme")
	second.shows("Fresh|Monthly report")
	second.rename("s4", "Fresher")
	b.shows("Fresher|Monthly report")

	// The login survives a reload, and ends with a logout.
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Reload()))
	b.shows("Fresher|Monthly report")
	eval[any](b, `document.getElementById('logout').click()`)
	b.until(`!document.getElementById('login').hidden`)
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Reload()))
	b.until(`!document.getElementById('login').hidden && document.getElementById('list').children.length === 0`)
}

// And the list shows the session as it is.
func TestARefusalIsShown(t *testing.T) {
	s := newSite(t)
	b := s.open()
	b.logIn("reader-of-acme")
	b.shows("Invoice|Weekly report")
	b.rename("s1", "Mine now")
	b.says("Not renamed: These credentials may not write")
	b.shows("Invoice|Weekly report")
	require.Equal(t, "Weekly report", s.title("s1"))
	require.NotContains(t, eval[string](b, `document.documentElement.outerHTML`), "Secret")
}

func TestAnotherOriginCannotUseTheCookie(t *testing.T) {
	s := newSite(t)
	b := s.open()
	b.logIn("editor-of-acme")
	b.shows("Invoice|Weekly report")
	api := eval[string](b, `import('./config.js').then(m => m.api)`)
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	page, err := newPage(api[:len(api)-len("/api/v0/")])
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- httpapi.Serve(ctx, other, page, nil) }()
	require.NoError(t, chromedp.Do(b.ctx, chromedp.Navigate("http://"+other.Addr().String())))
	require.Equal(t, "TypeError", eval[string](b, fmt.Sprintf(`fetch(%q, {credentials: 'include'}).then(r => r.text(), e => e.name)`, api+"sessions")))
	require.Equal(t, "TypeError", eval[string](b, fmt.Sprintf(`fetch(%q, {credentials: 'include', method: 'PATCH', body: '{"title":"x"}'}).then(r => r.text(), e => e.name)`, api+"sessions/s1")))
	eval[string](b, fmt.Sprintf(`fetch(%q, {credentials: 'include', method: 'POST', mode: 'no-cors'}).then(r => r.type, e => e.name)`, api+"sessions/s1/unread"))
	require.Equal(t, "Weekly report", s.title("s1"))
	row, err := s.engine.Get(t.Context(), "s1")
	require.NoError(t, err)
	require.Empty(t, row.Extra, "a request that a form can send is refused too")
	stop()
	require.NoError(t, <-done)
}
