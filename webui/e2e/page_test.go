package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/webui"
)

func TestSearchAnswersEveryKeystrokeAndMarksWhatMatches(t *testing.T) {
	s := newSite(t, setup{})
	s.put("Invoice review", "Straße nach İzmir", "e\u0301te\u0301 report", "昨晚 会议", "🌊 Wave report", "<b>&amp;</b> report", "تقرير report")
	b := s.open("")
	b.total("7 sessions")
	b.search("report")
	b.total("4 sessions")
	b.until(`document.querySelectorAll('mark').length === 4`)
	require.Equal(t, "?query=report", eval[string](b, `location.search`))
	require.Contains(t, b.titles(), "<b>&amp;</b> report", "a title is text")
	for word, mark := range map[string]string{"STRASSE": "Straße", "ÉTÉ": "e\u0301te\u0301", "昨晚": "昨晚", "🌊": "🌊", "review": "review"} {
		eval[any](b, `(() => { const e = document.getElementById('search'); e.value = ''; e.dispatchEvent(new Event('input')); })()`)
		b.total("7 sessions")
		eval[any](b, fmt.Sprintf(`(() => { const e = document.getElementById('search'); e.value = %q; e.dispatchEvent(new Event('input')); })()`, word))
		b.total("1 session")
		b.until(fmt.Sprintf(`[...document.querySelectorAll('mark')].map(m => m.textContent).join('|') === %q`, mark))
	}
	b.shot("search")
}

func TestQualifiersBecomeChips(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(9, "Report")...)
	b := s.open("")
	b.total("9 sessions")
	b.search("report state:failed ")
	b.total("3 sessions")
	require.Equal(t, "failed", eval[string](b, `new URLSearchParams(location.search).get('state[eq]')`))
	b.until(`document.querySelector('.chip').textContent.includes('State: failed')`)
	b.search("-state:failed ")
	b.total("0 sessions")
	eval[any](b, `document.querySelectorAll('.chip button')[0].click()`)
	b.total("6 sessions")
	eval[any](b, `history.back()`)
	b.total("0 sessions")
}

func TestTheListIsExactToItsLastRow(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(20_000, "Session")...)
	b := s.open("")
	b.total("20,000 sessions")
	eval[any](b, `document.getElementById('list').focus()`)
	b.keys("G")
	b.until(`document.querySelector('[data-id="s000000"]')?.getAttribute('aria-rowindex') === '20001'`)
	require.LessOrEqual(t, eval[int](b, `document.querySelectorAll('*').length`), 1500)
	eval[any](b, `document.getElementById('list').scrollTop = document.getElementById('list').scrollHeight / 2`)
	b.until(`(() => { const r = document.querySelector('.row[data-id]'); if (!r) return false; const i = +r.getAttribute('aria-rowindex') - 2; return r.dataset.id === 's' + String(19999 - i).padStart(6, '0') && i > 9000; })()`)
	b.shot("long")
}

func TestNothingMovesUnderTheReader(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(50, "Session")...)
	b := s.open("")
	b.total("50 sessions")
	b.until(`document.querySelector('.live .dot.on')`)
	before := b.ids()
	s.put("One that is new", "Another")
	b.until(`document.querySelector('.pill')?.textContent.startsWith('2 new')`)
	require.Equal(t, before, b.ids())

	changed := session(49, "Session 49, renamed")
	changed.UpdatedAt = changed.UpdatedAt.Add(time.Hour)
	require.NoError(t, s.engine.Put(context.Background(), changed))
	b.until(`[...document.querySelectorAll('.line bdi')].some(e => e.textContent === 'Session 49, renamed')`)
	require.Equal(t, before, b.ids(), "it is painted anew where it stands")
	b.shot("live")
	b.keys(".")
	b.total("52 sessions")
	require.Contains(t, b.titles(), "One that is new")
	b.until(`!document.querySelector('.pill')`)
}

