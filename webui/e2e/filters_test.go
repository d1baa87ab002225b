package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/webui"
)

// count returns how many sessions a query lists.
func (s *site) count(q query.Query) int {
	s.t.Helper()
	n, err := s.engine.Count(context.Background(), q)
	require.NoError(s.t, err)
	return n
}

// With their counts, and also values that the rail does not list; the arrow keys and Enter
// choose one.
func TestTheBarOffersValuesOfTheTypedField(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	facets, err := s.engine.Facets(t.Context(), query.Query{}, query.FacetOptions{Fields: []string{"app_id"}, Top: query.MaxTop})
	require.NoError(t, err)
	apps := facets.Field("app_id").Values
	require.Greater(t, len(apps), 50)
	rare := apps[len(apps)-1]
	b := s.open("")
	b.settled()
	b.search("app:" + rare.Value[:len(rare.Value)-1])
	b.until(`[...document.querySelectorAll('.offers li')].some(e => e.textContent.includes(` + literal(rare.Value) + `))`)
	b.keys(kb.ArrowDown + "\r")
	b.total(sessions(rare.Count))
	require.Equal(t, rare.Value, eval[string](b, `new URLSearchParams(location.search).get('app_id[eq]')`))
	b.click(".chip button", "")

	for text, q := range map[string]query.Query{
		"is:task ":                   {Kinds: []query.Kind{query.TaskRun}},
		"-state:completed ":          {Where: []query.Cond{query.NotIn("state", "completed")}},
		"model:atlas-3-mini ":        {Where: []query.Cond{query.In("model", "atlas-3-mini")}},
		"cost:>=5 ":                  {Where: []query.Cond{query.AtLeast("cost", 5.0)}},
		"pinned:true ":               {Where: []query.Cond{query.In("pinned", "true")}},
		"model:* ":                   {Where: []query.Cond{query.Has("model")}},
		"review channel:web ":        {Keyword: "review", SourceChannels: []string{"web"}},
		"-is:task ":                  {Kinds: []query.Kind{query.TopLevel, query.SubSession, query.Both}},
		"http://x no:field \"q\" : ": {Keyword: `http://x no:field "q" :`},
	} {
		b := s.open("")
		b.settled()
		b.search(text)
		b.total(sessions(s.count(q)))
	}
	b = s.open("")
	b.settled()
	b.search("sort:co")
	b.until(`document.querySelector('.offers li')?.textContent.includes('Cost')`)
	b.keys(kb.ArrowDown + "\r")
	b.until(`document.querySelector('.status select').value === 'cost' && location.search === '?sort_by=cost'`)
}

// Or its beginning does; what hides the session is named.
func TestATypedIDLeadsToItsSession(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	far, err := s.engine.List(t.Context(), query.Query{Limit: 1, SortDirection: query.Asc})
	require.NoError(t, err)
	old, err := s.engine.List(t.Context(), query.Query{Limit: 1, Where: []query.Cond{query.In("archived", "true")}})
	require.NoError(t, err)
	run, err := s.engine.List(t.Context(), query.Query{Limit: 1, Kinds: []query.Kind{query.TaskRun}})
	require.NoError(t, err)
	odd := session(0, "Of an odd name")
	odd.ID = `x/é&"+%`
	require.NoError(t, s.engine.Put(t.Context(), odd))
	last := func(p sessiondex.Page) string { return p.Items[0].ID }
	for _, c := range []struct{ typed, id, note string }{
		{last(far), last(far), ""}, {last(far)[:8], last(far), ""}, {"id:" + last(far)[:9], last(far), ""},
		{last(old)[:10], last(old), ", hidden: archived"}, {last(run)[:8], last(run), ", hidden: task runs"}, {odd.ID, odd.ID, ""},
	} {
		b := s.open("")
		b.settled()
		b.search(c.typed)
		b.until(`document.querySelector('.offers li')?.textContent.trim().endsWith(` + literal("("+c.id+")"+c.note) + `)`)
		b.keys(kb.ArrowDown + "\r")
		b.until(`document.querySelector('#detail dd')?.textContent === ` + literal(c.id) + ` && document.getElementById('search').value === ''`)
	}

	// A beginning of several ids offers some of them; the input of "why" takes a beginning too.
	var many []sessiondex.Session
	for i := range 30 {
		x := session(i, "One of many")
		x.ID = fmt.Sprintf("shared-begin-%02d", i)
		many = append(many, x)
	}
	require.NoError(t, s.engine.Put(t.Context(), many...))
	b := s.open("")
	b.mayBeRefused()
	b.settled()
	b.search("shared-b")
	b.until(`document.querySelectorAll('.offers li').length === 8`)
	b.keys("egin-07")
	b.until(`document.querySelectorAll('.offers li').length === 1 && document.querySelector('.offers li').textContent.includes('shared-begin-07')`)
	b.search(strings.Repeat("\b", 15))
	for id, answer := range map[string]string{"shared-begin-1": "Several ids begin so.", "shared-begin-nobody": "No session has this id.", "shared-begin-2": "Several ids begin so.", last(run)[:12]: "It is a task run"} {
		b.click(".status button", "Why")
		b.submit("dialog input", id)
		b.until(`document.querySelector('dialog [role=status]').textContent.includes(` + literal(answer) + `)`)
		b.keys("\x1b")
		b.until(`!document.querySelector('dialog')`)
	}
}

