package sessiondex_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/query"
)

// What users of session lists suffer elsewhere, by its number in the list of such
// pains that this project keeps: none of it may happen here.

func TestPain01SearchSeesMoreThanTheNewest(t *testing.T) {
	sessions := many(10_000, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Routine check %d", i) })
	sessions[0].Title = "The needle of long ago"
	for _, o := range []*sessiondex.Options{nil, {ScanTitles: true}} {
		e := newEngine(t, o, sessions...)
		for _, q := range []query.Query{
			{Keyword: "needle", Limit: 1}, {Keyword: "needle", SortBy: query.Title}, {Keyword: "needle LONG", Match: query.MatchAllTerms}, {Keyword: "of long a", SessionTypes: []string{"session"}},
		} {
			p := list(t, e, q)
			assert.Equal(t, 1, p.Total, "the only match is the oldest of all")
			assert.Equal(t, []string{"s-000000"}, idsOf(p.Items))
		}
		p := list(t, e, query.Query{Keyword: "routine", Offset: 9990})
		assert.Equal(t, 9999, p.Total, "all matches count")
		assert.Len(t, p.Items, 9, "and can be reached")
	}
}

// Work is counted, not timed: sessions that are looked at for a page.
func TestPain02CostDoesNotGrowWithTheStore(t *testing.T) {
	examined := func(n int, q query.Query) int {
		e := newEngine(t, nil, many(n, func(i int, s *sessiondex.Session) {
			s.IsTaskSession = i%10 > 0 // nine in ten are hidden
			if i < 60 {
				s.AppID = "old"
			}
		})...)
		plan, err := e.Explain(t.Context(), q)
		require.NoError(t, err)
		require.Equal(t, 50, plan.Returned)
		return plan.Examined
	}
	for _, q := range []query.Query{{}, {SortBy: query.Title}, {Offset: 60}, {SortDirection: query.Asc, Offset: 50}} {
		assert.Equal(t, 50, examined(2000, q), "%+v", q)
		assert.Equal(t, 50, examined(20_000, q), "%+v", q)
	}
	app := query.Query{AppID: "old", IncludeTaskSessions: true}
	assert.Equal(t, 60, examined(2000, app), "no more than the application has")
	assert.Equal(t, 60, examined(20_000, app))
}

// Where the matches all lie at the far end of the order, walking on is not the way.
func TestPain02OldMatchesDoNotCostAWalkThroughEverything(t *testing.T) {
	const n = 40_000
	e := newEngine(t, nil, many(n, func(i int, s *sessiondex.Session) {
		if i < 200 {
			s.AppID = "old"
			s.Title = "Very old"
		}
	})...)
	inOrder, err := e.Explain(t.Context(), query.Query{AppID: "old"})
	require.NoError(t, err)
	assert.Equal(t, query.Rank, inOrder.Method, "an application of that size has an order of its own")
	assert.LessOrEqual(t, inOrder.Examined, 200)
	for _, q := range []query.Query{{Keyword: "very old"}, {Keyword: "very old", Offset: 5}, {AppID: "old", SortBy: query.CreatedAt}} {
		plan, err := e.Explain(t.Context(), q)
		require.NoError(t, err)
		assert.Equal(t, query.Gather, plan.Method, "%+v", q)
		assert.Equal(t, 200, plan.Examined)
		p := list(t, e, q)
		require.Len(t, p.Items, 50)
		assert.Equal(t, fmt.Sprintf("s-%06d", 199-q.Offset), p.Items[0].ID)
		q.Cursor, q.Offset = p.NextCursor, 0
		next := list(t, e, q)
		assert.Greater(t, p.Items[49].ID, next.Items[0].ID)
		assert.Equal(t, 200, next.Total)
	}
}

func TestPain03ShortAndCJKKeywordsFind(t *testing.T) {
	for _, o := range []*sessiondex.Options{nil, {ScanTitles: true}} {
		e := newEngine(t, o,
			plain("zh", 1, titled("昨晚的数据处理")), plain("ja", 2, titled("デプロイの失敗")), plain("ko", 3, titled("배포 실패")), plain("en", 4, titled("A -> B, v2")),
			plain("emoji", 5, titled("ship it 🚀")), plain("ar", 6, titled("تقرير أسبوعي")), plain("untitled", 7))
		for keyword, want := range map[string][]string{
			"昨晚": {"zh"}, "的": {"zh"}, "数据": {"zh"}, "数": {"zh"}, "据处": {"zh"}, "据数": {}, "プロ": {"ja"}, "失敗": {"ja"}, "敗": {"ja"}, "배": {"ko"}, "포 실": {"ko"},
			"a": {"en"}, "2": {"en"}, "->": {"en"}, ">": {"en"}, "> b": {"en"}, ",": {"en"}, "🚀": {"emoji"}, "s": {"emoji"}, "it 🚀": {"emoji"}, "ر": {"ar"}, "أس": {"ar"},
		} {
			assert.Equal(t, want, found(t, e, keyword), "%q", keyword)
		}
	}
}

func TestPain04CaseFoldsInAllScriptsAndNothingIsAWildcard(t *testing.T) {
	for _, o := range []*sessiondex.Options{nil, {ScanTitles: true}} {
		e := newEngine(t, o,
			plain("de", 1, titled("STRASSE und ÄRGER")), plain("de2", 2, titled("Straße")), plain("ru", 3, titled("Встреча с Борисом")), plain("el", 4, titled("ΟΔΥΣΣΕΥΣ")),
			plain("fr", 5, titled("Cafe\u0301 cre\u0300me")), plain("sql", 6, titled(`100% of a_b \ "quoted" 'it' c*d [x] ^y$`)), plain("ab", 7, titled("100 percent of aXb cd x y")))
		for keyword, want := range map[string][]string{
			"straße": {"de", "de2"}, "STRASSE": {"de", "de2"}, "ärger": {"de"}, "БОРИС": {"ru"}, "борис": {"ru"}, "οδυσσευς": {"el"}, "ΣΕΎ": {}, "σσευσ": {"el"},
			"café": {"fr"}, "CAFÉ CRÈME": {"fr"}, "cafe": {}, "100%": {"sql"}, "%": {"sql"}, "_": {"sql"}, "a_b": {"sql"}, "*": {"sql"}, "c*d": {"sql"}, `\`: {"sql"}, `"`: {"sql"},
			`"quoted"`: {"sql"}, "'it'": {"sql"}, "[x]": {"sql"}, "^y$": {"sql"}, "a.b": {}, ".*": {}, "100": {"sql", "ab"},
		} {
			assert.Equal(t, want, found(t, e, keyword), "%q", keyword)
		}
	}
}

// The longest title that was seen in the wild has 675,773 characters.
func TestPain05AGiantTitleIsASessionLikeAnyOther(t *testing.T) {
	prompt := strings.Repeat("Please read the following log, line by line. ", 675_773/45) + "The very end: Ünique"
	giants := []sessiondex.Session{plain("giant-b", 40, titled(prompt+" B")), plain("giant-a", 41, titled(prompt+" A")), plain("giant-c", 42, titled(prompt+" a"))}
	for _, o := range []*sessiondex.Options{nil, {ScanTitles: true}} {
		e := newEngine(t, o, append(many(100, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("Short %d", i) }), giants...)...)
		assert.Equal(t, []string{"giant-b", "giant-a", "giant-c"}, found(t, e, "very end: ünique"))
		assert.Equal(t, []string{"giant-b"}, found(t, e, "ÜNIQUE B"))
		got, err := e.Get(context.Background(), "giant-a")
		require.NoError(t, err)
		assert.True(t, got.Title == giants[1].Title, "it comes back whole")

		byTitle := query.Query{SortBy: query.Title, SortDirection: query.Asc, Limit: 2}
		var walked []string
		for p := list(t, e, byTitle); ; p = list(t, e, byTitle) {
			walked = append(walked, idsOf(p.Items)...)
			if !p.HasMore {
				break
			}
			byTitle.Cursor = p.NextCursor
			require.Less(t, len(p.NextCursor), 8000)
		}
		require.Len(t, walked, 103)
		assert.Equal(t, []string{"giant-a", "giant-c", "giant-b"}, walked[:3], "equal for 675,773 characters, and still in order")

		s := giants[0]
		s.State, s.UpdatedAt = "failed", noon(999)
		require.NoError(t, e.Put(context.Background(), s))
		assert.Equal(t, "giant-b", list(t, e, query.Query{Limit: 1}).Items[0].ID)
	}
	err := newEngine(t, nil).Put(context.Background(), plain("too long", 0, titled(strings.Repeat("x", sessiondex.DefaultMaxTitleBytes+1))))
	require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
	assert.Less(t, len(err.Error()), 1000, "the error does not repeat all of it")
}

