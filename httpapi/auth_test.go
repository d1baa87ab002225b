package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

func TestWhoIsLetIn(t *testing.T) {
	h := newHandler(t, newEngine(t, few()...), httpapi.Options{
		APIKeys: []string{"key one", "schlüssel"}, BearerTokens: []string{"tok.en-1", "tok.en-2"},
	})
	s := serve(t, h, nil)
	const yes, no = http.StatusOK, http.StatusUnauthorized
	for _, c := range []struct {
		headers []string
		status  int
	}{
		{nil, no},
		{[]string{"X-API-KEY", "key one"}, yes},
		{[]string{"x-api-key", "schlüssel"}, yes},
		{[]string{"X-API-KEY", "  key one  "}, yes}, // white space around a header is not part of it
		{[]string{"X-API-KEY", ""}, no},
		{[]string{"X-API-KEY", "key on"}, no},
		{[]string{"X-API-KEY", "key one1"}, no},
		{[]string{"X-API-KEY", "KEY ONE"}, no},
		{[]string{"X-API-KEY", "key one,schlüssel"}, no},
		{[]string{"X-API-KEY", strings.Repeat("k", 8000)}, no},
		{[]string{"X-API-KEY", "tok.en-1"}, no}, // a token is not a key
		{[]string{"Authorization", "Bearer tok.en-1"}, yes},
		{[]string{"Authorization", "bearer  tok.en-2"}, yes},
		{[]string{"Authorization", "Bearer"}, no},
		{[]string{"Authorization", "Bearer "}, no},
		{[]string{"Authorization", "Bearer tok.en-3"}, no},
		{[]string{"Authorization", "Bearer tok.en-1 tok.en-2"}, no},
		{[]string{"Authorization", "Bearertok.en-1"}, no},
		{[]string{"Authorization", "tok.en-1"}, no},
		{[]string{"Authorization", "Basic tok.en-1"}, no},
		{[]string{"Authorization", "Bearer key one"}, no}, // nor a key a token
		{[]string{"X-API-KEY", "wrong", "Authorization", "Bearer tok.en-1"}, yes},
		{[]string{"X-API-KEY", "key one", "Authorization", "Basic Zm9vOmJhcg=="}, yes},
		{[]string{"X-API-KEY", "wrong", "Authorization", "Bearer wrong"}, no},
		{[]string{"X-API-KEY", "key one", "X-API-KEY", "wrong"}, yes}, // the first counts
		{[]string{"X-API-KEY", "wrong", "X-API-KEY", "key one"}, no},
		{[]string{"Cookie", "X-API-KEY=key one"}, no},
	} {
		for _, path := range []string{listPath, listPath + "/report", "/api/v0/session-facets"} {
			assert.Equal(t, c.status, s.do(t, "GET", path, c.headers...).status, "%s %q", path, c.headers)
		}
	}
	assert.Equal(t, no, s.do(t, "GET", listPath+"?api_key=key+one&X-API-KEY=key+one").status)
}

// It is the same whatever is wrong with the credentials, and whatever the request.
func TestA401TellsNothing(t *testing.T) {
	s := start(t, few()...)
	var first answer
	for _, path := range []string{listPath, listPath + "?limit=0&cursor=x", listPath + "/report", listPath + "/none",
		listPath + "?" + strings.Repeat("x", 200_000), "/api/v0/session-facets?limit=x"} {
		for _, headers := range [][]string{nil, {"X-API-KEY", "wrong"}, {"Authorization", "Bearer wrong"}} {
			a := s.do(t, "GET", path, append(headers, "If-None-Match", "*")...)
			require.Equal(t, http.StatusUnauthorized, a.status, path)
			assert.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
			assert.Equal(t, "Missing or invalid credentials", a.detail(t))
			a.header.Del("Date")
			a.header.Del("X-Request-Id")
			if first.body == nil {
				first = a
			}
			assert.Equal(t, first, a)
		}
	}
	assert.Equal(t, http.StatusOK, s.do(t, "GET", "/openapi.json").status, "the document is for everyone")
}

