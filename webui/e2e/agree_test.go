package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// shown is everything that the page shows of a listing.
type shown struct {
	Total  string
	Hidden []string
	Facets map[string]map[string]int // the listed values of a field, and "none"
	IDs    []string                  // of the rows that are drawn, from the first on
	Rows   int                       // of the scrollbar
	Bars   int                       // sessions in all bars
}

const readShown = `(() => {
	const number = e => +e.textContent.replace(/[^0-9]/g, '');
	return {
		Total: document.querySelector('.total').textContent,
		Hidden: [...document.querySelectorAll('.hidden-by .link')].map(e => e.textContent),
		Facets: Object.fromEntries([...document.querySelectorAll('.facet')].map(f => [f.querySelector('legend').textContent,
			Object.fromEntries([...f.querySelectorAll('label')].map(l => [l.querySelector('.name').textContent, number(l.querySelector('.count'))]))])),
		IDs: [...document.querySelectorAll('.row[data-id]')].map(e => e.dataset.id),
		Rows: +document.getElementById('list').getAttribute('aria-rowcount') - 1,
		Bars: [...document.querySelectorAll('.histogram title')].reduce((n, t) => n + +t.textContent.split(': ').at(-1).replaceAll(',', ''), 0),
	};
})()`

// randomState returns a query that a user may arrive at.
func randomState(rng *rand.Rand) url.Values {
	v := url.Values{}
	pick := func(one int, param string, values ...string) {
		if rng.IntN(one) == 0 {
			v.Set(param, values[rng.IntN(len(values))])
		}
	}
	pick(2, "query", "review", "report", "invoice", "re", "昨", "zzzz")
	pick(2, "state", "failed", "completed,idle", "running")
	pick(5, "state[not]", "completed", "idle")
	pick(3, "source_channel[eq]", "web", "api", "nowhere")
	pick(4, "kind", "task_run", "sub_session,both")
	pick(3, "include_sub_sessions", "true")
	pick(3, "include_task_sessions", "true")
	pick(4, "include", "archived")
	pick(5, "model[eq]", "atlas-3-mini", "quill-preview-0325")
	pick(6, "cost[gte]", "1", "5.5")
	pick(6, "model[exists]", "false", "true")
	pick(5, "created_after", "2026-01-01", "2026-10-01T12:00:00Z")
	pick(3, "sort_by", "created_at", "title", "cost")
	pick(4, "sort_direction", "asc")
	pick(5, "sort_first", "pinned")
	return v
}

// expected returns what the page must show for a query, from the engine's answers.
func expected(t *testing.T, e *sessiondex.Engine, q query.Query) (want shown, facets query.Facets) {
	t.Helper()
	ctx := t.Context()
	page, err := e.List(ctx, q)
	require.NoError(t, err)
	want.Total, want.Rows = sessions(page.Total), page.Total
	for _, s := range page.Items {
		want.IDs = append(want.IDs, s.ID)
	}
	hidden, err := e.Hidden(ctx, q)
	require.NoError(t, err)
	names := map[string][2]string{
		"sub_session": {"sub-session", "sub-sessions"}, "task_run": {"task run", "task runs"}, "archived": {"archived", "archived"},
		"sub_session,task_run": {"sub-session of a task run", "sub-sessions of task runs"},
	}
	rest := 0
	for i, by := range hidden.By {
		if i >= 3 {
			rest += by.Count
			continue
		}
		name, ok := names[strings.Join(by.Reasons, ",")]
		require.True(t, ok || len(by.Reasons) > 1, by.Reasons)
		if !ok {
			var words []string
			for _, r := range by.Reasons {
				words = append(words, names[r][1])
			}
			name = [2]string{strings.Join(words, " + "), strings.Join(words, " + ")}
		}
		n := strings.TrimSuffix(strings.TrimSuffix(sessions(by.Count), " sessions"), " session")
		want.Hidden = append(want.Hidden, n+" "+name[min(1, by.Count-1)])
	}
	if rest > 0 {
		want.Hidden = append(want.Hidden, strings.TrimSuffix(strings.TrimSuffix(sessions(rest), " sessions"), " session")+" more")
	}
	facets, err = e.Facets(ctx, q, query.FacetOptions{Fields: []string{"kind", "state", "source_channel", "session_type", "trigger_type", "app_id", "workspace_id", "model", "pinned", "archived", "created_at"}, Period: query.Day, Top: query.MaxTop})
	require.NoError(t, err)
	for _, c := range facets.Field("created_at").Values {
		want.Bars += c.Count
	}
	return want, facets
}

