package e2e

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

func (s *site) get(id string) sessiondex.Session {
	s.t.Helper()
	x, err := s.engine.Get(context.Background(), id)
	require.NoError(s.t, err)
	return x
}

func member(t *testing.T, x sessiondex.Session, name string) string {
	t.Helper()
	raw, _ := x.Member(name)
	return string(raw)
}

// Rename, pin, archive, mark as read, delete, and undo.
func TestAWriterCanChangeASession(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.put("First", "Second")
	b := s.open("?id=s000000")
	b.until(`document.querySelector('#detail dl')`)
	b.click("#detail button", "Rename")
	b.until(`document.querySelector('dialog[open] input[name=title]')?.value === 'First'`)
	b.submit("dialog input[name=title]", "First, renamed")
	b.until(`document.querySelector('#detail h2').textContent === 'First, renamed'`)
	require.Equal(t, "First, renamed", s.get("s000000").Title)
	b.until(`document.querySelector('[data-id="s000000"] .line').textContent === 'First, renamed'`)

	b.click("#detail button", "Pin")
	b.until(`[...document.querySelectorAll('#detail button')].some(e => e.textContent === 'Unpin')`)
	require.Equal(t, "true", member(t, s.get("s000000"), "pinned"))
	b.click(".toast button", "Undo")
	b.until(`[...document.querySelectorAll('#detail button')].some(e => e.textContent === 'Pin')`)
	b.click("#detail button", "Archive")
	b.until(`document.querySelector('.toast')?.textContent.includes('Archived')`)
	require.Equal(t, "true", member(t, s.get("s000000"), "archived"))
	b.until(`document.querySelector('.hidden-by')?.textContent.includes('1 archived')`)
	b.click(".toast button", "Undo")
	b.until(`!document.querySelector('.hidden-by')`)
	b.click("#detail button", "Mark as unread")
	b.until(`document.querySelector('[data-id="s000000"]').classList.contains('unread')`)
	b.click("#detail button", "Mark as read")
	b.until(`!document.querySelector('[data-id="s000000"]').classList.contains('unread')`)

	before := s.get("s000000")
	b.click("#detail button", "Delete")
	b.total("1 session")
	require.Equal(t, 1, s.engine.Len())
	b.click(".toast button", "Undo")
	b.total("2 sessions")
	require.Equal(t, before, s.get("s000000"))
}

// The page says so, and shows the session as it is now.
func TestAWriteDoesNotOverwriteAnother(t *testing.T) {
	var s *site
	s = newSite(t, setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch { // another client is faster
				x := s.get("s000000")
				x.Title = "Theirs"
				require.NoError(t, s.engine.Put(r.Context(), x))
			}
			next.ServeHTTP(w, r)
		})
	}})
	s.put("First")
	b := s.open("?id=s000000")
	b.mayBeRefused()
	b.click("#detail button", "Rename")
	b.submit("dialog input[name=title]", "Mine")
	b.until(`document.querySelector('.toast')?.textContent.startsWith('Somebody else changed')`)
	b.until(`document.querySelector('#detail h2').textContent === 'Theirs'`)
	require.Equal(t, "Theirs", s.get("s000000").Title)
}

func TestReadersAreOfferedNoWrites(t *testing.T) {
	s := newSite(t, setup{fields: declared, api: func(e *sessiondex.Engine) *httpapi.Options {
		return &httpapi.Options{Writer: e.Writer(), Authenticate: func(*http.Request) (httpapi.Principal, error) { return httpapi.Principal{Name: "reader"}, nil }}
	}})
	s.put("First")
	b := s.open("?id=s000000")
	b.settled()
	b.until(`document.querySelector('#detail dl')`)
	require.NotContains(t, eval[string](b, `document.querySelector('#detail').textContent`), "Rename")
	b.focusList()
	b.keys("x")
	b.until(`document.querySelector('.bulk')`)
	require.NotContains(t, eval[string](b, `document.querySelector('.bulk').textContent`), "Mark")
}