func TestAuthenticateDecides(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{
		Authenticate: func(r *http.Request) (httpapi.Principal, error) {
			switch r.Header.Get("X-User") {
			case "ann":
				return httpapi.Principal{}, nil
			case "down":
				return httpapi.Principal{}, fmt.Errorf("ldap.internal:389: %w", httpapi.ErrAuthUnavailable)
			}
			return httpapi.Principal{}, errors.New("user database says no")
		},
	}), nil)
	assert.Equal(t, http.StatusOK, s.do(t, "GET", listPath, "X-User", "ann").status)

	a := s.do(t, "GET", listPath, "X-User", "bob")
	assert.Equal(t, http.StatusUnauthorized, a.status)
	assert.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
	assert.Equal(t, "Missing or invalid credentials", a.detail(t))

	a = s.do(t, "GET", listPath, "X-User", "down")
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Empty(t, a.header.Get("WWW-Authenticate"))
	assert.Equal(t, "Service Unavailable", a.detail(t))
}

func TestAllowAnonymousLetsEveryoneIn(t *testing.T) {
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{AllowAnonymous: true}), nil)
	assert.Len(t, s.do(t, "GET", listPath).page(t).Items, 4)
	assert.Contains(t, string(s.do(t, "GET", "/openapi.json").body), `"security": []`)
}

func TestFaultyOptionsAreRefusedTogether(t *testing.T) {
	e := newEngine(t)
	accept := func(*http.Request) (httpapi.Principal, error) { return httpapi.Principal{}, nil }
	for _, c := range []struct {
		name   string
		reader sessiondex.Reader
		opts   *httpapi.Options
		want   []string
	}{
		{"nobody", e, nil, []string{"AllowAnonymous"}},
		{"nobody and no reader", nil, &httpapi.Options{}, []string{"reader is nil", "AllowAnonymous"}},
		{"two ways", e, &httpapi.Options{APIKeys: []string{"k"}, Authenticate: accept}, []string{"Authenticate is set beside"}},
		{"keys and anonymous", e, &httpapi.Options{BearerTokens: []string{"k"}, AllowAnonymous: true}, []string{"AllowAnonymous is set beside"}},
		{"callback and anonymous", e, &httpapi.Options{Authenticate: accept, AllowAnonymous: true}, []string{"AllowAnonymous is set beside"}},
		{"keys that nobody can present", e, &httpapi.Options{
			APIKeys:      []string{"fine", "", " s3cret", "s3\ncret", "s3cret\xff", strings.Repeat("s3cret", 1000)},
			BearerTokens: []string{"s3 cret"},
		}, []string{"APIKeys[1]: is empty", "APIKeys[2]: has white space around", "APIKeys[3]: holds a control",
			"APIKeys[4]: is not valid UTF-8", "APIKeys[5]: is 6000 bytes", "BearerTokens[0]: has white space inside"}},
		{"base paths", e, &httpapi.Options{AllowAnonymous: true, BasePath: "x"}, []string{`BasePath "x": must begin`}},
		{"base path with a final slash", e, &httpapi.Options{AllowAnonymous: true, BasePath: "/x/"}, []string{`BasePath "/x/"`}},
		{"base path of a slash", e, &httpapi.Options{AllowAnonymous: true, BasePath: "/"}, []string{`BasePath "/"`}},
		{"base path with dots", e, &httpapi.Options{AllowAnonymous: true, BasePath: "/a/../b"}, []string{"dot segments"}},
		{"base path to escape, and more", e, &httpapi.Options{AllowAnonymous: true, BasePath: "/a b", MaxQueryBytes: -1},
			[]string{"letters, digits", "MaxQueryBytes -1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := httpapi.NewHandler(c.reader, c.opts)
			assert.Nil(t, h)
			require.Error(t, err)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "cret", "an error must not show a credential")
		})
	}
}
