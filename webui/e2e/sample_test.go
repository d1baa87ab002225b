package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// defaultQuery is the listing that the page shows first.
var defaultQuery query.Query

// declared are fields of the sample sessions.
var declared = []schema.Field{
	{Name: "model", Type: schema.Keyword},
	{Name: "cost", Member: "total_cost_usd", Type: schema.Number, Sorted: true},
	{Name: "pinned", Type: schema.Flag},
	{Name: "archived", Type: schema.Flag, Hidden: true},
}

// putSample puts the sessions that ship with the project, as if the last was updated just
// now.
func (s *site) putSample() {
	s.t.Helper()
	f, err := os.Open("../../testdata/sessions.jsonl")
	require.NoError(s.t, err)
	defer f.Close()
	var all []sessiondex.Session
	for x, err := range sessiondex.ReadJSONL(f) {
		require.NoError(s.t, err)
		all = append(all, x)
	}
	shift := time.Since(all[len(all)-1].UpdatedAt) - 3*time.Minute
	for i := range all {
		all[i].CreatedAt, all[i].UpdatedAt = all[i].CreatedAt.Add(shift), all[i].UpdatedAt.Add(shift)
		if i%97 == 0 {
			require.NoError(s.t, all[i].SetMember("pinned", true))
		}
		if i%31 == 0 {
			require.NoError(s.t, all[i].SetMember("archived", true))
		}
	}
	require.NoError(s.t, s.engine.Put(context.Background(), all...))
}

// putMany puts n sessions of the generator.
func (s *site) putMany(n int) {
	s.t.Helper()
	var part []sessiondex.Session
	put := func() {
		require.NoError(s.t, s.engine.Put(context.Background(), part...))
		part = part[:0]
	}
	for x := range corpus.Sessions(corpus.Options{N: n, Seed: 1}) {
		if part = append(part, x); len(part) == 20_000 {
			put()
		}
	}
	put()
}

// literal writes a string as JavaScript.
func literal(s string) string {
	b, _ := json.Marshal(s) // a string can't fail
	return string(b)
}

// putNumbered puts n sessions, a second apart: s0000000 is the oldest.
func (s *site) putNumbered(n int) {
	s.t.Helper()
	part := make([]sessiondex.Session, 0, 50_000)
	for i := range n {
		t := at.Add(time.Duration(i) * time.Second)
		part = append(part, sessiondex.Session{
			ID: fmt.Sprintf("s%07d", i), Title: fmt.Sprintf("Session %d of the long list", i), State: []string{"completed", "failed", "running"}[i%3], SourceChannel: "web",
			CreatedAt: t, UpdatedAt: t,
		})
		if len(part) == cap(part) || i == n-1 {
			require.NoError(s.t, s.engine.Put(context.Background(), part...))
			part = part[:0]
		}
	}
}
