package sessiondex_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// benchFields has declared fields in the shares that the figures are promised for: 5,000
// owners, a tag in every 20th session, one in a thousand pinned, one in ten archived.
var benchFields = sync.OnceValue(func() *sessiondex.Engine {
	e, err := sessiondex.New(&sessiondex.Options{ScanTitles: true, Fields: []schema.Field{
		{Name: "owner", Type: schema.Keyword}, {Name: "tags", Type: schema.Keyword}, {Name: "cost", Type: schema.Number, Sorted: true},
		{Name: "tokens", Type: schema.Number}, {Name: "pinned", Type: schema.Flag}, {Name: "archived", Type: schema.Flag, Hidden: true},
	}})
	if err != nil {
		panic(err)
	}
	sessions := slices.Clone(benchCorpus())
	r := rand.New(rand.NewPCG(1, 2))
	for i := range sessions {
		tags := ""
		if r.IntN(20) == 0 {
			tags = `,"billing"`
		}
		sessions[i].Extra = fmt.Sprintf(`{"owner":"user-%d","tags":["tag-%d"%s],"cost":%g,"tokens":%d,"pinned":%t,"archived":%t}`,
			r.IntN(5000), r.IntN(50), tags, float64(r.IntN(1_000_000))/1000, r.IntN(1_000_000), r.IntN(1000) == 0, r.IntN(10) == 0)
	}
	if err := e.Put(context.Background(), sessions...); err != nil {
		panic(err)
	}
	return e
})

func BenchmarkDeclaredFields(b *testing.B) {
	e, n := benchFields(), *benchSessions
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name string
		q    func() query.Query
	}{
		{"default", func() query.Query { return query.Query{} }},
		{"created_at", func() query.Query { return query.Query{SortBy: query.CreatedAt, Offset: n / 4} }},
		{"owner", func() query.Query {
			return query.Query{Where: []query.Cond{query.In("owner", fmt.Sprint("user-", r.IntN(5000)))}}
		}},
		{"tag", func() query.Query { return query.Query{Where: []query.Cond{query.In("tags", "billing")}} }},
		{"range of a sorted number", func() query.Query {
			return query.Query{Where: []query.Cond{query.AtLeast("cost", 400), query.AtMost("cost", 500)}}
		}},
		{"range of a number", func() query.Query {
			return query.Query{Where: []query.Cond{query.AtLeast("tokens", 400_000), query.AtMost("tokens", 500_000)}}
		}},
		{"sorted", func() query.Query { return query.Query{SortBy: "cost"} }},
		{"sorted, a quarter down", func() query.Query { return query.Query{SortBy: "cost", Offset: n / 4} }},
		{"a flag first", func() query.Query { return query.Query{SortFirst: "pinned"} }},
		{"a flag first, a quarter down", func() query.Query { return query.Query{SortFirst: "pinned", Offset: n / 4} }},
		{"a flag first, of a state", func() query.Query { return query.Query{SortFirst: "pinned", States: []string{"completed"}} }},
		{"a hidden flag first", func() query.Query { return query.Query{SortFirst: "archived", Offset: n / 4} }},
		{"not a flag", func() query.Query {
			return query.Query{Where: []query.Cond{query.In("pinned", "false")}, Offset: n / 4}
		}},
		{"not a state", func() query.Query {
			return query.Query{Where: []query.Cond{query.NotIn("state", "failed")}, Offset: n / 4}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := e.List(context.Background(), c.q())
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkUpdatesOfFields: what an update costs that touches no field, a sorted number,
// a tag, and a flag.
func BenchmarkUpdatesOfFields(b *testing.B) {
	e := benchFields()
	ids := make([]string, 0, *benchSessions)
	for s := range corpus.Sessions(corpus.Options{N: *benchSessions, Seed: 1}) {
		ids = append(ids, s.ID)
	}
	for _, c := range []struct {
		name   string
		member string
		value  func(i int) any
	}{
		{"none", "other", func(i int) any { return i }},
		{"cost", "cost", func(i int) any { return float64(i*7919%1_000_000) / 1000 }},
		{"tokens", "tokens", func(i int) any { return i * 7919 % 1_000_000 }},
		{"tags", "tags", func(i int) any { return []string{fmt.Sprint("tag-", i%50)} }},
		{"pinned", "pinned", func(i int) any { return i%2 == 0 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, err := e.Update(context.Background(), ids[i*7919%len(ids)], func(s *sessiondex.Session) error {
					s.UpdatedAt = s.UpdatedAt.Add(1)
					return s.SetMember(c.member, c.value(i))
				})
				require.NoError(b, err)
			}
		})
	}
}
