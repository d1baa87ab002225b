package httpapi_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
)

func TestMergePatchesFollowRFC7396(t *testing.T) {
	e := newEngine(t)
	h := writable(t, e, httpapi.Options{})
	for i, c := range []struct{ own, patch, want string }{ // RFC 7396, appendix A
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"\u0061":1}`, `{"a":2}`, `{"\u0061":2}`},
	} {
		path := fmt.Sprint(listPath, "/", i)
		require.Equal(t, http.StatusCreated, send(h, "PUT", path, `{"own":`+c.own+`}`).status)
		a := send(h, "PATCH", path, `{"own":`+c.patch+`}`)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		assert.Contains(t, stored(t, e, fmt.Sprint(i)), `"own":`+c.want+`}`, c.patch)
	}
}

// As in a session.
func TestTheLastOfARepeatedMemberCounts(t *testing.T) {
	e := newEngine(t)
	h := writable(t, e, httpapi.Options{})
	path := listPath + "/s"
	require.Equal(t, http.StatusCreated, send(h, "PUT", path, `{"title":"one","title":"two","own":{"a":1,"a":2},"id":null,"id":"s"}`).status)
	assert.Contains(t, stored(t, e, "s"), `"title":"two"`)
	assert.Contains(t, stored(t, e, "s"), `"own":{"a":2}`)
	require.Equal(t, http.StatusOK, send(h, "PATCH", path, `{"title":null,"title":"three","own":{"a":5},"own":{"b":null,"b":6}}`).status)
	assert.Contains(t, stored(t, e, "s"), `"title":"three"`)
	assert.Contains(t, stored(t, e, "s"), `"own":{"a":2,"b":6}`)
}

// Neither millions of empty sessions nor a patch of many levels.
func TestHostileBodiesTakeASmallMultipleOfTheirLength(t *testing.T) {
	e := newEngine(t, few()...)
	h := writable(t, e, httpapi.Options{})
	levels := func(n int) string {
		return strings.Repeat(`{"a":`, n) + `"` + strings.Repeat("x", 4<<20) + `"` + strings.Repeat("}", n)
	}
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"lines", "POST", listPath, strings.Repeat("{}", 2<<20), http.StatusRequestEntityTooLarge},
		{"an array", "POST", listPath, "[" + strings.Repeat("{},", 1<<20) + "{}]", http.StatusRequestEntityTooLarge},
		{"a deep patch", "PATCH", listPath + "/report", levels(2000), http.StatusBadRequest},
		{"the deepest patch", "PATCH", listPath + "/report", levels(120), http.StatusOK},
		{"a deep session", "PUT", listPath + "/report", levels(2000), http.StatusUnprocessableEntity},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a := send(h, c.method, c.path, c.body)
		runtime.ReadMemStats(&after)
		require.Equal(t, c.status, a.status, "%s: %.200s", c.name, a.body)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(20*len(c.body)), c.name)
	}
}