// At 200 random addresses: the rows, the total, the hidden counts, the counts of the rail
// and the bars.
func TestThePageAgreesWithTheEngine(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	b := s.open("")
	b.settled()
	names := map[string]string{
		"kind": "Kind", "state": "State", "source_channel": "Channel", "session_type": "Type", "trigger_type": "Trigger", "app_id": "Application",
		"workspace_id": "Workspace", "model": "Model", "pinned": "Pinned", "archived": "Archived",
	}
	label := map[string]string{"top_level": "Conversations", "sub_session": "Sub-sessions", "task_run": "Task runs", "both": "Both", "true": "yes", "false": "no"}
	for range 200 {
		v := randomState(rng)
		q, err := query.ParseWith(s.engine.Schema(), v)
		require.NoError(t, err)
		want, facets := expected(t, s.engine, q)

		b.do(chromedp.Navigate(s.url + "/?" + v.Encode()))
		b.until(`document.querySelector('.total')?.textContent && !document.querySelector('.row.empty')`)
		got := eval[shown](b, readShown)
		about := v.Encode()
		require.Equal(t, want.Total, got.Total, about)
		require.Equal(t, want.Rows, got.Rows, about)
		require.Equal(t, want.Bars, got.Bars, about)
		require.Equal(t, want.Hidden, nilIfEmpty(got.Hidden), about)
		require.Equal(t, want.IDs[:min(len(want.IDs), len(got.IDs))], nilIfEmpty(got.IDs), about)
		require.True(t, len(got.IDs) >= min(len(want.IDs), 10), about)
		for field, name := range names {
			facet := facets.Field(field)
			if len(facet.Values) == 0 && got.Facets[name] == nil {
				continue // a field that no session has is not shown
			}
			for i, c := range facet.Values {
				if i == 8 {
					break
				}
				shownAs := c.Value
				if l, ok := label[c.Value]; ok {
					shownAs = l
				}
				require.Equal(t, c.Count, got.Facets[name][shownAs], "%s %s of %s", field, c.Value, about)
			}
			if facet.Missing > 0 && field != "kind" {
				require.Equal(t, facet.Missing, got.Facets[name]["none"], "%s of %s", field, about)
			}
		}
	}
	require.Len(t, b.asked("/api/v0/session-facets"), 0, "the counts come with the page")
}

func nilIfEmpty(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s
}

// So everything that the page shows is of one version.
func TestOneRequestForEachChange(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("")
	b.settled()
	for i, state := range []string{"completed", "failed", "idle"} {
		before := len(b.asked("/api/v0/session-"))
		b.click("#rail .facet:nth-of-type(2) label", state)
		b.until(fmt.Sprintf(`document.querySelectorAll('.chip').length === %d && document.querySelector('.row[data-id]')`, i+1))
		var asked []string
		for _, path := range b.asked("/api/v0/session-")[before:] {
			if !strings.HasPrefix(path, "/api/v0/session-events") {
				asked = append(asked, path)
			}
		}
		require.Len(t, asked, 1, "%s", asked)
		require.True(t, strings.HasPrefix(asked[0], "/api/v0/session-view"))
	}
}

// place is the state of a list: its address, its total, its scrollbar and its rows.
const place = `[location.search, document.querySelector('.total').textContent, Math.round(document.getElementById('list').scrollTop), [...document.querySelectorAll('.row[data-id]')].map(e => e.dataset.id).join()].join(' | ')`

// Each change is one entry of the history, however many letters it had, and each entry shows
// its rows where they were left. So does a reload.
func TestBackForwardAndReloadKeepThePlace(t *testing.T) {
	s := newSite(t, setup{fields: declared})
	s.putSample()
	b := s.open("")
	b.settled()
	scroll := func(top int) {
		eval[any](b, fmt.Sprintf(`document.getElementById('list').scrollTop = %d`, top))
		b.until(fmt.Sprintf(`Math.abs(document.getElementById('list').scrollTop - %d) < 2 && !document.querySelector('.row.empty')`, top))
	}
	length := func() int { return eval[int](b, `history.length`) }
	rng := rand.New(rand.NewPCG(5, 6))
	steps := []func(){
		func() { b.click("#rail .facet:nth-of-type(2) label", "completed") },
		func() { b.search("re"); b.keys("\r") },
		func() { b.click(".hidden-by .link", "task runs") },
		func() { b.search("p"); b.keys("\r") },
		func() { b.click(".order button", "") },
		func() { b.search("\b"); b.keys("\r") },
		func() { b.click(".chip button", "") },
		func() { b.click("#rail .facet:nth-of-type(3) label", "web") },
		func() { b.click(".chips > .link", "Clear all") },
	}
	var places []string
	for i, step := range steps {
		top := rng.IntN(4) * 173
		scroll(top)
		b.until(fmt.Sprintf(`Math.abs((history.state?.top ?? 0) - %d) < 2`, top)) // stored once the list stops scrolling
		places = append(places, eval[string](b, place))
		n, before := length(), eval[string](b, `location.search`)
		step()
		b.until(`location.search !== ` + literal(before) + ` && document.querySelector('.row[data-id]') && !document.querySelector('.progress.on')`)
		b.steady()
		require.Equal(t, n+1, length(), "step %d", i)
	}
	places = append(places, eval[string](b, place))
	go1 := func(js string, i int) {
		eval[any](b, js)
		b.until(place + ` === ` + literal(places[i]))
	}
	for i := len(places) - 2; i >= 0; i-- {
		go1(`history.back()`, i)
	}
	for i := 1; i < len(places); i++ {
		go1(`history.forward()`, i)
	}
	for range 5 {
		go1(`history.back()`, len(places)-2)
		go1(`history.forward()`, len(places)-1)
	}
	go1(`history.go(-3)`, len(places)-4)
	b.do(chromedp.Reload())
	b.until(`document.querySelector('.total')?.textContent && ` + place + ` === ` + literal(places[len(places)-4]))
}

// steady waits until the page stops changing.
func (b *tab) steady() {
	b.t.Helper()
	var last []string
	b.eventually(func() bool {
		last = append(last, eval[string](b, place))
		return len(last) >= 3 && slices.Equal(last[len(last)-3:len(last)-1], last[len(last)-2:])
	})
}

// click clicks the first element of a selector that contains a text.
func (b *tab) click(selector, text string) {
	b.t.Helper()
	// In one call: the page may replace an element between two.
	b.until(fmt.Sprintf(`(() => {
		const found = [...document.querySelectorAll(%s)].find(e => e.textContent.trim().includes(%s));
		found?.click();
		return found !== undefined;
	})()`, literal(selector), literal(text)))
}