func TestPain06EqualTimestampsNeitherLoseNorRepeatRows(t *testing.T) {
	e := newEngine(t, nil, many(500, func(i int, s *sessiondex.Session) { s.UpdatedAt = noon(i / 250) })...)
	for _, direction := range []query.Direction{query.Asc, query.Desc} {
		seen := make(map[string]int)
		q := query.Query{Limit: 7, SortDirection: direction}
		for {
			p := list(t, e, q)
			for _, s := range p.Items {
				seen[s.ID]++
			}
			if !p.HasMore {
				break
			}
			q.Offset = *p.NextOffset
		}
		assert.Len(t, seen, 500)
		for id, n := range seen {
			assert.Equal(t, 1, n, id)
		}
	}
}

func TestPain07RowsDoNotShiftBetweenThePagesOfASnapshot(t *testing.T) {
	e := newEngine(t, nil, many(200, nil)...)
	s := e.Snapshot()
	want := idsOf(all(t, s, query.Query{}))
	var got []string
	for offset := 0; offset < 200; offset += 20 {
		got = append(got, idsOf(list(t, s, query.Query{Limit: 20, Offset: offset}).Items)...)
		require.NoError(t, e.Put(context.Background(), plain(want[199-offset], 10_000+offset), plain(fmt.Sprintf("new-%d", offset), 20_000+offset)))
	}
	assert.Equal(t, want, got)
	assert.NotEqual(t, want[0], list(t, e, query.Query{}).Items[0].ID, "while the engine's own list moved on")
}

