package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// The check at the end of every tab finds a line of the console, a request to another
// origin, and what the policy refuses.
func TestComplaintsAreFound(t *testing.T) {
	s := newSite(t, setup{})
	other := newSite(t, setup{})
	for name, js := range map[string]string{
		"console": `console.info('hello'); true`,
		"fetch":   `fetch(` + literal(other.url) + `, {mode: 'no-cors'}).catch(() => true).then(() => true)`,
		"style":   `document.body.setAttribute('style', 'color: red'); true`,
		"html":    `try { document.body.innerHTML = '<b>x</b>'; } catch {}; true`,
		"error":   `setTimeout(() => { throw new Error('x'); }); true`,
	} {
		t.Run(name, func(t *testing.T) {
			b := newTab(t, browser, s.url, chromedp.WithNewBrowserContext())
			b.do(chromedp.Navigate(s.url + "/"))
			b.until(`document.querySelector('.nothing')`)
			require.Empty(t, b.complaints())
			eval[bool](b, js)
			b.eventually(func() bool { return len(b.complaints()) > 0 })
		})
	}
}