// Ids and links are copied, all matches exported, and selected sessions changed.
func TestManySessionsAtOnce(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.put(numbered(700, "Report")...)
	b := s.open("?state=failed")
	b.total("233 sessions")
	b.recordCopies()
	b.focusList()
	b.keys("xjjX")
	b.until(`document.querySelector('.bulk')?.textContent.includes('3 sessions selected')`)
	b.click(".bulk button", "Copy ids")
	ids := eval[[]string](b, `[...document.querySelectorAll('.row.checked')].map(e => e.dataset.id)`)
	require.Len(t, ids, 3)
	b.until(`window.copied?.split('\n').sort().join() === ` + literal(strings.Join(slices.Sorted(slices.Values(ids)), ",")))
	b.click(".bulk button", "Mark as read")
	b.until(`document.querySelector('.toast')?.textContent.includes('3 sessions changed')`)
	require.Equal(t, "false", member(t, s.get(ids[0]), "is_unread"))
	export := func(form string) string {
		answer, err := http.Get(eval[string](b, `[...document.querySelectorAll('.bulk a')].find(a => a.textContent.includes(`+literal(form)+`)).href`))
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(body)
	}
	require.Equal(t, 3, strings.Count(export("JSONL"), "\n"))
	b.click(".bulk button", "Select all 233")
	b.until(`document.querySelector('.bulk').textContent.includes('233 sessions selected')`)
	require.Equal(t, 233, strings.Count(export("JSONL"), "\n"))
	require.Equal(t, 234, strings.Count(export("CSV"), "\n"))
	b.click(".bulk button", "Copy links")
	b.until(`window.copied?.split('\n').length === 233 && window.copied.startsWith(location.origin + '/?id=s000')`)
	b.click(".bulk button", "Select none")
	b.until(`!document.querySelector('.bulk')`)
}

// Appearance, columns, exact times.
func TestSettingsAreKeptInTheBrowser(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("")
	b.settled()
	require.Equal(t, []string{"Model", "Cost"}, eval[[]string](b, `[...document.querySelectorAll('.head .column')].map(e => e.textContent)`), "declared fields are columns by themselves")
	b.click("[aria-label=Settings]", "")
	b.click("dialog label", "Compact rows")
	b.click("dialog label", "Exact times")
	b.click("dialog label", "Cost")
	b.click("dialog label", "Pinned")
	b.until(`document.querySelector('.row[data-id]').getBoundingClientRect().height === 30`)
	c := s.openIn(b.ctx, "?sort_by=title&sort_direction=asc&created_before=2025-11-01") // of another year
	c.settled()
	c.until(`document.querySelector('.row[data-id]').getBoundingClientRect().height === 30`)
	c.until(`document.querySelector('.row time').textContent.includes('2025') && [...document.querySelectorAll('.row[data-id] .time')].every(e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight)`)
	c.do(chromedp.EmulateViewport(900, 900))
	c.until(`[...document.querySelectorAll('.row[data-id] .time')].every(e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= 30)`)
	require.Equal(t, []string{"Model", "Pinned"}, eval[[]string](c, `[...document.querySelectorAll('.head .column')].map(e => e.textContent)`))
	require.NotContains(t, eval[string](c, `[...document.querySelectorAll('.row[data-id] time')].map(e => e.textContent).join()`), "ago")
}

// And the rows stay.
func TestABusyServerIsReportedInWords(t *testing.T) {
	var down atomic.Bool
	s := newSite(t, setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() && strings.HasPrefix(r.URL.Path, "/api/") {
				http.Error(w, "<html>a proxy's page", http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	s.put(numbered(20, "Report")...)
	b := s.open("")
	b.mayBeRefused()
	b.settled()
	down.Store(true)
	b.search("rep")
	b.until(`document.querySelector('.banner')?.textContent.includes('starting or has too much to do')`)
	require.Len(t, b.ids(), 20, "the rows stay")
	down.Store(false)
	b.click(".banner button", "Try again")
	b.until(`!document.querySelector('.banner') && document.querySelector('mark')`)
}
