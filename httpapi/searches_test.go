package httpapi_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/schema"
)

// encoded returns a query string as a browser sends it.
func encoded(t *testing.T, params string) string {
	t.Helper()
	v, err := url.ParseQuery(params)
	require.NoError(t, err)
	return "?" + v.Encode()
}

func TestWhatPeopleTypeIsFoundOverHTTP(t *testing.T) {
	for fold, searches := range map[sessiondex.Fold][][]corpus.Search{
		sessiondex.FoldCase:  {corpus.WordSearches, corpus.LiteralSearches},
		sessiondex.FoldLoose: {corpus.WordSearches, corpus.LooseSearches},
	} {
		e := newEngineWith(t, &sessiondex.Options{Fold: fold, Fields: []schema.Field{corpus.Preview}}, corpus.SearchedSessions()...)
		s := serve(t, newHandler(t, e, httpapi.Options{Strict: true}), nil)
		for _, search := range append(searches[0], searches[1]...) {
			var page struct {
				Items []struct{ Title string }
				Total int
			}
			require.NoError(t, json.Unmarshal(s.get(t, listPath+encoded(t, search.Params)).body, &page), search.Params)
			var titles []string
			for _, item := range page.Items {
				titles = append(titles, item.Title)
			}
			assert.ElementsMatch(t, search.Found, titles, "%v, %s", fold, search.Params)
			assert.Equal(t, len(search.Found), page.Total, search.Params)
		}
	}
}

// bracketed returns a text with its matches in brackets.
func bracketed(text string, ranges [][2]int, inUTF16 bool) string {
	units := utf16.Encode([]rune(text))
	part := func(from, to int) string {
		if inUTF16 {
			return string(utf16.Decode(units[from:to]))
		}
		return text[from:to]
	}
	out, at := "", 0
	for _, r := range ranges {
		out += part(at, r[0]) + "[" + part(r[0], r[1]) + "]"
		at = r[1]
	}
	if inUTF16 {
		return out + part(at, len(units))
	}
	return out + part(at, len(text))
}

// In every match mode.
func TestAViewMarksWhatMatches(t *testing.T) {
	fields := []schema.Field{corpus.Preview}
	canonical := newEngineWith(t, &sessiondex.Options{Fields: fields}, corpus.SearchedSessions()...)
	loose := newEngineWith(t, &sessiondex.Options{Fields: fields, Fold: sessiondex.FoldLoose}, corpus.SearchedSessions()...)
	for _, c := range []struct {
		e      *sessiondex.Engine
		params string
		item   string // as a page shows it, with the matches in brackets
	}{
		{canonical, "query=AFÉ", "C[afé]"},
		{loose, "query=afe", "C[afé]"},
		{loose, "query=o-op", "c[o‑op]erate – now"},
		{canonical, "query=cafe&match=words", "[Café]"},
		{canonical, "query=lodz+trip&match=words&offsets=utf16", "[Łódź] [trip]"},
		{canonical, "query=wekly+sal&match=words&typing=true&typos=true", "[Weekly] report of [sales]"},
		{canonical, "query=晚的&match=words", "昨[晚的]数据"},
		{canonical, "query=notes&match=words&search_in=title,preview", "[Notes]"},
		{canonical, "query=invoice+paid&match=words&search_in=title,preview", "Notes / preview: the [invoice] of Łódź was [paid] yesterday"},
		{canonical, "query=invoice+lodz&match=words&search_in=preview&offsets=utf16", "Notes / preview: the [invoice] of [Łódź] was paid yesterday"},
		{canonical, "", ""},
	} {
		v := serve(t, newHandler(t, c.e, httpapi.Options{Strict: true}), nil).get(t, viewPath+encoded(t, c.params)).view(t)
		var page struct{ Items []struct{ Title string } }
		require.NoError(t, json.Unmarshal(v.Page, &page))
		if c.item == "" {
			assert.Nil(t, v.Snippets)
			continue
		}
		require.Len(t, page.Items, 1, c.params)
		utf16 := c.params[len(c.params)-1] == '6'
		got := bracketed(page.Items[0].Title, v.Matches[0], utf16)
		if v.Snippets != nil {
			for _, snippet := range v.Snippets[0] {
				got += " / " + snippet.Field + ": " + bracketed(snippet.Text, snippet.Matches, utf16)
			}
		}
		assert.Equal(t, c.item, got, c.params)
	}
}
