package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
)

// cookieOf returns the login cookie that an answer sets.
func cookieOf(t *testing.T, a answer) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: a.header}).Cookies()
	require.Len(t, cookies, 1)
	return cookies[0]
}

// bare sends a request with these headers only.
func bare(h http.Handler, method, path, body string, header ...string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

func TestALoginTurnsAKeyIntoACookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := scanning(t, few()...)
		defer e.Close()
		h := newHandler(t, e, httpapi.Options{Login: true})
		for _, a := range []answer{
			bare(h, "POST", "/api/v0/login", ""),
			bare(h, "POST", "/api/v0/login", `{"key":"wrong"}`, "Content-Type", "application/json"),
			bare(h, "POST", "/api/v0/login", "", "X-API-KEY", "wrong"),
		} {
			assert.Equal(t, http.StatusUnauthorized, a.status)
			assert.Empty(t, a.header.Get("Set-Cookie"))
		}
		assert.Equal(t, http.StatusForbidden, bare(h, "POST", "/api/v0/login", "", "X-API-KEY", key, "Origin", "https://evil.example").status)
		assert.Equal(t, http.StatusUnsupportedMediaType, bare(h, "POST", "/api/v0/login", "key="+key, "Content-Type", "application/x-www-form-urlencoded").status)

		for _, by := range [][]string{{`{"key":"` + key + `"}`, "Content-Type", "application/json"}, {"", "Authorization", "Bearer " + token}, {"", "Content-Type", "application/json", "X-API-KEY", key}} {
			a := bare(h, "POST", "/api/v0/login", by[0], by[1:]...)
			require.Equal(t, http.StatusNoContent, a.status, "%s", a.body)
			c := cookieOf(t, a)
			assert.True(t, c.HttpOnly)
			assert.Equal(t, http.SameSiteStrictMode, c.SameSite)
			assert.NotContains(t, c.Value, key)
			with := []string{"Cookie", c.Name + "=" + c.Value}
			assert.Equal(t, http.StatusOK, bare(h, "GET", listPath, "", with...).status)
			assert.Equal(t, http.StatusUnauthorized, bare(h, "GET", listPath, "", append(with, "X-API-KEY", "wrong")...).status, "credentials of its own count")
			bad := "A"
			if c.Value[20] == 'A' {
				bad = "B"
			}
			assert.Equal(t, http.StatusUnauthorized, bare(h, "GET", listPath, "", "Cookie", c.Name+"="+c.Value[:20]+bad+c.Value[21:]).status)
			other := newHandler(t, e, httpapi.Options{Login: true})
			assert.Equal(t, http.StatusUnauthorized, bare(other, "GET", listPath, "", with...).status, "another process")
			time.Sleep(time.Duration(c.MaxAge) * time.Second)
			assert.Equal(t, http.StatusUnauthorized, bare(h, "GET", listPath, "", with...).status, "it has expired")
		}
		again := cookieOf(t, bare(h, "POST", "/api/v0/login", "", "X-API-KEY", key, "X-Forwarded-Proto", "https"))
		assert.True(t, again.Secure)
		assert.Equal(t, http.StatusOK, bare(h, "GET", listPath, "", "Cookie", again.Name+"=of-another-port; "+again.Name+"="+again.Value).status)
		out := cookieOf(t, bare(h, "POST", "/api/v0/logout", ""))
		assert.Negative(t, out.MaxAge)
		assert.Equal(t, http.StatusNotFound, bare(newHandler(t, e, httpapi.Options{}), "POST", "/api/v0/login", "").status)
	})
}

// A browser sends both cookies to each.
func TestTwoServersOnOneHostHaveCookiesOfTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for _, url := range []string{"http://127.0.0.1:8080", "http://127.0.0.1:8081", "http://[::1]:8082", "http://sessions.example"} {
		h := newHandler(t, newEngine(t, few()...), httpapi.Options{Login: true})
		c := cookieOf(t, bare(h, "POST", url+"/api/v0/login", "", "X-API-KEY", key))
		names[c.Name] = true
		assert.Equal(t, http.StatusOK, bare(h, "GET", url+listPath, "", "Cookie", "sessiondex_login_1=other; "+c.Name+"="+c.Value).status, url)
	}
	assert.Len(t, names, 4)
}

func TestOnlyPagesOfAllowedOriginsMayAsk(t *testing.T) {
	const ours, theirs = "https://app.example", "https://evil.example"
	e := newEngine(t, few()...)
	h := writable(t, e, httpapi.Options{AllowedOrigins: []string{ours}})
	a := bare(h, "OPTIONS", listPath+"/report", "", "Origin", ours, "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "x-api-key,content-type")
	assert.Equal(t, http.StatusNoContent, a.status)
	assert.Equal(t, ours, a.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, a.header.Get("Access-Control-Allow-Methods"), "PATCH")
	assert.Contains(t, a.header.Get("Access-Control-Allow-Headers"), "X-API-KEY")
	assert.Empty(t, a.body)
	a = send(h, "GET", listPath, "", "Origin", ours)
	assert.Equal(t, ours, a.header.Get("Access-Control-Allow-Origin"))
	assert.Contains(t, a.header.Get("Access-Control-Expose-Headers"), "X-Next-Cursor")
	assert.Contains(t, strings.Join(a.header.Values("Vary"), ", "), "Origin")
	assert.Equal(t, http.StatusOK, send(h, "PATCH", listPath+"/report", `{}`, "Origin", ours, "Sec-Fetch-Site", "cross-site").status)

	for _, origin := range []string{theirs, "null", "https://app.example.evil.example", "http://app.example"} {
		a = bare(h, "OPTIONS", listPath, "", "Origin", origin, "Access-Control-Request-Method", "GET")
		assert.Equal(t, http.StatusMethodNotAllowed, a.status)
		assert.Empty(t, a.header.Get("Access-Control-Allow-Origin"))
		assert.Empty(t, send(h, "GET", listPath, "", "Origin", origin).header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, http.StatusForbidden, send(h, "PATCH", listPath+"/report", `{}`, "Origin", origin, "Sec-Fetch-Site", "cross-site").status)
	}
	_, err := httpapi.NewHandler(e, &httpapi.Options{AllowAnonymous: true, AllowedOrigins: []string{"app.example/path"}})
	assert.ErrorContains(t, err, "AllowedOrigins")
}
