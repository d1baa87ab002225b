package corpus_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/oracle"
	"github.com/sessiondex/sessiondex/query"
)

func TestTinyIsAValidBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 40, corpus.TinyIDs, 500} {
		batch := corpus.Tiny(rng, n)
		require.Len(t, batch, n)
		seen := map[string]bool{}
		for _, s := range batch {
			require.NoError(t, s.Validate())
			require.False(t, seen[s.ID], s.ID)
			seen[s.ID] = true
		}
	}
}

func TestLaterTinyBatchesReplaceEarlierOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	var o oracle.Oracle
	for range 20 {
		o.Put(corpus.Tiny(rng, 30)...)
	}
	assert.LessOrEqual(t, o.Len(), corpus.TinyIDs)
	assert.Greater(t, o.Len(), corpus.TinyIDs/2)
	deleted := 0
	for number := range corpus.TinyIDs {
		deleted += o.Delete(corpus.TinyID(number))
	}
	assert.Positive(t, deleted)
	assert.Zero(t, o.Len(), "TinyID names them all")
}

func TestTheSameSeedGivesTheSameSmallWorld(t *testing.T) {
	world := func() ([]sessiondex.Session, []query.Query) {
		rng := rand.New(rand.NewPCG(3, 1))
		sessions := corpus.Tiny(rng, 50)
		var queries []query.Query
		for range 50 {
			queries = append(queries, corpus.RandomQuery(rng))
		}
		return sessions, queries
	}
	sessions, queries := world()
	again, queriesAgain := world()
	assert.Equal(t, sessions, again)
	assert.Equal(t, queries, queriesAgain)
}

// A twin test is useful only if its queries are valid, use every field, and often find
// something, but not everything.
func TestRandomQueriesUseEveryFieldAndOftenHit(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	var o oracle.Oracle
	o.Put(corpus.Tiny(rng, 200)...)
	const n = 4000
	used := map[string]int{}
	hits, more, past := 0, 0, 0
	for range n {
		q := corpus.RandomQuery(rng)
		require.NoError(t, q.Validate())
		for name, is := range map[string]bool{
			"query": q.Keyword != "", "state": q.States != nil, "source_channel": q.SourceChannels != nil, "session_type": q.SessionTypes != nil,
			"trigger_type": q.TriggerTypes != nil, "app_id": q.AppID != "", "workspace_id": q.WorkspaceID != "", "aop_asset_id": q.AOPAssetID != "",
			"include_sub_sessions": q.IncludeSubSessions, "include_task_sessions": q.IncludeTaskSessions,
			"created_after": !q.CreatedAfter.IsZero(), "created_before": !q.CreatedBefore.IsZero(),
			"inverted": !q.CreatedBefore.IsZero() && q.CreatedAfter.After(q.CreatedBefore),
			"all":      q.Match == query.MatchAllTerms && q.Keyword != "", "phrase": q.Match != query.MatchAllTerms && q.Keyword != "",
			"default sort": q.SortBy == "", "title": q.SortBy == query.Title, "created_at": q.SortBy == query.CreatedAt, "updated_at": q.SortBy == query.UpdatedAt,
			"asc": q.SortDirection == query.Asc, "desc": q.SortDirection == query.Desc, "default direction": q.SortDirection == "",
			"default limit": q.Limit == 0, "limit 1": q.Limit == 1, "limit 500": q.Limit == query.MaxLimit, "offset": q.Offset > 0,
		} {
			if is {
				used[name]++
			}
		}
		page := o.List(q)
		if page.Total > 0 {
			hits++
		}
		if page.HasMore {
			more++
		}
		if page.Total > 0 && len(page.Items) == 0 {
			past++
		}
	}
	assert.Len(t, used, 26)
	for name, times := range used {
		assert.Greater(t, times, n/200, name)
	}
	assert.Greater(t, hits, n/2)
	assert.Less(t, hits, n*9/10)
	assert.Greater(t, more, n/10)
	assert.Greater(t, past, n/20)
}

// Otherwise no twin would test a new member. The members of declared fields and of words
// have twins of their own.
func TestRandomQueriesUseEveryMember(t *testing.T) {
	elsewhere := []string{"SearchIn", "Typing", "Typos", "Include", "Where", "SortFirst", "Cursor", "Scope"}
	rng := rand.New(rand.NewPCG(3, 1))
	used := map[string]bool{}
	for range 2000 {
		q := reflect.ValueOf(corpus.RandomlyNarrowed(rng, corpus.RandomQuery(rng)))
		for i := range q.NumField() {
			used[q.Type().Field(i).Name] = used[q.Type().Field(i).Name] || !q.Field(i).IsZero()
		}
	}
	for name, is := range used {
		assert.NotEqual(t, slices.Contains(elsewhere, name), is, name)
	}
}
