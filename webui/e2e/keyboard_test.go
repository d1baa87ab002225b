package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// Tab reaches each control, and the keys of the list reach its ends.
func TestTheKeyboardReachesEverything(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("?state=failed&query=e&id=" + s.anyID())
	b.settled()
	b.until(`document.querySelector('#detail dl')`)
	eval[any](b, `(() => {
		window.wanted = new Set([...document.querySelectorAll('button, a[href], input, select, [tabindex="0"]')].filter(e => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true})));
		window.reached = new Set();
		document.addEventListener('focusin', e => window.reached.add(e.target));
		document.activeElement.blur();
	})()`)
	n := eval[int](b, `window.wanted.size`)
	require.Greater(t, n, 40)
	for range n + 5 {
		b.keys("\t")
	}
	missed := eval[[]string](b, `[...window.wanted].filter(e => !window.reached.has(e)).map(e => e.outerHTML.slice(0, 200))`)
	require.Empty(t, missed)
	// The focus is visible.
	require.True(t, eval[bool](b, `(() => { const e = document.querySelector('.status select'); e.focus({focusVisible: true}); return getComputedStyle(e).outlineStyle !== 'none'; })()`))

	b.focusList()
	b.keys("jjjk")
	b.until(`document.querySelector('.row.active').id === 'row-2' && document.getElementById('list').getAttribute('aria-activedescendant') === 'row-2'`)
	b.keys("G")
	b.until(`document.querySelector('.row.active')?.getAttribute('aria-rowindex') === document.getElementById('list').getAttribute('aria-rowcount')`)
	b.keys("gg")
	b.until(`document.querySelector('.row.active')?.id === 'row-0'`)
}

// They are off in inputs, and can be turned off.
func TestKeysOfOneLetterDoWhatTheHelpSays(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("")
	b.settled()
	b.recordCopies()
	b.focusList()
	b.keys("j")
	b.space()
	b.until(`document.querySelector('#detail dl')`)
	id := eval[string](b, `document.querySelector('.row.active').dataset.id`)
	b.keys("y")
	b.until(`window.copied === ` + literal(id))
	b.keys("c")
	b.until(`window.copied === location.origin + '/?id=' + ` + literal(id))
	b.keys("x")
	b.until(`document.querySelector('.bulk')`)
	day := `document.querySelector('.row.active .day')?.textContent`
	b.keys("]")
	b.until(day)
	first := eval[string](b, day)
	b.keys("]")
	b.until(day + ` !== ` + literal(first))
	b.keys("[")
	b.until(day + ` === ` + literal(first))
	b.keys("t")
	b.until(`document.documentElement.dataset.theme === 'dark'`)
	b.keys("?")
	b.until(`document.querySelector('dialog[open]')`)
	b.keys("\x1b")
	b.until(`!document.querySelector('dialog')`)
	b.keys("f")
	b.until(`document.activeElement.closest('#rail')`)
	b.press("/", 191)
	b.until(`document.activeElement.id === 'search'`)
	b.keys("xjt?")
	b.until(`document.getElementById('search').value === 'xjt?'`)

	// Escape clears one layer at a time: the details, the text, the filters.
	eval[any](b, `history.replaceState(null, '', location.href); document.getElementById('list').focus()`)
	b.keys("\x1b")
	b.until(`!document.querySelector('#detail') && document.getElementById('search').value === 'xjt?'`)
	b.keys("\x1b")
	b.until(`document.getElementById('search').value === ''`)
	b.click("#rail .facet:nth-of-type(2) label", "failed")
	b.until(`document.querySelector('.chip')`)
	eval[any](b, `document.getElementById('list').focus()`)
	b.keys("\x1b")
	b.until(`!document.querySelector('.chip')`)

	b.click("[aria-label=Settings]", "")
	b.click("dialog label", "Shortcuts of a single key")
	b.keys("\x1b")
	b.until(`!document.querySelector('dialog')`)
	b.focusList()
	b.keys("?")
	b.keys(kb.ArrowDown) // the arrow down still works
	b.until(`document.querySelector('.row.active').id === 'row-1'`)
	require.False(t, eval[bool](b, `!!document.querySelector('dialog')`))
}

// No request is made before the text is complete, and the page ignores the keys that compose
// it.
func TestInputMethodsAreLeftAlone(t *testing.T) {
	s := newSite(t, setup{})
	s.put("昨晚 会议", "Other")
	b := s.open("")
	b.settled()
	eval[any](b, `document.getElementById('search').focus(); window.navigations = 0; for (const f of ['pushState', 'replaceState']) { const old = history[f].bind(history); history[f] = (...a) => { if (a[2]) window.navigations++; old(...a); }; }`)
	before := len(b.asked("/api/v0/session-view"))
	for _, text := range []string{"z", "zuo", "zuo wan", "昨晚"} {
		b.do(call(input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: int64(len(text)), SelectionEnd: int64(len(text))}))
		for _, key := range []string{"Enter", "Process", "ArrowDown"} {
			// As browsers report the keys of an input method.
			b.do(call(input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: key, WindowsVirtualKeyCode: 229}))
		}
	}
	require.Equal(t, 0, eval[int](b, `window.navigations`))
	require.Equal(t, "search", eval[string](b, `document.activeElement.id`))
	require.Equal(t, "昨晚", eval[string](b, `document.getElementById('search').value`))
	require.Len(t, b.asked("/api/v0/session-view"), before)
	b.do(call(input.InsertText, input.InsertTextParams{Text: "昨晚"}))
	b.total("1 session")
	require.Equal(t, "?query=%E6%98%A8%E6%99%9A", eval[string](b, `location.search`))
}

// anyID is the id of a session that a listing shows.
func (s *site) anyID() string {
	s.t.Helper()
	page, err := s.engine.List(s.t.Context(), defaultQuery)
	require.NoError(s.t, err)
	return page.Items[0].ID
}

// recordCopies records what the page copies: a headless browser has no clipboard.
func (b *tab) recordCopies() {
	b.t.Helper()
	eval[any](b, `Object.defineProperty(navigator, 'clipboard', {value: {writeText: async text => { window.copied = text; }}}); true`)
}

// The filters are behind a button.
func TestNothingIsCutOffOnNarrowScreens(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	for _, width := range []int64{390, 320} {
		b := s.open("")
		b.do(chromedp.EmulateViewport(width, 800))
		b.settled()
		for _, js := range []string{`true`, `document.querySelector('button.only-narrow').click()`, `document.querySelector('#rail button').click(); document.querySelector('.row[data-id] .state').click()`} {
			eval[any](b, js)
			require.LessOrEqual(t, eval[int64](b, `document.documentElement.scrollWidth`), width, fmt.Sprint(js))
		}
		b.until(`document.querySelector('#detail dl') && document.querySelector('#detail').getBoundingClientRect().width === innerWidth`)
		b.until(`[...document.querySelectorAll('.row[data-id] .state')].every(e => e.innerText.trim())`) // for screen readers
	}
}