func TestPain08TheTotalIsThatOfThePagesFilters(t *testing.T) {
	r := testrand.New(t)
	w := tinyTwins(t, r, 250)
	for range 150 {
		q := corpus.RandomQuery(r)
		q.Offset = 0
		whole := len(all(t, w, q))
		for _, offset := range []int{0, 1, whole / 2, whole, whole + 1, 1 << 30} {
			q.Offset = offset
			p := list(t, w, q)
			require.Equal(t, whole, p.Total, "%+v", q)
			require.Len(t, p.Items, min(p.Limit, max(0, whole-offset)), "%+v", q)
		}
	}
}

func TestPain09HiddenSessionsStayHiddenWhenTheirParentGoes(t *testing.T) {
	sub := func(s *sessiondex.Session) { s.IsSubSession, s.ParentSessionID = true, "parent" }
	task := func(s *sessiondex.Session) { s.IsTaskSession, s.AOPAssetID, s.TriggerType = true, "asset", "schedule" }
	sessions := []sessiondex.Session{plain("parent", 0), plain("other", 1)}
	for i := range 300 {
		s := plain(fmt.Sprintf("hidden-%03d", i), 100+i, sub)
		if i%3 == 0 {
			s = plain(s.ID, 100+i, task)
		}
		if i%7 == 0 {
			s = plain(s.ID, 100+i, sub, task)
		}
		sessions = append(sessions, s)
	}
	e := newEngine(t, nil, sessions...)
	assert.Equal(t, []string{"other", "parent"}, idsOf(all(t, e, query.Query{})), "302 sessions, of which two are meant to be seen")
	_, err := e.Delete(context.Background(), "parent")
	require.NoError(t, err)
	assert.Equal(t, []string{"other"}, idsOf(all(t, e, query.Query{})))
	assert.Equal(t, 1, list(t, e, query.Query{}).Total)

	both, subs, tasks := 0, 0, 0
	for _, s := range sessions[2:] {
		switch {
		case s.IsSubSession && s.IsTaskSession:
			both++
		case s.IsSubSession:
			subs++
		default:
			tasks++
		}
	}
	assert.Equal(t, 1+subs, list(t, e, query.Query{IncludeSubSessions: true}).Total, "one that is both needs both flags")
	assert.Equal(t, 1+tasks, list(t, e, query.Query{IncludeTaskSessions: true}).Total)
	assert.Equal(t, 1+subs+tasks+both, list(t, e, everything).Total)
	assert.Equal(t, tasks, list(t, e, query.Query{AOPAssetID: "asset"}).Total, "asking for an asset's runs shows task runs")
}