func TestEmptyListsSayWhy(t *testing.T) {
	s := newSite(t, setup{})
	b := s.open("")
	b.until(`document.querySelector('.nothing h2')?.textContent === 'There are no sessions yet.'`)
	var runs []sessiondex.Session
	for i := range 5 {
		r := session(i, "Nightly")
		r.IsTaskSession = true
		runs = append(runs, r)
	}
	require.NoError(t, s.engine.Put(context.Background(), runs...))
	b = s.open("")
	b.until(`document.querySelector('.nothing h2')?.textContent === '0 shown, 5 task runs hidden'`)
	b.shot("hidden")
	eval[any](b, `[...document.querySelectorAll('.nothing button')].find(e => e.textContent.includes('5 task runs')).click()`)
	b.total("5 sessions")
	b.search("nothing like this")
	b.until(`document.querySelector('.nothing h2')?.textContent === 'No session matches.'`)
	b.until(`[...document.querySelectorAll('.nothing li')].some(e => e.textContent.includes('Without “nothing like this” 5 sessions'))`)
	b.shot("empty")
}

func TestWhyASessionIsNotThere(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(30, "Report")...)
	b := s.open("?state=failed")
	b.total("10 sessions")
	eval[any](b, `[...document.querySelectorAll('.status button')].find(e => e.textContent.startsWith('Why')).click()`)
	b.until(`document.querySelector('dialog[open] input')`)
	b.keys("s000000\r")
	b.until(`document.querySelector('dialog li button')`)
	eval[any](b, `document.querySelector('dialog li button').click()`)
	b.total("30 sessions")
}

// What the page says of 30 random queries is what the engine says.
func TestThePageAgreesWithTheEngine(t *testing.T) {
	s := newSite(t, setup{})
	rng := rand.New(rand.NewPCG(3, 4))
	words := []string{"invoice", "report", "weekly", "review"}
	var all []sessiondex.Session
	for i := range 500 {
		x := session(i, words[rng.IntN(4)]+" "+words[rng.IntN(4)])
		x.IsSubSession, x.IsTaskSession = rng.IntN(4) == 0, rng.IntN(4) == 0
		x.SourceChannel = []string{"web", "api", ""}[rng.IntN(3)]
		all = append(all, x)
	}
	require.NoError(t, s.engine.Put(context.Background(), all...))
	for range 30 {
		v := url.Values{}
		if rng.IntN(2) == 0 {
			v.Set("query", words[rng.IntN(4)])
		}
		if rng.IntN(2) == 0 {
			v.Set("state", []string{"failed", "failed,running", "completed"}[rng.IntN(3)])
		}
		if rng.IntN(3) == 0 {
			v.Set("source_channel", "api")
		}
		if rng.IntN(3) == 0 {
			v.Set("include_task_sessions", "true")
		}
		q, err := query.Parse(v)
		require.NoError(t, err)
		page, err := s.engine.List(context.Background(), q)
		require.NoError(t, err)
		facets, err := s.engine.Facets(context.Background(), q, query.FacetOptions{})
		require.NoError(t, err)

		b := s.open("?" + v.Encode())
		noun := "sessions"
		if page.Total == 1 {
			noun = "session"
		}
		b.total(fmt.Sprintf("%d %s", page.Total, noun))
		if page.Total > 0 {
			b.until(`document.querySelector('.row[data-id]')`)
			require.Equal(t, page.Items[0].ID, b.ids()[0])
		}
		shown := eval[map[string]int](b, `Object.fromEntries([...document.querySelectorAll('.facet')].filter(f => f.querySelector('legend').textContent === 'State').flatMap(f => [...f.querySelectorAll('label')].map(l => [l.querySelector('.name').textContent, +l.querySelector('.count').textContent])))`)
		for _, c := range facets.Field("state").Values {
			require.Equal(t, c.Count, shown[c.Value], "%s of %s", c.Value, v.Encode())
		}
	}
}

