package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
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

// violations are the rules that a state of the page breaks.
func (b *tab) violations() []string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
		.then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + n.failureSummary).slice(0, 3).join(' | ')))`, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err)
	return v
}

// Every state is accessible by WCAG 2.2 AA, light, dark and in forced colours, wide and
// narrow.
func TestAccessibility(t *testing.T) {
	source := axe(t)
	s := newSite(t, setup{})
	s.put(numbered(40, "Report")...)
	locked := newSite(t, setup{api: withKey("k")})
	states := map[string]func() *tab{
		"list":   func() *tab { b := s.open("?query=report"); b.total("40 sessions"); return b },
		"empty":  func() *tab { b := s.open("?query=nothing"); b.until(`document.querySelector('.nothing li')`); return b },
		"detail": func() *tab { b := s.open("?id=s000003"); b.until(`document.querySelector('#detail dl')`); return b },
		"help": func() *tab {
			b := s.open("")
			b.total("40 sessions")
			b.keys("?")
			b.until(`document.querySelector('dialog[open]')`)
			return b
		},
		"login": func() *tab {
			b := locked.open("")
			b.mayComplain()
			b.until(`document.querySelector('input[name=key]')`)
			return b
		},
	}
	modes := map[string][]*emulation.MediaFeature{
		"light":  {{Name: "prefers-color-scheme", Value: "light"}},
		"dark":   {{Name: "prefers-color-scheme", Value: "dark"}},
		"forced": {{Name: "forced-colors", Value: "active"}},
	}
	for state, open := range states {
		for mode, features := range modes {
			for _, width := range []int64{1360, 390} {
				t.Run(fmt.Sprintf("%s %s %d", state, mode, width), func(t *testing.T) {
					b := open()
					b.do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
						_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
						return err
					}))
					eval[any](b, source+"; true")
					require.Empty(t, b.violations())
				})
			}
		}
	}
}

// The check sees: a page that is made worse has violations.
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
