//go:build !js

package sessiondex_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

func wordQuery(keyword string, mode string) query.Query {
	return query.Query{Keyword: keyword, Match: query.MatchWords, Typing: strings.Contains(mode, "typing"), Typos: strings.Contains(mode, "typos")}
}

func withTitles(titles ...string) []sessiondex.Session {
	return many(len(titles), func(i int, s *sessiondex.Session) { s.Title = titles[i] })
}

// What people type and get nothing for elsewhere, before the index of words is there and
// with it, in pages, totals, highlights and reasons.
func TestWordsFindWhatPeopleType(t *testing.T) {
	for _, o := range []*sessiondex.Options{nil, {Words: &sessiondex.WordOptions{AtStart: true}}} {
		e := newEngine(t, o, withTitles("Café", "Invoice review", "Don’t panic", "Łódź", "İstanbul", "パソコン", "Новая ёлка", "昨晚的数据", "Weekly report of sales")...)
		for _, c := range []struct{ keyword, mode, title string }{
			{"cafe", "", "Café"}, {"invioce", "typos", "Invoice review"}, {"don't", "", "Don’t panic"}, {"lodz", "", "Łódź"},
			{"istanbul", "", "İstanbul"}, {"ﾊﾟｿｺﾝ", "", "パソコン"}, {"елка", "", "Новая ёлка"}, {"晚", "", "昨晚的数据"},
			{"sales week", "typing", ""}, {"sales weekly", "", "Weekly report of sales"}, {"weekly sal", "typing", "Weekly report of sales"},
			{"wekly sal", "typing typos", "Weekly report of sales"}, {"invioce", "", ""}, {"sal", "", ""}, {"->", "", ""},
		} {
			q := wordQuery(c.keyword, c.mode)
			p := list(t, e, q)
			if c.title == "" && c.mode != "typing" {
				assert.Zero(t, p.Total, "%+v", c)
				continue
			}
			if c.mode == "typing" && c.title == "" {
				c.title = "Weekly report of sales"
			}
			require.Equal(t, 1, p.Total, "%+v", c)
			assert.Equal(t, c.title, p.Items[0].Title)
			matches, err := e.Matches(t.Context(), q, p.Items[0])
			require.NoError(t, err)
			require.Len(t, matches, 1, "%+v", c)
			assert.Equal(t, "title", matches[0].Field)
			assert.NotEmpty(t, matches[0].Ranges)
		}
		why, err := e.Why(t.Context(), wordQuery("invioce review", "typos"), "s-000000")
		require.NoError(t, err)
		assert.Equal(t, []query.Unmet{{Param: "query", Actual: "Café",
			Wanted: []string{`a word within 1 typo of "invioce"`, `a word within 1 typo of "review"`}}}, why.Unmet)
	}
}