// Every field of a query has an effect. A field that is added without an entry here
// fails the test.
func TestPain10NoFilterIsSilentlyIgnored(t *testing.T) {
	e := newEngine(t, nil,
		plain("a", 3, titled("Alpha two"), func(s *sessiondex.Session) {
			s.State, s.SourceChannel, s.SessionType, s.AppID, s.WorkspaceID = "running", "web", "video_session", "app", "ws"
			s.CreatedAt = noon(10)
		}),
		plain("b", 2, titled("Two of alpha"), func(s *sessiondex.Session) { s.TriggerType, s.CreatedAt = "email", noon(-10) }),
		plain("sub", 1, titled("zulu"), func(s *sessiondex.Session) { s.IsSubSession, s.ParentSessionID = true, "a" }),
		plain("task", 0, func(s *sessiondex.Session) { s.IsTaskSession, s.AOPAssetID = true, "asset" }),
	)
	first := list(t, e, query.Query{Limit: 1})
	effects := map[string]struct {
		q    query.Query
		want []string
	}{
		"Keyword":             {query.Query{Keyword: "alpha two"}, []string{"a"}},
		"Match":               {query.Query{Keyword: "alpha of", Match: query.MatchAllTerms}, []string{"b"}},
		"States":              {query.Query{States: []string{"running"}}, []string{"a"}},
		"SourceChannels":      {query.Query{SourceChannels: []string{"web"}}, []string{"a"}},
		"SessionTypes":        {query.Query{SessionTypes: []string{"video_session"}}, []string{"a"}},
		"TriggerTypes":        {query.Query{TriggerTypes: []string{"email"}}, []string{"b"}},
		"AppID":               {query.Query{AppID: "app"}, []string{"a"}},
		"WorkspaceID":         {query.Query{WorkspaceID: "ws"}, []string{"a"}},
		"AOPAssetID":          {query.Query{AOPAssetID: "asset"}, []string{"task"}},
		"IncludeSubSessions":  {query.Query{IncludeSubSessions: true}, []string{"a", "b", "sub"}},
		"IncludeTaskSessions": {query.Query{IncludeTaskSessions: true}, []string{"a", "b", "task"}},
		"CreatedAfter":        {query.Query{CreatedAfter: noon(10)}, []string{"a"}},
		"CreatedBefore":       {query.Query{CreatedBefore: noon(-10)}, []string{"b"}},
		"SortBy":              {query.Query{SortBy: query.Title}, []string{"b", "a"}},
		"SortDirection":       {query.Query{SortDirection: query.Asc}, []string{"b", "a"}},
		"Limit":               {query.Query{Limit: 1}, []string{"a"}},
		"Offset":              {query.Query{Offset: 1}, []string{"b"}},
		"Cursor":              {query.Query{Cursor: first.NextCursor}, []string{"b"}},
		"Scope":               {query.Query{Scope: query.Scope{AppIDs: []string{"app"}}}, []string{"a"}},
		"Typing":              {query.Query{Keyword: "alph", Match: query.MatchWords, Typing: true}, []string{"a", "b"}},
		"Typos":               {query.Query{Keyword: "zuul", Match: query.MatchWords, Typos: true, IncludeSubSessions: true}, []string{"sub"}},
		"ParentSessionID":     {query.Query{ParentSessionID: "a"}, []string{"sub"}},
		"IDs":                 {query.Query{IDs: []string{"task", "b"}}, []string{"b", "task"}},
		"IDPrefix":            {query.Query{IDPrefix: "s"}, []string{"sub"}},
		"Kinds":               {query.Query{Kinds: []query.Kind{query.SubSession}}, []string{"sub"}},
		"UpdatedAfter":        {query.Query{UpdatedAfter: noon(3)}, []string{"a"}},
		"UpdatedBefore":       {query.Query{UpdatedBefore: noon(2)}, []string{"b"}},
		"Where":               {query.Query{Where: []query.Cond{query.NotIn("state", "running")}}, []string{"b"}},
		"Scope, conditions":   {query.Query{Scope: query.Scope{Where: []query.Cond{query.AnyOf(query.In("state", "running"), query.Prefix("aop_asset_id", "ass"))}}, IncludeTaskSessions: true}, []string{"a", "task"}},
		"Scope, workspaces":   {query.Query{Scope: query.Scope{WorkspaceIDs: []string{"ws"}}}, []string{"a"}},
	}
	require.Equal(t, []string{"a", "b"}, idsOf(list(t, e, query.Query{}).Items), "without a filter")
	for name, effect := range effects {
		assert.Equal(t, effect.want, idsOf(list(t, e, effect.q).Items), name)
	}
	undeclared := map[string]query.Query{ // these need a field of one's own
		"SearchIn": {Keyword: "alpha", Match: query.MatchWords, SearchIn: []string{"body"}}, "Include": {Include: []string{"archived"}}, "SortFirst": {SortFirst: "pinned"},
	}
	for field := range reflect.TypeFor[query.Query]().NumField() {
		name := reflect.TypeFor[query.Query]().Field(field).Name
		if q, ok := undeclared[name]; ok {
			_, err := e.List(t.Context(), q)
			assert.ErrorIs(t, err, sessiondex.ErrInvalidQuery, name)
			continue
		}
		assert.Contains(t, effects, name, "a field without a test of its effect")
	}

	// And a value that nobody has matches nothing, rather than everything.
	for name, q := range map[string]query.Query{
		"keyword": {Keyword: "nobody"}, "state": {States: []string{"nobody"}}, "channel": {SourceChannels: []string{"nobody"}}, "type": {SessionTypes: []string{"nobody"}},
		"trigger": {TriggerTypes: []string{"nobody"}}, "app": {AppID: "nobody"}, "workspace": {WorkspaceID: "nobody"}, "asset": {AOPAssetID: "nobody"},
		"ids": {IDs: []string{"nobody"}}, "beginning of an id": {IDPrefix: "nobody"}, "bounds": {CreatedAfter: noon(1), CreatedBefore: noon(0)},
	} {
		p := list(t, e, q)
		assert.Zero(t, p.Total, name)
		assert.Empty(t, p.Items, name)
	}
}

