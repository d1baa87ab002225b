package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
)

// It lists, filters and pages with JavaScript turned off, and the page links to it.
func TestThePlainPageNeedsNoScripts(t *testing.T) {
	s := newSite(t, setup{})
	s.putSample()
	b := newTab(t, browser, s.url, chromedp.WithNewBrowserContext())
	t.Cleanup(func() { require.Empty(t, b.complaints()) })
	b.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	b.do(chromedp.Navigate(s.url + "/"))
	b.until(`document.querySelector('noscript a[href="?view=plain"]') && !document.querySelector('#app').children.length`)
	eval[any](b, `document.querySelector('noscript a').click()`)
	rows := func(range_ string, n int) {
		t.Helper()
		b.until(fmt.Sprintf(`document.querySelector('p')?.textContent === %s && document.querySelectorAll('tbody tr').length === %d`, literal(range_), n))
	}
	total := s.count(defaultQuery)
	rows(fmt.Sprintf("1–500 of %d", total), 500)
	eval[any](b, `document.querySelector('a[rel=next]').click()`)
	rows(fmt.Sprintf("501–1000 of %d", total), 500)
	eval[any](b, `document.querySelector('input[name=query]').value = 'review'; document.querySelector('input[name=state]').value = 'failed'; document.querySelector('button').click()`)
	failed := s.count(query.Query{Keyword: "review", States: []string{"failed"}})
	rows(fmt.Sprintf("1–%d of %d", failed, failed), failed)
	for _, width := range []int64{1360, 390} { // no column squeezes another
		b.do(chromedp.EmulateViewport(width, 900))
		b.shot(fmt.Sprint("plain-", width))
		require.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), width)
		require.Greater(t, eval[float64](b, `document.querySelector('td').getBoundingClientRect().width`), float64(width)*0.3)
		require.LessOrEqual(t, eval[int](b, `Math.max(...[...document.querySelectorAll('td:not(:first-child)')].map(e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length; }))`), 4, "lines")
	}
	b.do(chromedp.Navigate(s.url + "/?view=plain&query=review&limit=5"))
	rows(fmt.Sprintf("1–5 of %d", s.count(query.Query{Keyword: "review"})), 5)
}