func TestWordsAreIndexedWhenTheyAreAskedFor(t *testing.T) {
	e := newEngine(t, nil, many(3000, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Café %d of the week", i) })...)
	plan, err := e.Explain(t.Context(), wordQuery("cafe 77", ""))
	require.NoError(t, err)
	assert.Equal(t, 1, plan.Total)
	assert.Equal(t, 3000, plan.Titles.Scanned, "all are analysed as it goes")
	require.NoError(t, e.WaitIndexed(t.Context()))
	plan, err = e.Explain(t.Context(), wordQuery("cafe 78", ""))
	require.NoError(t, err)
	assert.Equal(t, 1, plan.Total)
	assert.Zero(t, plan.Titles.Scanned)

	require.NoError(t, e.Put(t.Context(), withTitles("Café fresh")...))
	assert.Equal(t, 1, list(t, e, wordQuery("fresh", "")).Total, "what is written is found at once")
	assert.Equal(t, 2999, list(t, e, wordQuery("week cafe", "")).Total)
}

func TestWordsCanBeTurnedOff(t *testing.T) {
	e := newEngine(t, &sessiondex.Options{Words: &sessiondex.WordOptions{Off: true}}, withTitles("Café")...)
	_, err := e.List(t.Context(), wordQuery("cafe", ""))
	var faults *query.Error
	require.ErrorAs(t, err, &faults)
	assert.Equal(t, "match", faults.Faults[0].Param)
	assert.Contains(t, faults.Faults[0].Message, "turned off")
	s, err := e.Suggest(t.Context(), query.Query{Keyword: "cafe"})
	require.NoError(t, err)
	assert.Empty(t, s)

	_, err = sessiondex.New(&sessiondex.Options{Words: &sessiondex.WordOptions{Analyser: "klingon"}})
	assert.ErrorContains(t, err, `Words.Analyser: words: there is no analyser "klingon"`)
	e = newEngine(t, &sessiondex.Options{Words: &sessiondex.WordOptions{Analyser: "de"}}, withTitles("Die Rechnungen")...)
	assert.Equal(t, 1, list(t, e, wordQuery("rechnung", "")).Total)
}

func TestAKeywordHasAtMost64Words(t *testing.T) {
	e := newEngine(t, nil, withTitles("Café")...)
	var all []string
	for i := range 65 {
		all = append(all, fmt.Sprint("w", i))
	}
	q := wordQuery(strings.Join(all[:64], " ")+" w1, W2", "")
	_, err := e.List(t.Context(), q)
	require.NoError(t, err, "what is said twice does not count")
	q.Keyword = strings.Join(all, " ")
	for name, ask := range map[string]func() error{
		"List":    func() error { _, err := e.List(t.Context(), q); return err },
		"Matches": func() error { _, err := e.Matches(t.Context(), q, withTitles("w1")[0]); return err },
		"Why":     func() error { _, err := e.Why(t.Context(), q, "s-000000"); return err },
		"Watch": func() (err error) {
			for _, err = range e.Watch(t.Context(), q, nil) {
				break
			}
			return err
		},
	} {
		var faults *query.Error
		require.ErrorAs(t, ask(), &faults, name)
		assert.Equal(t, "query", faults.Faults[0].Param)
		assert.Contains(t, faults.Faults[0].Message, "at most 64 different words, and has 65")
	}
}

func TestSuggestionsAreKeywordsThatFindSomething(t *testing.T) {
	for _, wait := range []bool{false, true} {
		e := newEngine(t, nil, many(60, func(i int, s *sessiondex.Session) {
			s.Title = []string{"Invoice review", "Voice call", "Invoices sent"}[i%3]
			s.State = []string{"failed", "running"}[i%2]
		})...)
		if wait {
			list(t, e, wordQuery("any", ""))
			require.NoError(t, e.WaitIndexed(t.Context()))
		}
		got, err := e.Suggest(t.Context(), query.Query{Keyword: "invioce"})
		require.NoError(t, err)
		require.NotEmpty(t, got)
		assert.Equal(t, sessiondex.Suggestion{Keyword: "invoice", Total: 20}, got[0])
		got, err = e.Suggest(t.Context(), query.Query{Keyword: "invioce reviwe", States: []string{"failed"}})
		require.NoError(t, err)
		require.NotEmpty(t, got)
		assert.Equal(t, sessiondex.Suggestion{Keyword: "invoice review", Total: 10}, got[0], "under all other conditions")
		for _, keyword := range []string{"", "zzzzzzz", "->", strings.Repeat("x", 1<<20)} {
			got, err = e.Suggest(t.Context(), query.Query{Keyword: keyword})
			require.NoError(t, err)
			assert.Empty(t, got, keyword)
		}
	}
}

// Searches by words, writes, and the index being begun, sealed and merged at once: each
// version must show both of a pair that is renamed together, or neither.
func TestWordsWhileEverythingChanges(t *testing.T) {
	e := newEngine(t, nil, withTitles("Café left", "Café right", "else")...)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				p, err := e.List(t.Context(), wordQuery("cafe", ""))
				if assert.NoError(t, err) {
					assert.Contains(t, []int{0, 2}, p.Total)
				}
			}
		})
	}
	for i := range 300 {
		word := []string{"Café", "Bar"}[i%2]
		require.NoError(t, e.Put(t.Context(), withTitles(word+" left", word+" right", fmt.Sprint("else ", i))...))
	}
	cancel()
	wg.Wait()
	require.NoError(t, e.WaitIndexed(t.Context()))
	assert.Equal(t, 2, list(t, e, wordQuery("bar", "")).Total)
}

