package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const axeVersion = "4.14.1"

// axe returns the source of axe-core, from the npm registry.
func axe(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	pack := exec.Command("npm", "pack", "--silent", "axe-core@"+axeVersion)
	pack.Dir = dir
	out, err := pack.CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.Command("tar", "-xzf", filepath.Join(dir, "axe-core-"+axeVersion+".tgz"), "-C", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	source, err := os.ReadFile(filepath.Join(dir, "package", "axe.min.js"))
	require.NoError(t, err)
	return string(source)
}

// violations returns the rules that the page breaks.
func (b *tab) violations() []string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
		.then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).slice(0, 3).join(' | ')))`, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err)
	return v
}

// In every state, light, dark and in forced colours, wide and narrow.
func TestThePageConformsToWCAG22AA(t *testing.T) {
	source := axe(t)
	s := newSite(t, setup{fields: declared})
	s.putSample()
	locked := newSite(t, setup{api: withKey("k")})
	modes := []struct{ name, feature, value string }{
		{"light", "prefers-color-scheme", "light"}, {"dark", "prefers-color-scheme", "dark"}, {"forced", "forced-colors", "active"},
	}
	for state, open := range map[string]func() *tab{
		"list":  func() *tab { b := s.open("?query=report&state=completed"); b.settled(); return b },
		"empty": func() *tab { b := s.open("?query=reveiw"); b.until(`document.querySelector('.nothing li')`); return b },
		"detail": func() *tab {
			b := s.open("?id=" + s.anyID())
			b.settled()
			b.until(`document.querySelector('#detail dl')`)
			return b
		},
		"help":  s.help,
		"login": func() *tab { return locked.form("") },
	} {
		t.Run(state, func(t *testing.T) {
			b := open()
			eval[any](b, source+"; true")
			for _, mode := range modes {
				b.media(mode.feature, mode.value)
				for _, width := range []int64{1360, 390} {
					b.do(chromedp.EmulateViewport(width, 900))
					require.Empty(t, b.violations(), "%s %d", mode.name, width)
				}
			}
		})
	}
}

// A page that is made worse has violations.
func TestAccessibilityCheckCanFail(t *testing.T) {
	source := axe(t)
	s := newSite(t, setup{})
	s.put("One")
	b := s.open("")
	b.total("1 session")
	eval[any](b, source+"; true")
	eval[any](b, `document.getElementById('search').removeAttribute('aria-label'); document.getElementById('search').removeAttribute('placeholder'); true`)
	require.NotEmpty(t, b.violations())
}
