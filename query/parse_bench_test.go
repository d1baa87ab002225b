package query_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/sessiondex/sessiondex/query"
)

func BenchmarkParse(b *testing.B) {
	long := make([]string, 10_000)
	for i := range long {
		long[i] = "state-" + strconv.Itoa((i*7919)%len(long))
	}
	for _, c := range []struct{ name, raw string }{
		{"default", ""},
		{"page", "limit=50&offset=100"},
		{"scalars", "query=weekly+report&app_id=app-1&include_sub_sessions=true&created_after=2026-01-01T00:00:00%2B02:00" +
			"&created_before=1767225600000&sort_by=title&sort_direction=asc&limit=100&offset=200"},
		{"lists", "state=running,completed&source_channel=web&source_channel=api&session_type=session"},
		{"faulty", "limit=0&offset=x&sort_by=id"},
		{"10000 values", "state=" + strings.Join(long, ",")},
	} {
		v, err := url.ParseQuery(c.raw)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = query.Parse(v)
			}
		})
	}
}

func BenchmarkNormalized(b *testing.B) {
	q := query.Query{Keyword: "weekly report", States: []string{"completed", "running"}, Limit: 50}
	b.ReportAllocs()
	for b.Loop() {
		_ = q.Normalized()
	}
}
