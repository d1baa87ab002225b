package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// media emulates a preference of the system: "prefers-color-scheme", "dark".
func (b *tab) media(name, value string) {
	b.t.Helper()
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}}))
}

// settled waits until rows are drawn and the stream is open.
func (b *tab) settled() {
	b.t.Helper()
	b.until(`document.querySelector('.row[data-id]') && document.querySelector('.live .dot.on')`)
}

// help opens the page with its help.
func (s *site) help() *tab {
	s.t.Helper()
	b := s.open("")
	b.settled()
	b.keys("?")
	b.until(`document.querySelector('dialog[open]')`)
	return b
}

// form opens the page of a site that asks for a key.
func (s *site) form(query string) *tab {
	s.t.Helper()
	b := s.open(query)
	b.mayBeRefused()
	b.until(`document.querySelector('input[name=key]')`)
	return b
}

// With SESSIONDEX_SHOTS it saves a picture of each; that of a million rows is made by
// TestAMillionRowsCanBeReached.
func TestEveryStateOfThePageOpens(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	changing := newSite(t, setup{fields: declared})
	changing.putSample()
	locked := newSite(t, setup{api: withKey("k")})
	onlyRuns := newSite(t, setup{})
	var runs []sessiondex.Session
	for i := range 7913 {
		r := session(i, "Nightly report")
		r.IsTaskSession = true
		runs = append(runs, r)
	}
	require.NoError(t, onlyRuns.engine.Put(context.Background(), runs...))

	for name, make := range map[string]func() *tab{
		"light": func() *tab { b := s.open("?query=review&state=completed"); b.settled(); return b },
		"dark": func() *tab {
			b := s.open("?created_after=2026-01-01")
			b.media("prefers-color-scheme", "dark")
			b.settled()
			return b
		},
		"narrow": func() *tab {
			b := s.open("?query=review")
			b.do(chromedp.EmulateViewport(390, 844))
			b.settled()
			return b
		},
		"empty": func() *tab {
			b := s.open("?query=reveiw&state=failed")
			b.until(`document.querySelector('.drops .quiet')?.textContent && document.querySelector('.nothing').textContent.includes('Did you mean')`)
			return b
		},
		"hidden": func() *tab {
			b := onlyRuns.open("")
			b.until(`document.querySelector('.nothing h2')?.textContent === '0 shown, 7,913 task runs hidden'`)
			return b
		},
		"live": func() *tab {
			b := changing.open("")
			b.settled()
			for i := range 3 {
				x := session(900_000+i, fmt.Sprintf("Just begun %d", i))
				x.CreatedAt, x.UpdatedAt = time.Now(), time.Now()
				require.NoError(t, changing.engine.Put(context.Background(), x))
			}
			b.until(`document.querySelector('.pill')?.textContent.startsWith('3 new')`)
			return b
		},
		"detail": func() *tab {
			b := s.open("")
			b.settled()
			b.focusList()
			b.keys("jjj")
			b.space()
			b.until(`document.querySelector('#detail dl') && document.querySelectorAll('#detail dt').length > 12`)
			return b
		},
		"login": func() *tab { return locked.form("") },
		"error": func() *tab {
			b := s.open("?created_after=yesterdayish&state=failed")
			b.mayBeRefused()
			b.until(`document.querySelector('.banner')?.textContent.includes('Created after') && document.querySelector('.chip.fault')`)
			return b
		},
		"help": s.help,
		"bulk": func() *tab {
			b := s.open("")
			b.settled()
			b.focusList()
			b.keys("xjjjX")
			b.until(`document.querySelector('.bulk')?.textContent.includes('4 sessions selected')`)
			return b
		},
		"settings": func() *tab {
			b := s.open("")
			b.settled()
			eval[any](b, `document.querySelector('[aria-label=Settings]').click()`)
			b.until(`document.querySelector('dialog[open]')`)
			return b
		},
		"sheet": func() *tab {
			b := s.open("?state=failed")
			b.do(chromedp.EmulateViewport(390, 844))
			b.settled()
			eval[any](b, `document.querySelector('button.only-narrow').click()`)
			b.until(`document.querySelector('#rail.sheet')`)
			return b
		},
		"offers": func() *tab {
			b := s.open("")
			b.settled()
			b.search("review state:")
			b.until(`document.querySelectorAll('.offers li').length > 2`)
			return b
		},
	} {
		t.Run(name, func(t *testing.T) { make().shot(name) })
	}
}

func (b *tab) focusList() {
	b.t.Helper()
	eval[any](b, `document.getElementById("list").focus()`)
}
