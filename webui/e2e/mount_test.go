package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// At /sessions/, behind the service's own cookie, for two people: neither sees the rows, the
// counts or the events of the other.
func TestMountedInAServiceEachSeesTheirOwn(t *testing.T) {
	s := newSite(t, setup{
		api: func(*sessiondex.Engine) *httpapi.Options {
			return &httpapi.Options{Authenticate: func(r *http.Request) (httpapi.Principal, error) {
				c, err := r.Cookie("service")
				if err != nil || c.Value != "ada" && c.Value != "bob" {
					return httpapi.Principal{}, errors.New("who is it?")
				}
				return httpapi.Principal{Name: c.Value, Scope: query.Scope{WorkspaceIDs: []string{c.Value}}}, nil
			}}
		},
		wrap: func(page http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/sessions/", http.StripPrefix("/sessions", page))
			mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the service") })
			return mux
		},
	})
	mine := func(i int, owner string) sessiondex.Session {
		x := session(i, "Plan of "+owner)
		x.WorkspaceID = owner
		return x
	}
	for i := range 30 {
		require.NoError(t, s.engine.Put(context.Background(), mine(i, []string{"ada", "bob", "bob"}[i%3])))
	}
	tabs := map[string]*tab{}
	for owner, total := range map[string]string{"ada": "10 sessions", "bob": "20 sessions"} {
		b := newTab(t, browser, s.url, chromedp.WithNewBrowserContext())
		t.Cleanup(func() { require.Empty(t, b.complaints()) })
		b.do(call(network.SetCookie, network.SetCookieParams{Name: "service", Value: owner, URL: s.url}))
		b.do(chromedp.Navigate(s.url + "/sessions/?query=plan"))
		b.total(total)
		b.settled()
		tabs[owner] = b
		for _, path := range b.asked("/") {
			require.Regexp(t, `^/sessions/`, path)
		}
	}
	for range 3 {
		require.NoError(t, s.engine.Put(context.Background(), mine(s.engine.Len(), "bob")))
	}
	tabs["bob"].until(`document.querySelector('.pill')?.textContent.startsWith('3 new')`)
	tabs["bob"].total("23 sessions")
	tabs["ada"].total("10 sessions")
	require.False(t, eval[bool](tabs["ada"], `!!document.querySelector('.pill')`))
	require.NotContains(t, eval[string](tabs["ada"], `document.body.innerText`), "bob")
	require.Equal(t, "10", eval[string](tabs["ada"], `document.querySelector('#rail .count').textContent`))
	eval[any](tabs["ada"], `document.querySelector('.row[data-id] .state').click()`)
	tabs["ada"].until(`document.querySelector('#detail dl')?.textContent.includes('ada')`)

	// Without the cookie the page asks for a key.
	b := newTab(t, browser, s.url, chromedp.WithNewBrowserContext())
	b.do(chromedp.Navigate(s.url + "/sessions/"))
	b.until(`document.querySelector('input[name=key]')`)
	require.NotContains(t, eval[string](b, `document.body.innerText`), "Plan")
}
