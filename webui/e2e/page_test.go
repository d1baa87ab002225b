package e2e

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

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

func TestAFaultOfTheAddressIsTold(t *testing.T) {
	s := newSite(t, setup{})
	s.put("One")
	b := s.open("?created_after=yesterdayish")
	b.mayBeRefused()
	b.until(`document.querySelector('.banner')?.textContent.includes('Created after: ')`)
	b.shot("error")
}