func TestAKeyInTheAddressBecomesACookie(t *testing.T) {
	s := newSite(t, setup{api: withKey("s3cret")})
	s.put("Private plan")
	b := s.open("")
	b.mayComplain() // a 401 is told there
	b.until(`document.querySelector('input[name=key]')`)
	require.NotContains(t, eval[string](b, `document.body.innerText`), "Private")
	b.shot("login")
	eval[any](b, `document.querySelector('input[name=key]').focus()`)
	b.keys("wrong\r")
	b.until(`document.body.innerText.includes('This key is not valid here.')`)

	b = s.open("#key=s3cret")
	b.total("1 session")
	require.Equal(t, s.url+"/", eval[string](b, `location.href`))
	require.Empty(t, eval[string](b, `document.cookie`))
	require.Empty(t, eval[string](b, `Object.values(localStorage).join() + Object.values(sessionStorage).join()`))
	b.until(`document.querySelector('.live .dot.on')`)
}

func TestRenameAndDeleteWithUndo(t *testing.T) {
	s := newSite(t, setup{})
	s.put("First", "Second")
	b := s.open("")
	b.total("2 sessions")
	eval[any](b, `document.querySelector('[data-id="s000000"]').click()`)
	b.until(`document.querySelector('#detail dl')`)
	b.shot("detail")
	eval[any](b, `[...document.querySelectorAll('#detail button')].find(e => e.textContent === 'Rename').click()`)
	b.until(`document.querySelector('dialog[open] input[name=title]')`)
	eval[any](b, `(() => { const i = document.querySelector('dialog input[name=title]'); i.value = 'First, renamed'; i.form.requestSubmit(); })()`)
	b.until(`document.querySelector('#detail h2').textContent === 'First, renamed'`)
	got, err := s.engine.Get(context.Background(), "s000000")
	require.NoError(t, err)
	require.Equal(t, "First, renamed", got.Title)

	eval[any](b, `[...document.querySelectorAll('#detail button')].find(e => e.textContent === 'Delete').click()`)
	b.total("1 session")
	require.Equal(t, 1, s.engine.Len())
	eval[any](b, `document.querySelector('.toast button').click()`)
	b.total("2 sessions")
	back, err := s.engine.Get(context.Background(), "s000000")
	require.NoError(t, err)
	require.Equal(t, got, back)
}

func TestAFaultOfTheAddressIsTold(t *testing.T) {
	s := newSite(t, setup{})
	s.put("One")
	b := s.open("?created_after=yesterdayish")
	b.mayComplain() // a 422 is told there
	b.until(`document.querySelector('.banner')?.textContent.includes('created_after: ')`)
	b.shot("error")
}

func TestHostileTitlesDoNothing(t *testing.T) {
	s := newSite(t, setup{page: webui.Options{SessionURL: "/c/{id}"}})
	s.put(`<script>window.hit=1</script>`, `<img src=x onerror="window.hit=1">`, "\u202Egnp.exe", "a"+strings.Repeat("\u0301", 10_000), strings.Repeat("long ", 100_000)+"needle")
	b := s.open("")
	b.total("5 sessions")
	b.until(`document.querySelectorAll('.row[data-id]').length === 5`)
	require.False(t, eval[bool](b, `'hit' in window`))
	heights := eval[[]float64](b, `[...document.querySelectorAll('.row[data-id]')].map(r => r.getBoundingClientRect().height)`)
	for _, h := range heights {
		require.Equal(t, 46.0, h)
	}
	b.search("needle")
	b.total("1 session")
	b.until(`(() => { const m = document.querySelector('mark'); if (!m) return false; const a = m.getBoundingClientRect(), c = m.closest('.line').getBoundingClientRect(); return a.right <= c.right + 1 && a.left >= c.left - 1; })()`)
}

func TestNarrowScreens(t *testing.T) {
	s := newSite(t, setup{})
	s.put("A title that is much too long for a narrow screen, with the word invoice at its end")
	b := s.open("")
	b.do(chromedp.EmulateViewport(390, 800))
	b.total("1 session")
	b.search("invoice")
	b.until(`(() => { const m = document.querySelector('mark'); if (!m) return false; const a = m.getBoundingClientRect(), c = m.closest('.line').getBoundingClientRect(); return a.width > 0 && a.right <= c.right + 1; })()`)
	require.False(t, eval[bool](b, `document.documentElement.scrollWidth > 390`))
	b.shot("narrow")
}
