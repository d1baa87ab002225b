package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

func unzip(t *testing.T, body []byte) string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	plain, err := io.ReadAll(zip)
	require.NoError(t, err)
	return string(plain)
}

func TestGzipWhereTheClientAcceptsIt(t *testing.T) {
	s := start(t, many(300)...)
	plain := s.get(t, listPath)
	require.Empty(t, plain.header.Get("Content-Encoding"))
	for accept, zipped := range map[string]bool{
		"gzip": true, "GZIP": true, "x-gzip": true, "gzip, deflate, br": true, "*": true, "br;q=1, gzip;q=0.2": true,
		"gzip;q=1.000": true, "gzip ; q=0.5": true, "identity;q=0.5, gzip": true, "identity, gzip": true, "*;q=0.1": true,
		"": false, "identity": false, "br": false, "gzip;q=0": false, "gzip;q=0.000": false, "*;q=0": false, "gzip;q=0, *": false,
		"identity, gzip;q=0.5": false, "gzip;q=x": false, "gzip;q=2": false, "gzip;q=-1": false, "gzip;q=NaN": false, "gzipped": false,
		";;;,,,;q=": false,
	} {
		a := s.get(t, listPath, "Accept-Encoding", accept)
		require.Equal(t, 200, a.status)
		assert.Equal(t, "Accept-Encoding, Authorization, X-API-KEY", a.header.Get("Vary"))
		assert.Equal(t, plain.header.Get("Etag"), a.header.Get("Etag"))
		assert.EqualValues(t, len(a.body), a.length)
		if !zipped {
			assert.Empty(t, a.header.Get("Content-Encoding"), accept)
			assert.Equal(t, string(plain.body), string(a.body))
			continue
		}
		if assert.Equal(t, "gzip", a.header.Get("Content-Encoding"), accept) {
			assert.Less(t, len(a.body), len(plain.body)/2)
			assert.Equal(t, string(plain.body), unzip(t, a.body))
		}
		head := s.do(t, "HEAD", listPath, "X-API-KEY", key, "Accept-Encoding", accept)
		assert.Equal(t, a.length, head.length)
		assert.Equal(t, "gzip", head.header.Get("Content-Encoding"))
	}
	assert.Empty(t, s.get(t, listPath+"?limit=1", "Accept-Encoding", "gzip").header.Get("Content-Encoding"), "too small to be worth it")
	assert.Equal(t, "gzip", s.get(t, "/openapi.json", "Accept-Encoding", "gzip").header.Get("Content-Encoding"))
	for range 3 { // compressors are reused
		a := s.get(t, listPath+"?limit=500", "Accept-Encoding", "gzip")
		assert.Equal(t, string(s.get(t, listPath+"?limit=500").body), unzip(t, a.body))
	}
}

func TestTitlesOfHalfAMegabyteAreSentWhole(t *testing.T) {
	var sessions []sessiondex.Session
	for i := range 20 {
		sessions = append(sessions, sessiondex.Session{
			ID: fmt.Sprint("prompt-", i), Title: strings.Repeat("write me a [\"poem\"] ", 25_000+i), CreatedAt: day(1), UpdatedAt: day(1 + i),
		})
	}
	e := newEngine(t, sessions...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	for _, q := range []query.Query{{}, {Limit: 1}, {Limit: 3, Offset: 2}, {Offset: 18}} {
		p, err := e.List(t.Context(), q)
		require.NoError(t, err)
		want := string(p.AppendJSON(nil)) + "\n"
		path := listPath + "?" + q.Values().Encode()
		a := s.get(t, path)
		require.Equal(t, 200, a.status)
		assert.True(t, want == string(a.body), "%s: %d bytes, want %d", path, len(a.body), len(want))
		a = s.get(t, path, "Accept-Encoding", "gzip")
		require.Equal(t, "gzip", a.header.Get("Content-Encoding"))
		assert.True(t, want == unzip(t, a.body), path)
		a = s.do(t, "HEAD", path, "X-API-KEY", key)
		assert.Equal(t, 200, a.status)
		assert.Empty(t, a.body)
	}
}