// Values are added and removed, Alt selects one alone, sessions without a value can be
// listed, all values can be searched, and numbers have bounds.
func TestTheRailFilters(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("")
	b.settled()
	require.Equal(t, []string{"Kind", "State", "Channel", "Type", "Trigger", "Application", "Workspace", "Model", "Cost", "Pinned", "Archived"},
		eval[[]string](b, `[...document.querySelectorAll('.facet legend')].map(e => e.textContent)`))
	const state, channel = "#rail .facet:nth-of-type(2) label", "#rail .facet:nth-of-type(3) label"
	b.click(state, "failed")
	b.total(sessions(s.count(query.Query{States: []string{"failed"}})))
	b.click(state, "idle")
	b.total(sessions(s.count(query.Query{States: []string{"failed", "idle"}})))
	eval[any](b, `[...document.querySelectorAll(`+literal(state)+`)].find(e => e.textContent.includes('stopped')).querySelector('input').dispatchEvent(new MouseEvent('click', {altKey: true, bubbles: true, cancelable: true}))`)
	b.total(sessions(s.count(query.Query{States: []string{"stopped"}})))
	b.click(channel, "none")
	b.total(sessions(s.count(query.Query{States: []string{"stopped"}, Where: []query.Cond{query.Lacks("source_channel")}})))
	b.click(".chips > .link", "Clear all")
	b.total(sessions(s.count(query.Query{})))

	// A selected value stays, even with a count of 0, so that it can be removed.
	b.click(channel, "web")
	b.total(sessions(s.count(query.Query{SourceChannels: []string{"web"}})))
	b.search("reveiwww")
	b.until(`[...document.querySelectorAll(` + literal(channel) + `)].some(e => e.textContent.includes('web') && e.querySelector('.count').textContent === '0')`)
	b.click(channel, "web")
	b.search(strings.Repeat("\b", 8))
	b.total(sessions(s.count(query.Query{})))

	facets, err := s.engine.Facets(t.Context(), query.Query{}, query.FacetOptions{Fields: []string{"workspace_id"}, Top: query.MaxTop})
	require.NoError(t, err)
	values := facets.Field("workspace_id").Values
	rare := values[len(values)-1]
	b.click("#rail .facet:nth-of-type(7) button", "more")
	b.until(`document.activeElement.classList.contains('find')`)
	b.keys(rare.Value[3:])
	b.until(`document.querySelectorAll('#rail .facet:nth-of-type(7) label').length === 1`)
	b.click("#rail .facet:nth-of-type(7) label", rare.Value)
	b.total(sessions(rare.Count))
	b.click(".chip button", "")

	eval[any](b, `(() => { const e = document.querySelector('.range input'); e.value = '20'; e.dispatchEvent(new Event('change')); })()`)
	b.total(sessions(s.count(query.Query{Where: []query.Cond{query.AtLeast("cost", 20.0)}})))
	b.until(`document.querySelector('.chip').textContent.includes('Cost ≥ 20')`)
}

