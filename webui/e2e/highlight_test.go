package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/webui"
)

// firstMarkInSight: the first mark of every row lies within the visible part of its title.
const firstMarkInSight = `[...document.querySelectorAll('.row[data-id]')].every(r => {
	const m = r.querySelector('.line mark');
	if (!m) return false;
	const a = m.getBoundingClientRect(), c = r.querySelector('.line').getBoundingClientRect();
	return a.width > 0 && a.left >= c.left - 1 && a.right <= c.right + 1;
})`

// And is visible: a title whose match lies beyond the edge is shown from the match on.
func TestWhatMatchesIsMarkedInEveryScript(t *testing.T) {
	s := newSite(t, setup{})
	long := strings.Repeat("words before it ", 9)
	cases := []struct{ keyword, title, mark string }{
		{"STRASSE", "Straße nach Wien", "Straße"},
		{"İZMIR", "Reise nach İzmir", "İzmir"},
		{"ÉTÉ", "Vacances d'e\u0301te\u0301 2026", "e\u0301te\u0301"},
		{"🌊", "🏄 surf 🌊 wave", "🌊"},
		{"昨晚", "总结 昨晚 会议", "昨晚"},
		{"تقرير", "ملخص تقرير المبيعات", "تقرير"},
		{"דוח", "סיכום דוח מכירות", "דוח"},
		{"<b>&amp;", "HTML <b>&amp;</b> in it", "<b>&amp;"},
	}
	var titles []string
	for _, c := range cases {
		titles = append(titles, c.title, long+c.title, "🎯 "+strings.Repeat("日本語の長い題名", 12)+c.title)
	}
	s.put(titles...)
	b := s.open("")
	for _, width := range []int64{1360, 390} {
		b.do(chromedp.EmulateViewport(width, 900))
		for _, c := range cases {
			eval[any](b, fmt.Sprintf(`(() => { const e = document.getElementById('search'); e.value = %s; e.dispatchEvent(new Event('input')); })()`, literal(c.keyword)))
			b.total("3 sessions")
			b.until(fmt.Sprintf(`[...document.querySelectorAll('.row[data-id] .line mark')].map(m => m.textContent).join('|') === %s`, literal(strings.Join([]string{c.mark, c.mark, c.mark}, "|"))))
			b.until(firstMarkInSight)
		}
	}

	// The check can fail: a title with words before it has its mark out of sight.
	eval[any](b, `document.querySelectorAll('.row[data-id] bdi').forEach(e => { e.prepend('words before it '.repeat(9)); })`)
	require.False(t, eval[bool](b, firstMarkInSight))
}

// Of 671,702 characters the answer has a few hundred, around the match.
func TestALongTitleIsCheap(t *testing.T) {
	s := newSite(t, setup{})
	title := strings.Repeat("wordy ", 671_000/6)
	title += strings.Repeat("x", 671_702-len(title)-len(" needle")) + " needle"
	require.Len(t, title, 671_702)
	s.put("Another", title)
	b := s.open("")
	b.settled()
	b.countThreadTime()
	before := b.mainThread()
	b.search("needle")
	b.total("1 session")
	b.until(firstMarkInSight)
	used := b.mainThread() - before
	t.Logf("%v of the main thread for six keys", used)
	require.LessOrEqual(t, used, b.budget(6*50*time.Millisecond))
	require.LessOrEqual(t, eval[int](b, `Math.max(...performance.getEntriesByType('resource').filter(r => r.name.includes('session-view')).map(r => r.decodedBodySize))`), 100_000)
	b.until(`document.querySelector('mark').textContent === 'needle'`)
}

// Nothing in a session runs, is a link, or makes its row higher.
func TestHostileTitlesDoNothing(t *testing.T) {
	titles := []string{
		`<script>window.hit=1</script>`, `<img src=x onerror="window.hit=1">`, `"><svg onload=window.hit=1>`, `{{constructor.constructor('window.hit=1')()}}`,
		"${window.hit=1}", "\u202Egnp.exe", "a" + strings.Repeat("\u0301", 10_000), "line\nbreak\r\n\ttab", "null \x00 byte", strings.Repeat("W", 5000), "\u2028\u2029",
	}
	for _, pattern := range []string{"", "/c/{id}", "https://chat.example/{id}"} {
		s := newSite(t, setup{page: webui.Options{SessionURL: pattern, Title: `<script>window.hit=1</script>`}})
		s.put(titles...)
		x := session(500, "An id that is hostile")
		x.ID = `javascript:window.hit=1//"><b>`
		require.NoError(t, x.SetMember("last_message_preview", `<img src=x onerror="window.hit=1">`))
		require.NoError(t, s.engine.Put(t.Context(), x))
		b := s.open("")
		b.settled()
		b.total(sessions(len(titles) + 1))
		require.Empty(t, eval[[]float64](b, `[...document.querySelectorAll('.row[data-id]')].map(r => r.getBoundingClientRect().height).filter(h => h !== 46)`))
		require.Empty(t, eval[[]string](b, `[...document.querySelectorAll('a[href]')].map(a => a.href).filter(h => !/^https?:/.test(h))`))
		eval[any](b, `document.querySelector('[data-id="s000000"] .check').nextElementSibling.click()`)
		eval[any](b, `[...document.querySelectorAll('.row[data-id]')].find(r => r.dataset.id.startsWith('javascript')).querySelector('.state').click()`)
		b.until(`document.querySelector('#detail dl')?.textContent.includes('onerror')`)
		require.False(t, eval[bool](b, `'hit' in window`))
		require.Equal(t, s.url, eval[string](b, `location.origin`))
	}
}
