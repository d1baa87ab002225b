package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

func isStream(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/session-events") }

// withoutStreams refuses event streams, as some proxies do.
func withoutStreams(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isStream(r) {
			http.Error(w, "no streams here", http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// countingStreams counts the event streams that are open.
func countingStreams(open *atomic.Int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isStream(r) {
				open.Add(1)
				defer open.Add(-1)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Twelve tabs of a list have one stream, and all of them show new sessions; the thirteenth
// loads.
func TestTabsShareOneStream(t *testing.T) {
	var open atomic.Int64
	s := newSite(t, setup{wrap: countingStreams(&open)})
	s.put(numbered(20, "Session")...)
	first := s.open("")
	first.settled()
	tabs := []*tab{first}
	for range 11 {
		tabs = append(tabs, s.openIn(first.ctx, ""))
	}
	for _, b := range tabs {
		b.settled()
	}
	require.EqualValues(t, 1, open.Load())
	s.put("One that is new")
	for _, b := range tabs {
		b.until(`document.querySelector('.pill')?.textContent.startsWith('1 new')`)
	}
	last := s.openIn(first.ctx, "")
	last.total("21 sessions")
	t.Logf("the thirteenth has its list after %.0f ms", eval[float64](last, `performance.getEntriesByType('resource').find(r => r.name.includes('session-view')).responseEnd`))
	last.settled()
	require.EqualValues(t, 1, open.Load())

	// The tab that reads the stream closes; another one takes over.
	first.do(chromedp.Navigate("about:blank"))
	require.NoError(t, s.engine.Put(context.Background(), session(900, "After it")))
	tabs[5].until(`document.querySelector('.pill')?.textContent.startsWith('2 new')`)
	tabs[5].eventually(func() bool { return open.Load() == 1 })
}

// A browser has six connections to a server, and each list has a stream of its own. Tabs of
// eight lists do not keep a ninth from loading.
func TestManyListsLeaveConnections(t *testing.T) {
	var open atomic.Int64
	s := newSite(t, setup{wrap: countingStreams(&open)})
	s.put(numbered(20, "Session")...)
	first := s.open("?query=session")
	first.settled()
	for i := range 8 {
		b := s.openIn(first.ctx, fmt.Sprintf("?query=session&created_after=2020-01-%02d", i+1))
		b.total("20 sessions")
	}
	require.LessOrEqual(t, open.Load(), int64(3))
	last := s.openIn(first.ctx, "?query=session&state=failed")
	last.total("7 sessions")
}