// By dragging or with the arrow keys: as many sessions as the bars counted.
func TestTheBrushSelectsDays(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("")
	b.settled()
	bars := eval[[]int](b, `[...document.querySelectorAll('.histogram title')].map(t => +t.textContent.split(': ').at(-1).replaceAll(',', ''))`)
	require.Greater(t, len(bars), 60)
	require.LessOrEqual(t, len(bars), 120)
	sum := func(from, to int) (n int) {
		for _, bar := range bars[from : to+1] {
			n += bar
		}
		return n
	}
	require.Equal(t, s.count(query.Query{}), sum(0, len(bars)-1))
	at := func(i int) (x, y float64) {
		box := eval[[]float64](b, fmt.Sprintf(`(r => [r.left + r.width / 2, r.top + 30])(document.querySelectorAll('.over')[%d].getBoundingClientRect())`, i))
		return box[0], box[1]
	}
	mouse := func(kind input.DispatchMouseEventType, i int) {
		x, y := at(i)
		b.do(call(input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1}))
	}
	mouse(input.DispatchMouseEventTypeMousePressed, 40)
	mouse(input.DispatchMouseEventTypeMouseMoved, 50)
	mouse(input.DispatchMouseEventTypeMouseReleased, 50)
	b.total(sessions(sum(40, 50)))
	require.Equal(t, 1, eval[int](b, `document.querySelectorAll('.chip').length`))
	require.Equal(t, 11, eval[int](b, `document.querySelectorAll('.histogram .in').length`), "the bars stay, and show what is kept")
	b.click(".chip button", "")
	b.total(sessions(sum(0, len(bars)-1)))

	eval[any](b, `document.querySelector('.histogram svg').focus()`)
	b.keys(kb.ArrowLeft) // from the last bar
	for range 3 {
		eval[any](b, `document.querySelector('.histogram svg').dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', shiftKey: true, bubbles: true}))`)
	}
	b.until(`document.querySelector('.histogram .what').textContent.includes(` + literal(sessions(sum(len(bars)-4, len(bars)-1))) + `)`)
	b.keys("\r")
	b.total(sessions(sum(len(bars)-4, len(bars)-1)))
}

func TestAKeywordThatFindsNothingGetsSuggestions(t *testing.T) {
	s := newSite(t, setup{})
	s.put("Invoice review", "Quarterly review", "Budget")
	b := s.open("")
	b.settled()
	b.search("reveiw")
	b.click(".nothing .link", "review")
	b.total("2 sessions")
	require.Equal(t, "?query=review&match=words", eval[string](b, `location.search`))
	b.click(".chip button", "")
	b.total("2 sessions")
	require.Equal(t, "?query=review", eval[string](b, `location.search`))
}

// They are one click away, show that they were edited, and those of the program are there
// for everyone.
func TestViewsAreSavedByName(t *testing.T) {
	s := newSite(t, setup{page: webui.Options{SavedViews: []webui.View{{Name: "Broken", Query: "state=failed&source_channel=web"}}}})
	s.put(numbered(30, "Report")...)
	b := s.open("")
	b.total("30 sessions")
	b.click(".starred button", "Broken")
	b.total("10 sessions")
	b.until(`document.querySelector('.starred .on')?.textContent === 'Broken'`)
	b.click(".chip button", "")
	b.until(`document.querySelector('.top').textContent.includes('Broken, edited')`)
	b.search("report 1")
	b.click(".top button", "Views")
	b.submit("dialog input", "Ones")
	b.until(`document.querySelector('.starred .on')?.textContent === 'Ones'`)

	c := s.openIn(b.ctx, "")
	c.click(".starred button", "Ones")
	c.until(`location.search.includes('query=report+1') && document.getElementById('search').value === 'report 1'`)
	c.click(".top button", "Views")
	c.click("dialog button.star", "★")
	c.until(`document.querySelector('dialog button.star').textContent === '☆'`)
	c.click("dialog .link", "Delete")
	c.until(`document.querySelectorAll('.views li').length === 1`)
}
