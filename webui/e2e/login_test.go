package e2e

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// logged is a buffer that is safe for concurrent use.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// And is nowhere else afterwards: not in the address, the history, the storage, a referrer
// or the server's log.
func TestAKeyInTheAddressBecomesACookie(t *testing.T) {
	const secret = "s3cret-k3y"
	var log logged
	var mu sync.Mutex
	var headers []string // of all requests but the login
	s := newSite(t, setup{
		api: func(e *sessiondex.Engine) *httpapi.Options {
			return &httpapi.Options{APIKeys: []string{secret}, Login: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		},
		wrap: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				if !strings.HasSuffix(r.URL.Path, "/login") {
					headers = append(headers, r.URL.String()+" "+r.Referer()+" "+r.Header.Get("X-Api-Key"))
				}
				require.Empty(t, r.Referer())
				mu.Unlock()
				next.ServeHTTP(w, r)
			})
		},
	})
	s.put("Private plan")
	b := s.open("?state=completed#key=" + secret)
	b.total("1 session")
	b.settled()
	require.Equal(t, s.url+"/?state=completed", eval[string](b, `location.href`))
	require.Empty(t, eval[string](b, `document.cookie`), "scripts cannot read it")
	require.NotContains(t, eval[string](b, `JSON.stringify([history.state, {...localStorage}, {...sessionStorage}])`), secret)
	eval[any](b, `document.querySelector('.row[data-id] .state').click()`)
	b.until(`document.querySelector('#detail dl')`)
	require.NotContains(t, log.String(), secret)
	require.Contains(t, log.String(), "/api/v0/session-view")
	mu.Lock()
	require.NotContains(t, strings.Join(headers, "\n"), secret)
	mu.Unlock()
	eval[any](b, `history.back()`)
	b.until(`!document.querySelector('#detail')`)
	require.NotContains(t, eval[string](b, `location.href`), secret)

	// A wrong key is reported, and the query is kept.
	b = s.form("?state=completed")
	require.NotContains(t, eval[string](b, `document.body.innerText`), "Private")
	b.submit("input[name=key]", "wrong")
	b.until(`document.body.innerText.includes('This key is not valid here.')`)
	b.submit("input[name=key]", secret)
	b.total("1 session")
	require.Equal(t, "?state=completed", eval[string](b, `location.search`))

	// An invalid cookie leads to the form, and the login back to the same list.
	b.do(call(network.ClearBrowserCookies, cdp.Empty{}))
	b.click("#rail label", "Conversations")
	b.submit("input[name=key]", secret)
	b.total("1 session")
	require.Equal(t, "?state=completed&kind=top_level", eval[string](b, `location.search`))
	b.settled()
	require.NoError(t, s.engine.Put(t.Context(), session(3, "One more")))
	b.until(`document.querySelector('.pill')`)

	// Signing out ends the session of the browser.
	b.click("[aria-label=Settings]", "")
	b.click("dialog button", "Sign out")
	b.until(`document.querySelector('input[name=key]')`)
}

// Cookies do not distinguish ports.
func TestTwoServersOnOneHostKeepTheirLogins(t *testing.T) {
	one, two := newSite(t, setup{api: withKey("one")}), newSite(t, setup{api: withKey("two")})
	one.put("Of the first")
	two.put("Of the second", "Another")
	b := one.open("#key=one")
	b.total("1 session")
	c := two.openIn(b.ctx, "#key=two")
	c.total("2 sessions")
	b.do(chromedp.Navigate(one.url + "/"))
	b.total("1 session")
	c.do(chromedp.Navigate(two.url + "/"))
	c.total("2 sessions")
}

// Neither to write nor to log in. A host name that was made to resolve here is not served.
func TestPagesOfOtherOriginsCannotUseTheLogin(t *testing.T) {
	s := newSite(t, setup{api: withKey("k")})
	s.put("Private plan")
	b := s.open("#key=k")
	b.total("1 session")
	evil := newSite(t, setup{})
	c := newTab(t, b.ctx, evil.url)
	c.do(chromedp.Navigate(evil.url + "/openapi.json")) // another origin, without a policy
	for _, js := range []string{
		`fetch(` + literal(s.url+"/api/v0/sessions/s000000") + `, {method: 'DELETE', credentials: 'include'})`,
		`fetch(` + literal(s.url+"/api/v0/login") + `, {method: 'POST', mode: 'no-cors', credentials: 'include'})`,
		`fetch(` + literal(s.url+"/api/v0/sessions") + `, {credentials: 'include'}).then(a => a.text())`,
	} {
		require.NotContains(t, eval[string](c, js+`.then(a => String(a), e => 'refused: ' + e)`), "Private")
	}
	r, err := http.NewRequest("POST", s.url+"/api/v0/login", nil)
	require.NoError(t, err)
	r.Header.Set("X-Api-Key", "k")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusForbidden, answer.StatusCode)
	require.Equal(t, 1, s.engine.Len())

	open := newSite(t, setup{})
	r, err = http.NewRequest("GET", open.url+"/api/v0/sessions", nil)
	require.NoError(t, err)
	r.Host = "rebound.example"
	answer, err = http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusMisdirectedRequest, answer.StatusCode)
}
