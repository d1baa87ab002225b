package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// Ten seconds of 2,000 new sessions a second, with the list scrolled and its seventh row
// selected.
func TestNothingMovesHoweverMuchIsWritten(t *testing.T) {
	const seconds, perSecond = 10, 2000
	s := newSite(t, setup{})
	s.put(numbered(500, "Session")...)
	b := s.open("")
	b.settled()
	b.focusList()
	b.keys("jjjjjj")
	eval[any](b, `document.getElementById('list').scrollTop = 10 * 46`)
	b.until(`document.querySelector('[data-id="s000489"]')`)
	const where = `[document.getElementById('list').scrollTop, document.querySelector('.row.active').dataset.id, ...[...document.querySelectorAll('.row[data-id]')].map(e => e.dataset.id)].join()`
	b.steady()
	before := eval[string](b, where)

	// Draws of the list are counted by changes of its elements, the stream's bytes by the browser.
	eval[any](b, `(() => { window.draws = new Set(); new MutationObserver(() => window.draws.add(document.timeline.currentTime)).observe(document.getElementById('app'), {subtree: true, childList: true, characterData: true, attributes: true}); })()`)
	received := 0
	record(b, chromedp.Events(b.ctx, network.DataReceived), func(e network.EventDataReceived) { received += int(e.DataLength) })
	begin, made := time.Now(), 0
	for made < seconds*perSecond {
		due := min(seconds*perSecond, int(time.Since(begin).Seconds()*perSecond))
		var batch []sessiondex.Session
		for ; made < due; made++ {
			batch = append(batch, session(100_000+made, fmt.Sprintf("New %d", made)))
		}
		require.NoError(t, s.engine.Put(context.Background(), batch...))
		time.Sleep(5 * time.Millisecond) // the rate is what is tested
	}
	took := time.Since(begin).Seconds()
	b.until(fmt.Sprintf(`document.querySelector('.pill')?.textContent.startsWith('%s new')`, "20,000"))
	require.Equal(t, before, eval[string](b, where))
	b.mu.Lock()
	bytes := float64(received)
	b.mu.Unlock()
	draws := eval[float64](b, `window.draws.size`)
	t.Logf("%.1f draws and %.0f KB a second", draws/took, bytes/took/1000)
	require.LessOrEqual(t, draws/took, 5.0)
	require.LessOrEqual(t, bytes/took, 200_000.0)

	// The counts follow, and new sessions are shown on request.
	b.total(sessions(500 + made))
	b.keys(".")
	b.until(`!document.querySelector('.pill') && document.querySelector('[data-id="s119999"]')`)
}

// However often it is updated.
func TestThePillCountsEachSessionOnce(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(300, "Session")...)
	b := s.open("")
	b.settled()
	pill := func(n int) {
		b.until(fmt.Sprintf(`document.querySelector('.pill')?.textContent.startsWith('%d new')`, n))
	}
	for round := range 12 { // four sessions from far below, again and again
		x := session(round%4, fmt.Sprintf("Session %d", round%4))
		x.UpdatedAt = at.Add(time.Duration(1000+round) * time.Hour)
		require.NoError(t, s.engine.Put(context.Background(), x))
		pill(min(round+1, 4))
		time.Sleep(300 * time.Millisecond) // longer than the stream waits, so that each has an event
	}
	s.put("One that is new")
	pill(5)
	require.Equal(t, "s000299", b.ids()[0])
}

// With its title cut like any other.
func TestARowChangesInPlace(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(30, "Session")...)
	b := s.open("")
	b.settled()
	before := b.ids()
	x := session(25, "Renamed "+strings.Repeat("and long ", 50_000))
	x.UpdatedAt = session(25, "").UpdatedAt
	require.NoError(t, s.engine.Put(context.Background(), x))
	b.until(`document.querySelector('[data-id="s000025"] .line').textContent.startsWith('Renamed')`)
	require.Equal(t, before, b.ids())
	require.LessOrEqual(t, eval[int](b, `document.querySelector('[data-id="s000025"] .line').textContent.length`), 1000)
}

func TestTheDetailsSayThatTheirSessionWasDeleted(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(3, "Session")...)
	b := s.open("?id=s000001")
	b.mayBeRefused()
	b.settled()
	b.until(`document.querySelector('#detail dl')`)
	_, err := s.engine.Delete(context.Background(), "s000001")
	require.NoError(t, err)
	b.until(`document.querySelector('#detail .banner')?.textContent === 'This session was deleted.'`)
}

// Writes are shown all the same.
func TestALostStreamIsReported(t *testing.T) {
	s := newSite(t, setup{wrap: withoutStreams})
	s.put(numbered(3, "Session")...)
	b := s.open("")
	b.mayBeRefused()
	b.until(`document.querySelector('.live .word')?.textContent === 'not live, trying again'`)
	s.put("One more")
	b.until(`document.querySelector('.pill')?.textContent.startsWith('1 new')`)
}