func TestPain11ARenamedSessionIsFoundUnderItsNewNameOnly(t *testing.T) {
	for _, o := range []*sessiondex.Options{nil, {ScanTitles: true}} {
		e := newEngine(t, o, many(300, func(i int, s *sessiondex.Session) { s.Title = fmt.Sprintf("before %d.", i) })...)
		require.NoError(t, e.WaitIndexed(t.Context()))
		for i := range 300 {
			s, err := e.Get(context.Background(), fmt.Sprintf("s-%06d", i))
			require.NoError(t, err)
			s.Title = fmt.Sprintf("AFTER %d.", i)
			require.NoError(t, e.Put(context.Background(), s))
			require.Equal(t, []string{s.ID}, found(t, e, fmt.Sprintf("after %d.", i)))
			require.Empty(t, found(t, e, fmt.Sprintf("before %d.", i)))
			if i%3 == 0 {
				s.Title = ""
				require.NoError(t, e.Put(context.Background(), s))
				require.Empty(t, found(t, e, fmt.Sprintf("after %d.", i)), "untitled, it is found under no name")
			}
		}
		assert.Zero(t, list(t, e, query.Query{Keyword: "before"}).Total)
		assert.Equal(t, 200, list(t, e, query.Query{Keyword: "after"}).Total)
	}
}

func TestPain12TheSearchIndexDoesNotDriftFromTheData(t *testing.T) {
	r := testrand.New(t)
	indexed, scanning := newEngine(t, configurations()["busy titles"]), newEngine(t, &sessiondex.Options{ScanTitles: true})
	for range 150 {
		batch := corpus.Tiny(r, 1+r.IntN(8))
		ids := []string{corpus.TinyID(r.IntN(corpus.TinyIDs)), corpus.TinyID(r.IntN(corpus.TinyIDs))}
		for _, e := range []*sessiondex.Engine{indexed, scanning} {
			require.NoError(t, e.Put(context.Background(), batch...))
			_, err := e.Delete(context.Background(), ids...)
			require.NoError(t, err)
		}
		for range 5 {
			q := query.Query{Keyword: corpus.RandomQuery(r).Keyword, IncludeSubSessions: true, IncludeTaskSessions: true, Limit: 500}
			require.Equal(t, idsOf(list(t, scanning, q).Items), idsOf(list(t, indexed, q).Items), "%q", q.Keyword)
		}
	}
	require.NoError(t, indexed.Verify(context.Background()))
}

