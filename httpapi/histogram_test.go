package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

type histogramAnswer struct {
	From   string
	Days   int
	Counts []int
}

// Whatever the number of bars.
func TestAHistogramHasEveryMatchInItsBar(t *testing.T) {
	first := time.Date(1969, 12, 30, 23, 59, 59, 0, time.UTC) // before the epoch of Unix
	var all []sessiondex.Session
	for i := range 200 {
		at := first.Add(time.Duration(i*i) * 7 * time.Hour)
		all = append(all, sessiondex.Session{ID: fmt.Sprint(i), Title: "Report", State: []string{"failed", "completed"}[i%2], CreatedAt: at, UpdatedAt: at})
	}
	s := serve(t, newHandler(t, newEngine(t, all...), httpapi.Options{Strict: true}), nil)
	get := func(params string) (h *histogramAnswer) {
		a := s.get(t, viewPath+"?limit=1"+params)
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		var v struct{ Histogram *histogramAnswer }
		require.NoError(t, json.Unmarshal(a.body, &v))
		return v.Histogram
	}
	assert.Nil(t, get(""), "only where it is asked for")
	assert.Equal(t, &histogramAnswer{"", 1, []int{}}, get("&bars=5&query=nothing"))
	for _, bars := range []int{1, 2, 7, 120, 1000} {
		h := get(fmt.Sprintf("&bars=%d&state=failed&created_before=1970-01-05", bars))
		require.LessOrEqual(t, len(h.Counts), bars)
		start, err := time.Parse(time.DateOnly, h.From)
		require.NoError(t, err)
		last := all[len(all)-2].CreatedAt.Truncate(24 * time.Hour)
		assert.Equal(t, last.AddDate(0, 0, 1), start.AddDate(0, 0, h.Days*len(h.Counts)), "it ends with the last match")
		assert.Less(t, first.Sub(start), time.Duration(h.Days)*24*time.Hour, "no bar lies before the first match")
		want := make([]int, len(h.Counts))
		for i := 0; i < len(all); i += 2 { // bars leave out the query's bounds, and keep its other filters
			want[int(all[i].CreatedAt.Sub(start)/(24*time.Hour))/h.Days]++
		}
		assert.Equal(t, want, h.Counts, bars)
	}
	for _, bad := range []string{"0", "1001", "x"} {
		params, _ := s.get(t, viewPath+"?bars="+bad).faults(t)
		assert.Equal(t, []string{"bars"}, params)
	}
}

// The server must take writes, and the principal may write.
func TestAViewSaysWhetherOneMayWrite(t *testing.T) {
	e := newEngine(t, few()...)
	for _, c := range []struct{ server, principal, want bool }{{true, true, true}, {true, false, false}, {false, true, false}} {
		o := httpapi.Options{Authenticate: func(*http.Request) (httpapi.Principal, error) { return httpapi.Principal{Write: c.principal}, nil }}
		if c.server {
			o.Writer = e.Writer()
		}
		h, err := httpapi.NewHandler(e, &o)
		require.NoError(t, err)
		var v struct{ Write bool }
		require.NoError(t, json.Unmarshal(bare(h, "GET", viewPath, "").body, &v))
		assert.Equal(t, c.want, v.Write, "%+v", c)
	}
}