// A listing by words is watched like any other.
func TestAListingByWordsIsWatched(t *testing.T) {
	e := newEngine(t, nil, withTitles("Bar")...)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	n := 0
	for ev, err := range e.Watch(ctx, wordQuery("cafe", ""), nil) {
		require.NoError(t, err)
		if n++; n == 1 {
			require.NoError(t, e.Put(ctx, withTitles("Café")...))
			continue
		}
		_ = ev
		break
	}
	assert.Equal(t, 1, list(t, e, wordQuery("cafe", "")).Total)
}

// A member that was declared as text is searched by words where it is asked for, and
// every word must be in one and the same field.
func TestWordsInTextFields(t *testing.T) {
	o := &sessiondex.Options{Fields: []schema.Field{{Name: "preview", Member: "last_message_preview", Type: schema.Text}}}
	long := strings.Repeat("so on and so forth, ", 40)
	e := newEngine(t, o, many(4, func(i int, s *sessiondex.Session) {
		s.Title = []string{"Café plans", "Invoice", "Report", ""}[i]
		s.Extra = []string{`{"last_message_preview":"the invoice is paid"}`, `{"last_message_preview":"` + long + `the café of Łódź ` + long + `"}`, `{"last_message_preview":7}`, `{"last_message_preview":"café"}`}[i]
	})...)
	for range 2 {
		for _, c := range []struct {
			keyword string
			in      []string
			ids     []string
		}{
			{"cafe", nil, []string{"s-000000"}},
			{"cafe", []string{"preview"}, []string{"s-000003", "s-000001"}},
			{"cafe", []string{"title", "preview"}, []string{"s-000003", "s-000001", "s-000000"}},
			{"cafe invoice", []string{"title", "preview"}, []string{}},
			{"lodz cafe", []string{"preview"}, []string{"s-000001"}},
		} {
			q := query.Query{Keyword: c.keyword, Match: query.MatchWords, SearchIn: c.in}
			assert.ElementsMatch(t, c.ids, idsOf(list(t, e, q).Items), "%+v", c)
		}
		assert.Equal(t, 1, list(t, e, query.Query{Keyword: "café"}).Total, "what literal keywords find stays the same")
		require.NoError(t, e.WaitIndexed(t.Context()))
	}
	s, err := e.Get(t.Context(), "s-000001")
	require.NoError(t, err)
	got, err := e.Matches(t.Context(), query.Query{Keyword: "lodz cafe", Match: query.MatchWords, SearchIn: []string{"title", "preview"}}, s)
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, "preview", got[0].Field)
	assert.LessOrEqual(t, utf8.RuneCountInString(got[0].Text), sessiondex.MaxSnippet)
	var marked []string
	for _, r := range got[0].Ranges {
		marked = append(marked, got[0].Text[r.Start:r.End])
	}
	assert.Equal(t, []string{"café", "Łódź"}, marked)

	why, err := e.Why(t.Context(), query.Query{Keyword: "lodz", Match: query.MatchWords, SearchIn: []string{"title", "preview"}}, "s-000000")
	require.NoError(t, err)
	assert.Len(t, why.Unmet, 2)

	require.NoError(t, e.Put(t.Context(), sessiondex.Session{ID: "s-000000", Title: "Café plans", CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, Extra: `{"last_message_preview":"about lodz"}`}))
	assert.Equal(t, 2, list(t, e, query.Query{Keyword: "lodz", Match: query.MatchWords, SearchIn: []string{"preview"}}).Total, "a preview that changes is found at once")
}