func TestPain13TheLibraryNeverTouchesUpdatedAt(t *testing.T) {
	e := newEngine(t, nil, many(100, nil)...)
	order := idsOf(all(t, e, query.Query{}))
	s, err := e.Get(context.Background(), "s-000040")
	require.NoError(t, err)
	list(t, e, query.Query{})
	s.Title, s.State = "Renamed", "archived"
	require.NoError(t, e.Put(context.Background(), s))
	assert.Equal(t, order, idsOf(all(t, e, query.Query{})), "reading and renaming move nothing")

	at := time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", -3600))
	s.UpdatedAt, s.CreatedAt = at, at.Add(time.Hour) // before it was created, and the caller's business
	require.NoError(t, e.Put(context.Background(), s))
	got, err := e.Get(context.Background(), s.ID)
	require.NoError(t, err)
	assert.True(t, got.UpdatedAt.Equal(at), "to the nanosecond")
	assert.True(t, got.CreatedAt.Equal(at.Add(time.Hour)))
	assert.Equal(t, s.ID, list(t, e, query.Query{SortDirection: query.Asc}).Items[0].ID, "an older time moves it down")
}

// The count of a value equals the total with that value chosen.
func TestPain15CountsBesideFiltersAgreeWithTheList(t *testing.T) {
	r := testrand.New(t)
	w := tinyTwins(t, r, 250)
	counted := 0
	for range 60 {
		q := corpus.RandomQuery(r)
		q.Offset = 0
		f, err := w.Facets(t.Context(), q, query.FacetOptions{})
		require.NoError(t, err)
		require.Equal(t, list(t, w, q).Total, f.Total)
		choose := func(field string, set func(q *query.Query, value string)) {
			t.Helper()
			for _, c := range f.Field(field).Values {
				if strings.Contains(c.Value, ",") || strings.TrimSpace(c.Value) != c.Value {
					continue // a list trims its values, so that this one cannot be chosen
				}
				chosen := q
				set(&chosen, c.Value)
				require.Equal(t, c.Count, list(t, w, chosen).Total, "%q: %+v", c.Value, q)
				counted++
			}
		}
		choose("state", func(q *query.Query, v string) { q.States = []string{v} })
		choose("source_channel", func(q *query.Query, v string) { q.SourceChannels = []string{v} })
		choose("session_type", func(q *query.Query, v string) { q.SessionTypes = []string{v} })
		choose("trigger_type", func(q *query.Query, v string) { q.TriggerTypes = []string{v} })
		choose("app_id", func(q *query.Query, v string) { q.AppID = v })
		choose("created_at", func(q *query.Query, v string) {
			month, err := time.Parse("2006-01", v)
			require.NoError(t, err)
			q.CreatedAfter, q.CreatedBefore = month, month.AddDate(0, 1, 0).Add(-1)
			if q.CreatedAfter.IsZero() {
				q.CreatedAfter = month.Add(1) // the zero time is no bound, and no session's
			}
		})
		kinds := q
		kinds.IncludeSubSessions, kinds.IncludeTaskSessions = false, query.Query{AOPAssetID: q.AOPAssetID, TriggerTypes: q.TriggerTypes}.Normalized().IncludeTaskSessions
		kind := f.Field("kind")
		hidden := 0
		if kinds.IncludeTaskSessions {
			hidden = kind.Count("task_run")
		}
		require.Equal(t, kind.Count("top_level")+hidden, list(t, w, kinds).Total, "%+v", q)
		kinds.IncludeSubSessions, kinds.IncludeTaskSessions = true, true
		require.Equal(t, kind.Count("top_level")+kind.Count("sub_session")+kind.Count("task_run")+kind.Count("both"), list(t, w, kinds).Total, "%+v", q)
		require.True(t, slices.IsSortedFunc(f.Field("state").Values, func(a, b sessiondex.FacetCount) int { return b.Count - a.Count }))
	}
	assert.Greater(t, counted, 100)
}
