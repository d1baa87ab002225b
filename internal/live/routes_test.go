package live

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

var routeFields = []schema.Field{
	{Name: "owner", Type: schema.Keyword}, {Name: "tags", Type: schema.Keyword}, {Name: "pinned", Type: schema.Flag},
	{Name: "archived", Type: schema.Flag, Hidden: true}, {Name: "cost", Type: schema.Number},
}

// A listing is tested only with sessions that have, or had, a value that it asks for, in
// any field; when it ends, it leaves nothing behind.
func TestListingsAreRoutedByTheValuesTheyAskFor(t *testing.T) {
	e := newEngine(t, routeFields...)
	with := func(extra string) index.Entry {
		return entry(1, func(e *index.Entry) { e.Extra, e.Values[schema.RowAppID] = extra, "app" })
	}
	e.put(with(`{"owner":"ada","tags":["a","b"]}`))
	mine := query.AnyOf(query.In("owner", "eve"), query.In("tags", "c", "d"))
	queries := map[string]query.Query{
		"owner": {Where: []query.Cond{query.In("owner", "eve")}}, "one of": {Where: []query.Cond{query.In("tags", "c", "x")}},
		"all": {Where: []query.Cond{query.HasAll("tags", "d", "x")}}, "mine": {Scope: query.Scope{Where: []query.Cond{mine}}},
		"pinned": {Where: []query.Cond{query.In("pinned", "true")}}, "archived": {Where: []query.Cond{query.In("archived", "true")}},
		"ids": {IDs: []string{"7"}}, "nothing": {Where: []query.Cond{query.In("owner")}},
		"the rarest": {AppID: "app", Where: []query.Cond{query.In("owner", "zoe")}},
		// These ask for no value, so any session may match.
		"not": {Where: []query.Cond{query.NotIn("owner", "eve")}}, "cost": {Where: []query.Cond{query.AtLeast("cost", 3)}}, "default": {}, "not pinned": {Where: []query.Cond{query.In("pinned", "false")}},
		"either": {Scope: query.Scope{Where: []query.Cond{query.AnyOf(query.In("owner", "eve"), query.Has("tags"))}}},
	}
	general := []string{"not", "cost", "default", "not pinned", "either"}
	names := map[*listing]string{}
	var watchers []*Watcher
	for name, q := range queries {
		w, err := e.Join(t.Context(), q, "")
		require.NoError(t, err)
		watchers, names[w.listing] = append(watchers, w), name
	}
	tried := func(before, after string) []string {
		found := map[string]bool{}
		c := Change{}
		for _, side := range []struct {
			extra string
			to    *index.Packed
		}{{before, &c.Before}, {after, &c.After}} {
			if side.extra != "" {
				w := index.NewWriter(e.writer.View().Schema(), nil)
				*side.to = w.Put([]index.Entry{with(side.extra)}).Packed(0)
			}
		}
		s := c.sights()
		e.routes.each(&s, func(l *listing) { found[names[l]] = true })
		var list []string
		for name := range found {
			list = append(list, name)
		}
		return list
	}
	for _, c := range []struct {
		before, after string
		want          []string
	}{
		{`{"owner":"ada"}`, `{"owner":"ada","tags":["a"]}`, nil},
		{`{"owner":"ada"}`, `{"owner":"eve"}`, []string{"owner", "mine"}},
		{`{"owner":"eve"}`, ``, []string{"owner", "mine"}},
		{``, `{"tags":["x","a"]}`, []string{"one of"}},
		{`{"tags":["a","c"]}`, `{"tags":["b","d"]}`, []string{"one of", "mine", "all"}},
		{`{}`, `{"pinned":true}`, []string{"pinned"}},
		{`{"archived":true}`, `{}`, []string{"archived"}},
	} {
		assert.ElementsMatch(t, append(c.want, general...), tried(c.before, c.after), "%s to %s", c.before, c.after)
	}
	seven := Change{After: e.writer.Put([]index.Entry{entry(7)}).FindPacked("7")}
	s := seven.sights()
	found := map[string]bool{}
	e.routes.each(&s, func(l *listing) { found[names[l]] = true })
	assert.True(t, found["ids"])
	for _, w := range watchers {
		w.Leave()
	}
	assert.Empty(t, e.routes.general)
	for _, row := range e.routes.rows {
		assert.Empty(t, row.listings)
	}
}

// The one that the fewest sessions meet.
func TestAListingIsRoutedByItsRarestCondition(t *testing.T) {
	e := newEngine(t, routeFields...)
	for n := range 20 {
		e.put(entry(n, func(s *index.Entry) { s.Extra = fmt.Sprintf(`{"owner":"ada","tags":["tag-%d"]}`, n) }))
	}
	v := e.writer.View()
	row := func(q query.Query) string {
		q = q.Normalized()
		c := q.Conditions(v.Schema())
		r := routeOf(v, &c)
		require.Len(t, r, 1)
		if r[0].row == nil {
			return "ids"
		}
		return r[0].row.Name
	}
	owner, tag := query.In("owner", "ada"), query.In("tags", "tag-3")
	assert.Equal(t, "tags", row(query.Query{Where: []query.Cond{owner, tag}}))
	assert.Equal(t, "owner", row(query.Query{Where: []query.Cond{query.In("owner", "nobody yet"), tag}}))
	assert.Equal(t, "tags", row(query.Query{States: []string{"running"}, AppID: "billing", Where: []query.Cond{tag}}))
	assert.Equal(t, "ids", row(query.Query{IDs: []string{"nobody"}, Where: []query.Cond{query.In("tags", "tag-1", "tag-2")}}))
}
