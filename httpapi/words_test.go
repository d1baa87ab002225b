package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// titled returns sessions with these titles.
func titled(titles ...string) (out []sessiondex.Session) {
	for i, title := range titles {
		out = append(out, sessiondex.Session{ID: string(rune('a' + i)), Title: title, CreatedAt: day(1), UpdatedAt: day(i + 1)})
	}
	return out
}

func TestWordsOverHTTP(t *testing.T) {
	e := newEngine(t, titled("Café", "Invoice review", "Don’t panic", "Łódź", "İstanbul", "パソコン", "Новая ёлка", "昨晚的数据")...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	for _, c := range []struct{ keyword, more, id string }{
		{"cafe", "", "a"}, {"invioce", "&typos=true", "b"}, {"review invo", "&typing=true", "b"}, {"don't", "", "c"}, {"lodz", "", "d"},
		{"istanbul", "", "e"}, {"ﾊﾟｿｺﾝ", "", "f"}, {"елка", "", "g"}, {"晚", "", "h"}, {"invioce", "", ""}, {"invo", "&search_in=title", ""},
	} {
		p := s.get(t, listPath+"?match=words&query="+url.QueryEscape(c.keyword)+c.more).page(t)
		if c.id == "" {
			assert.Zero(t, p.Total, "%+v", c)
			continue
		}
		assert.Equal(t, []string{c.id}, p.ids(), "%+v", c)
	}
	for param, query := range map[string]string{
		"typing": "?query=a&typing=true", "typos": "?query=a&typos=true", "search_in": "?query=a&match=words&search_in=nothing", "suggest": "?suggest=perhaps",
	} {
		params, _ := s.get(t, listPath+query).faults(t)
		assert.Equal(t, []string{param}, params)
	}
	off, err := sessiondex.New(&sessiondex.Options{Words: &sessiondex.WordOptions{Off: true}})
	require.NoError(t, err)
	defer off.Close()
	params, _ := serve(t, newHandler(t, off, httpapi.Options{}), nil).get(t, listPath+"?match=words&query=a").faults(t)
	assert.Equal(t, []string{"match"}, params)
}

func TestSuggestionsComeOnRequest(t *testing.T) {
	e := newEngine(t, titled("Invoice review", "Invoice of May", "Voice call")...)
	s := serve(t, newHandler(t, e, httpapi.Options{}), nil)
	members := func(query string) map[string]json.RawMessage {
		a := s.get(t, listPath+query)
		require.Equal(t, http.StatusOK, a.status)
		var m map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(a.body, &m))
		return m
	}
	m := members("?query=invioce&suggest=true")
	assert.Len(t, m, 7)
	assert.Equal(t, `0`, string(m["total"]))
	var found []sessiondex.Suggestion
	require.NoError(t, json.Unmarshal(m["suggestions"], &found))
	require.NotEmpty(t, found)
	assert.Equal(t, sessiondex.Suggestion{Keyword: "invoice", Total: 2}, found[0])

	assert.Equal(t, `[]`, string(members("?query=invoice&suggest=true")["suggestions"]), "a keyword with matches gets none")
	assert.Len(t, members("?query=invioce"), 6)
	assert.Len(t, members("?query=invioce&suggest=false"), 6)

	decorated := serve(t, newHandler(t, hiding{e, map[string]int{}}, httpapi.Options{}), nil)
	a := decorated.get(t, listPath+"?query=invioce&suggest=true")
	assert.Equal(t, http.StatusNotImplemented, a.status)
	assert.Contains(t, string(a.body), "httpapi.Suggester")
}
