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

// Each condition that excludes the session has a button that drops it; if the list has the
// session, there is a link to it.
func TestWhyNamesEachConditionThatExcludesASession(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.put(numbered(3000, "Report")...)
	x := session(0, "Nightly")
	x.IsTaskSession = true
	require.NoError(t, x.SetMember("archived", true))
	require.NoError(t, s.engine.Put(context.Background(), x))
	b := s.open("?state=failed&query=report&created_after=2026-05-02")
	b.total("700 sessions")
	ask := func(id string) {
		b.click(".status button", "Why")
		b.submit("dialog input", id)
	}
	for _, reason := range []string{"Title should be", "State should be failed, and is completed", "Created after should be", "It is a task run", "It is archived"} {
		ask("s000000")
		b.click("dialog li", reason)
		eval[any](b, `[...document.querySelectorAll('dialog li')].find(e => e.textContent.includes(`+literal(reason)+`)).querySelector('button').click()`)
		b.until(`!document.querySelector('dialog')`)
	}
	ask("s000000")
	b.click("dialog button", "Show it")
	b.until(`document.querySelector('.row.active')?.dataset.id === 's000000' && document.querySelector('#detail h2')?.textContent === 'Nightly'`)
	b.until(`document.querySelector('.row.active').getAttribute('aria-rowindex') === '3001'`)
	b.mayBeRefused()
	ask("nobody")
	b.until(`document.querySelector('dialog').textContent.includes('No session has this id.')`)

	// Filters with other operators are written like their chips.
	b = s.open("?state[not]=completed&cost[gte]=2&ids[prefix]=s0001&model[exists]=true")
	b.total("0 sessions")
	for _, reason := range []string{"“State is not completed” does not hold: it is completed.", "“Cost ≥ 2” does not hold: it is none.", "“Id begins with s0001” does not hold: it is s000003.", "“Model: any” does not hold: it is none."} {
		ask("s000003")
		b.click("dialog li", reason)
		eval[any](b, `[...document.querySelectorAll('dialog li')].find(e => e.textContent.includes(`+literal(reason)+`)).querySelector('button').click()`)
		b.until(`!document.querySelector('dialog')`)
	}
	b.total("2,999 sessions")
}

func TestAFaultOfTheAddressIsShown(t *testing.T) {
	s := newSite(t, setup{})
	s.put("One")
	b := s.open("?created_after=yesterdayish")
	b.mayBeRefused()
	b.until(`document.querySelector('.banner')?.textContent.includes('Created after: ')`)
	b.shot("error")
}
