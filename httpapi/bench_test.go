package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
)

// discard is a response writer that drops the body, so that the handler alone is measured.
type discard struct {
	header http.Header
	bytes  int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

// BenchmarkHandler answers a page of 50 from 100,000 sessions, without a
// network. "go call" is the same listing without HTTP, "go call and JSON" with
// its encoding: the difference to "list" is the handler's own.
func BenchmarkHandler(b *testing.B) {
	e := newEngine(b, many(100_000)...)
	h := newHandler(b, e, httpapi.Options{})
	bench := func(name, path string, headers ...string) {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("X-API-KEY", key)
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			w := &discard{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				w.bytes = 0
				h.ServeHTTP(w, r)
			}
			b.ReportMetric(float64(w.bytes), "body-bytes")
		})
	}
	b.Run("go call", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := e.List(b.Context(), query.Query{})
			require.NoError(b, err)
		}
	})
	b.Run("go call and JSON", func(b *testing.B) {
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			p, err := e.List(b.Context(), query.Query{})
			require.NoError(b, err)
			buf = p.AppendJSON(buf[:0])
		}
	})
	tagged := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, listPath, nil)
	r.Header.Set("X-API-KEY", key)
	h.ServeHTTP(tagged, r)
	bench("list", listPath)
	bench("list filtered", listPath+"?state=completed&state=running&source_channel=web&sort_by=title&offset=1000")
	bench("list gzip", listPath, "Accept-Encoding", "gzip")
	bench("not modified", listPath, "If-None-Match", tagged.Header().Get("Etag"))
	bench("unprocessable", listPath+"?limit=0&offset=-1")
}