// If the setting is on, the list is at its top and the pointer elsewhere.
func TestTheListFollowsAtItsTop(t *testing.T) {
	s := newSite(t, setup{})
	s.put(numbered(100, "Session")...)
	b := s.open("")
	b.settled()
	b.click("[aria-label=Settings]", "")
	b.click("dialog label", "Take in new sessions")
	b.keys("\x1b")
	s.put("One that is new")
	b.until(`document.querySelector('[data-id="s000100"]') && !document.querySelector('.pill')`)
	eval[any](b, `document.getElementById('list').scrollTop = 500`)
	b.steady()
	s.put("Another")
	b.until(`document.querySelector('.pill')?.textContent.startsWith('1 new')`)
	require.False(t, eval[bool](b, `!!document.querySelector('[data-id="s000101"]')`))
}

// They stay, dimmed, below a bar; at first there are outlines of rows.
func TestASlowAnswerKeepsTheRows(t *testing.T) {
	var hold atomic.Pointer[chan struct{}]
	s := newSite(t, setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c := hold.Load(); c != nil && strings.HasSuffix(r.URL.Path, "/session-view") {
				select {
				case <-*c:
				case <-r.Context().Done():
				}
			}
			next.ServeHTTP(w, r)
		})
	}})
	s.put(numbered(20, "Session")...)
	first := make(chan struct{})
	hold.Store(&first)
	b := s.open("")
	b.until(`document.querySelectorAll('.row.empty').length > 5`)
	close(first)
	b.total("20 sessions")
	second := make(chan struct{})
	hold.Store(&second)
	b.search("session 1")
	b.until(`document.querySelector('.progress.on') && document.querySelector('#list.dim')`)
	require.Len(t, b.ids(), 20)
	hold.Store(nil)
	close(second)
	b.total("11 sessions")
	b.until(`!document.querySelector('.progress.on') && !document.querySelector('#list.dim')`)
}

// The server holds a version of a list for some minutes only. A user who scrolls on after
// that keeps the visible rows and the selection, whatever was put above them meanwhile.
func TestScrollingGoesOnAfterItsSnapshotHasExpired(t *testing.T) {
	s := newSite(t, setup{api: func(e *sessiondex.Engine) *httpapi.Options {
		return &httpapi.Options{AllowAnonymous: true, Writer: e.Writer(), MaxSnapshots: 1}
	}})
	s.put(numbered(2000, "Session")...)
	b := s.open("")
	b.mayBeRefused() // the browser's console has the 410
	b.settled()
	b.focusList()
	eval[any](b, `document.getElementById('list').scrollTop = 120 * 46 + 10`)
	b.until(`document.querySelector('[data-id="s001879"]')`)
	eval[any](b, `document.querySelector('[data-id="s001870"] .state').click()`)
	b.keys("x")
	b.until(`document.querySelector('.row.active.checked')?.dataset.id === 's001870' && document.querySelector('#detail dl')`)
	letGo := func() { // another client takes a snapshot
		answer, err := http.Get(s.url + "/api/v0/session-view?snapshot=new&limit=1")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	s.put(numbered(7, "News")...)
	letGo()
	const top = `[...document.querySelectorAll('.row[data-id]')].find(e => e.getBoundingClientRect().bottom > document.querySelector('.row.head').getBoundingClientRect().bottom)`
	at := eval[string](b, `(r => r.dataset.id + ' ' + Math.round(r.getBoundingClientRect().top))(`+top+`)`)

	// The next rows are of the expired version.
	eval[any](b, `window.errors = 0; new MutationObserver(() => { if (document.querySelector('.banner, .toast')) window.errors++; }).observe(document.getElementById('app'), {subtree: true, childList: true}); document.getElementById('list').scrollTop += 70 * 46`)
	b.total("2,007 sessions")
	b.until(`+document.getElementById('list').getAttribute('aria-rowcount') === 2008`)
	eval[any](b, `document.getElementById('list').scrollTop -= 70 * 46`)
	b.until(`(r => r && r.dataset.id + ' ' + Math.round(r.getBoundingClientRect().top) === ` + literal(at) + `)(` + top + `)`)
	b.until(`document.querySelector('.row.active.checked')?.dataset.id === 's001870'`)
	require.Equal(t, "s001870", eval[string](b, `new URLSearchParams(location.search).get('id')`))
	require.Zero(t, eval[int](b, `window.errors`))

	// All ids are copied, though the version of the rows has expired again.
	s.put("Another")
	letGo()
	b.recordCopies()
	b.click(".bulk button", "Select all")
	b.click(".bulk button", "Copy ids")
	b.until(`window.copied?.split('\n').length === 2008`)
}
