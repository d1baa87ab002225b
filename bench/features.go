package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// What a program declares beside the contract is measured apart from the rest, since a
// store that declares nothing keeps nothing of it.

// declared are the fields of the sessions that features are measured on.
var declared = []schema.Field{
	{Name: "owner", Type: schema.Keyword},
	{Name: "tags", Type: schema.Keyword},
	{Name: "cost", Type: schema.Number, Sorted: true},
	{Name: "pinned", Type: schema.Flag},
	{Name: "archived", Type: schema.Flag, Hidden: true},
}

// How the declared members are spread: owners of equal shares, a tag in every
// twentieth session, one in a thousand pinned, one in ten archived.
const (
	owners      = 5000
	tagEvery    = 20
	pinnedEvery = 1000
	hiddenEvery = 10
)

// members are the declared members of a session.
type members struct {
	Owner    string   `json:"owner"`
	Tags     []string `json:"tags"`
	Cost     float64  `json:"cost"`
	Pinned   bool     `json:"pinned,omitempty"`
	Archived bool     `json:"archived,omitempty"`
}

// membersOf are those of the i-th session: numbers that have nothing to do with when it
// was made.
func membersOf(i int) members {
	mix := func(salt, n uint64) int {
		x := (uint64(i) + salt) * 0x9E3779B97F4A7C15
		x ^= x >> 29
		x *= 0xBF58476D1CE4E5B9
		return int((x ^ x>>32) % n)
	}
	m := members{Owner: ownerName(mix(1, owners)), Tags: []string{"tag-" + strconv.Itoa(mix(2, 50))}, Cost: float64(mix(3, 1_000_000)) / 1000}
	if mix(4, tagEvery) == 0 {
		m.Tags = append(m.Tags, "billing")
	}
	m.Pinned, m.Archived = mix(5, pinnedEvery) == 0, mix(6, hiddenEvery) == 0
	return m
}

func ownerName(n int) string { return "user-" + strconv.Itoa(n) }

// featured is the data set with declared members in place of the generated ones.
func (d dataset) featured() (iter.Seq[sessiondex.Session], error) {
	all, err := d.sessions()
	if err != nil {
		return nil, err
	}
	return func(yield func(sessiondex.Session) bool) {
		i := 0
		for s := range all {
			text, err := json.Marshal(membersOf(i))
			if err != nil {
				panic(err) // a number that JSON does not know
			}
			s.Extra = string(text)
			if i++; !yield(s) {
				return
			}
		}
	}, nil
}

// featureQuery is what a question about declared fields asks, for those who do not read
// a query.Query.
type featureQuery struct {
	owner, tag      string
	cost            [2]float64 // from and to, both included; zeros: any
	byCost          bool
	pinnedFirst     bool
	includeArchived bool
	words           string
	typing          bool
	offset          int
}

// query is the same for this library.
func (f featureQuery) query() query.Query {
	q := query.Query{Offset: f.offset}
	if f.owner != "" {
		q.Where = append(q.Where, query.In("owner", f.owner))
	}
	if f.tag != "" {
		q.Where = append(q.Where, query.In("tags", f.tag))
	}
	if f.cost != [2]float64{} {
		q.Where = append(q.Where, query.AtLeast("cost", f.cost[0]), query.AtMost("cost", f.cost[1]))
	}
	if f.byCost {
		q.SortBy = "cost"
	}
	if f.pinnedFirst {
		q.SortFirst = "pinned"
	}
	if f.includeArchived {
		q.Include = []string{"archived"}
	}
	if f.words != "" {
		q.Match, q.Keyword, q.Typing = query.MatchWords, f.words, f.typing
	}
	return q
}

// featureStore is something that features are measured on.
type featureStore interface {
	load(sessions iter.Seq[sessiondex.Session]) error
	// find returns the ids of a page and the number of matches; it has read the page's
	// sessions. errUnsupported says that it has no way to answer.
	find(ctx context.Context, f featureQuery) (ids []string, total int, err error)
	// update changes one session between reading and writing it, with no other write
	// in between.
	update(ctx context.Context, id string, change func(*sessiondex.Session)) error
	close() error
}

// featured sessions, as this library keeps them.
type featuredOurs struct {
	engine *sessiondex.Engine
	fields []schema.Field
}

func (o *featuredOurs) load(sessions iter.Seq[sessiondex.Session]) (err error) {
	if o.engine, err = sessiondex.New(&sessiondex.Options{Fields: o.fields}); err != nil {
		return err
	}
	_, err = o.engine.Load(context.Background(), func(yield func(sessiondex.Session, error) bool) {
		for s := range sessions {
			if !yield(s, nil) {
				return
			}
		}
	}, nil)
	if err != nil {
		return err
	}
	return o.engine.WaitIndexed(context.Background())
}

func (o *featuredOurs) find(ctx context.Context, f featureQuery) ([]string, int, error) {
	p, err := o.engine.List(ctx, f.query())
	return idsOf(p.Items), p.Total, err
}

func (o *featuredOurs) update(ctx context.Context, id string, change func(*sessiondex.Session)) error {
	_, err := o.engine.Update(ctx, id, func(s *sessiondex.Session) error {
		change(s)
		return nil
	})
	return err
}

func (o *featuredOurs) close() error { return o.engine.Close() }

func idsOf(sessions []sessiondex.Session) []string {
	ids := make([]string, len(sessions))
	for i := range sessions {
		ids[i] = sessions[i].ID
	}
	return ids
}

// featuredSlice filters and sorts a slice, its members decoded once. It is the
// reference.
type featuredSlice struct {
	rows []*featuredRow
	byID map[string]*featuredRow
}

type featuredRow struct {
	sessiondex.Session
	members members
}

func newFeaturedRow(s sessiondex.Session) (*featuredRow, error) {
	r := &featuredRow{Session: s}
	err := json.Unmarshal([]byte(s.Extra), &r.members)
	return r, err
}

func (c *featuredSlice) load(sessions iter.Seq[sessiondex.Session]) error {
	c.byID = map[string]*featuredRow{}
	for s := range sessions {
		r, err := newFeaturedRow(s)
		if err != nil {
			return err
		}
		c.rows = append(c.rows, r)
		c.byID[s.ID] = r
	}
	return nil
}

func (c *featuredSlice) find(_ context.Context, f featureQuery) ([]string, int, error) {
	if f.words != "" {
		return nil, 0, errUnsupported
	}
	var found []*featuredRow
	for _, r := range c.rows {
		m := &r.members
		switch {
		case r.IsSubSession, r.IsTaskSession, m.Archived && !f.includeArchived,
			f.owner != "" && m.Owner != f.owner,
			f.tag != "" && !slices.Contains(m.Tags, f.tag),
			f.cost != [2]float64{} && (m.Cost < f.cost[0] || m.Cost > f.cost[1]):
			continue
		}
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b *featuredRow) int {
		if f.pinnedFirst && a.members.Pinned != b.members.Pinned {
			if a.members.Pinned {
				return -1
			}
			return 1
		}
		c := b.UpdatedAt.Compare(a.UpdatedAt)
		if f.byCost {
			c = cmp.Compare(b.members.Cost, a.members.Cost)
		}
		return cmp.Or(c, strings.Compare(b.ID, a.ID))
	})
	page := found[min(f.offset, len(found)):min(f.offset+query.DefaultLimit, len(found))]
	ids := make([]string, len(page))
	for i, r := range page {
		ids[i] = r.ID
	}
	return ids, len(found), nil
}

func (c *featuredSlice) update(_ context.Context, id string, change func(*sessiondex.Session)) error {
	r := c.byID[id]
	change(&r.Session)
	return json.Unmarshal([]byte(r.Extra), &r.members)
}

func (c *featuredSlice) close() error { return nil }

// featureQuestion is one row of questions.
type featureQuestion struct {
	featureRow
	queries []featureQuery
}

// featureRow is a row, and the figure that the design sets for a million sessions, 0 if
// none.
type featureRow struct {
	name  string
	reach time.Duration
}

func featureQuestions(n int, words []string) []featureQuestion {
	var of, exact, typing []featureQuery
	for i := range 200 {
		of = append(of, featureQuery{owner: ownerName(i * 17)})
	}
	for _, w := range words {
		exact = append(exact, featureQuery{words: w})
		typing = append(typing, featureQuery{words: w[:len(w)-2], typing: true})
	}
	const us = time.Microsecond
	qs := []featureQuestion{
		{featureRow{"a keyword of 5,000 values", 20 * us}, of},
		{featureRow{"a tag of 1 in 20 sessions", 100 * us}, []featureQuery{{tag: "billing"}}},
		{featureRow{"a range of numbers, 10 %", 1500 * us}, []featureQuery{{cost: [2]float64{400, 500}}}},
		{featureRow{"sorted by a number, first page", 10 * us}, []featureQuery{{byCost: true}}},
		{featureRow{"sorted by a number, a quarter down", 10 * us}, []featureQuery{{byCost: true, offset: n / 4}}},
		{featureRow{"a flag first", 10 * us}, []featureQuery{{pinnedFirst: true}}},
		{featureRow{"with a hidden flag, a quarter down", 10 * us}, []featureQuery{{offset: n / 4}}},
		{featureRow{"the hidden ones included, a quarter down", 10 * us}, []featureQuery{{includeArchived: true, offset: n / 4}}},
	}
	if len(words) > 0 {
		qs = append(qs, featureQuestion{featureRow{"words, exact", 500 * us}, exact}, featureQuestion{featureRow{"words, while typing", 1000 * us}, typing})
	}
	return qs
}

// featureEntrants are this library and its peers; the first is the reference.
func featureEntrants() []struct {
	name string
	make func() (featureStore, error)
} {
	all := []struct {
		name string
		make func() (featureStore, error)
	}{
		{"slice", func() (featureStore, error) { return &featuredSlice{}, nil }},
		{us, func() (featureStore, error) { return &featuredOurs{fields: declared}, nil }},
	}
	if complete {
		all = append(all, struct {
			name string
			make func() (featureStore, error)
		}{"sqlite-mattn", newFeaturedSQLite})
	}
	return all
}

// featureTimes are what one store took, by row.
type featureTimes map[string]timing

// measureFeatures loads every store in turn, compares what they answer and times them.
func measureFeatures(ctx context.Context, d dataset, budget time.Duration) (rows []featureRow, by map[string]featureTimes, err error) {
	words, err := featureWords(d)
	if err != nil {
		return nil, nil, err
	}
	qs := featureQuestions(d.N, words)
	reference := map[string]string{}
	by = map[string]featureTimes{}
	for _, e := range featureEntrants() {
		fmt.Fprintln(os.Stderr, "features:", e.name)
		store, err := e.make()
		if err != nil {
			return nil, nil, err
		}
		by[e.name], err = measureStore(ctx, d, e.name, store, qs, reference, budget)
		if err = errors.Join(err, store.close()); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", e.name, err)
		}
	}
	for _, q := range qs {
		rows = append(rows, q.featureRow)
	}
	rows = append(rows, featureRow{name: featureLoad})
	for _, w := range featureWrites {
		rows = append(rows, featureRow{name: w.name})
	}
	return append(rows, featureRow{name: featureChange}), by, nil
}

const (
	featureLoad   = "load"
	featureChange = "read a change from the feed"
)

// featureWrites are the rows of writes. Each of them also moves updated_at.
var featureWrites = []struct {
	name   string
	change func(s *sessiondex.Session, i int)
	// states says that the state changes, of which the features' SQLite has no index.
	states bool
}{
	{"read, change and write one session", func(*sessiondex.Session, int) {}, false},
	{"the same, moving a number that is sorted by", func(s *sessiondex.Session, i int) { s.Extra = changedCost(s.Extra, i) }, false},
	{"the same, to another state", func(s *sessiondex.Session, i int) { s.State = [2]string{"running", "failed"}[i%2] }, true},
	{"the same, to a state that no session ever had", func(s *sessiondex.Session, i int) { s.State = "state-" + strconv.Itoa(i) }, true},
}

// feedLength is how many changes are read from the feed.
const feedLength = 2000

func measureStore(ctx context.Context, d dataset, name string, store featureStore, qs []featureQuestion, reference map[string]string, budget time.Duration) (featureTimes, error) {
	sessions, err := d.featured()
	if err != nil {
		return nil, err
	}
	made := slices.Collect(sessions)
	start := time.Now()
	if err := store.load(slices.Values(made)); err != nil {
		return nil, err
	}
	took := time.Since(start)
	times := featureTimes{featureLoad: {Median: took, P99: took, Calls: 1}}
	for _, q := range qs {
		// Words are cut by each store's own rules, so that some titles are in one answer only.
		if strings.HasPrefix(q.name, "words") {
			reference = map[string]string{}
		}
		if err := agreeFeature(ctx, name, store, q, reference); errors.Is(err, errUnsupported) {
			continue
		} else if err != nil {
			return nil, err
		}
		t, err := measure(limits{Budget: budget, Most: 20_000}, 0, func(i int) error {
			_, _, err := store.find(ctx, q.queries[i%len(q.queries)])
			return err
		})
		if err != nil {
			return nil, err
		}
		times[q.name] = t
	}
	at := made[0].UpdatedAt
	update := func(i int, change func(*sessiondex.Session, int)) error {
		s := &made[i*7919%len(made)]
		at = at.Add(time.Millisecond)
		return store.update(ctx, s.ID, func(s *sessiondex.Session) {
			s.UpdatedAt = at
			change(s, i)
		})
	}
	for _, w := range featureWrites {
		if w.states && name == sqliteName {
			continue
		}
		t, err := measure(limits{Budget: budget, Most: 20_000}, 0, func(i int) error { return update(i, w.change) })
		if err != nil {
			return nil, err
		}
		times[w.name] = t
	}
	if ours, ok := store.(*featuredOurs); ok {
		from := ours.engine.Mark()
		for i := range feedLength {
			if err := update(i, featureWrites[0].change); err != nil {
				return nil, err
			}
		}
		if times[featureChange], err = ours.follow(ctx, from); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// follow measures reading each change after a mark. Every commit there has one change.
func (o *featuredOurs) follow(ctx context.Context, from sessiondex.Mark) (timing, error) {
	next, stop := iter.Pull2(o.engine.Changes(ctx, from))
	defer stop()
	return measure(limits{Budget: time.Second, Most: feedLength - 1}, 0, func(int) error {
		c, err, _ := next()
		if err == nil && len(c.Changes) != 1 {
			err = fmt.Errorf("a commit with %d changes, want 1", len(c.Changes))
		}
		return err
	})
}

// changedCost gives the members another cost.
func changedCost(extra string, i int) string {
	before, after, _ := strings.Cut(extra, `"cost":`)
	_, after, _ = strings.Cut(after, ",")
	cost := strconv.FormatFloat(float64(i*7919%1_000_000)/1000, 'f', -1, 64)
	if after == "" { // it was the last member
		return before + `"cost":` + cost + "}"
	}
	return before + `"cost":` + cost + "," + after
}

// agreeFeature holds the answers to those of the first store that has any.
func agreeFeature(ctx context.Context, name string, store featureStore, q featureQuestion, reference map[string]string) error {
	for i, f := range q.queries {
		ids, total, err := store.find(ctx, f)
		if err != nil {
			return err
		}
		key, said := fmt.Sprint(q.name, i), fmt.Sprint(total, ids)
		if want, ok := reference[key]; !ok {
			reference[key] = said
		} else if said != want {
			return fmt.Errorf("%s disagrees on %q, %+v\nwant %.500s\ngot  %.500s", name, q.name, f, want, said)
		}
	}
	return nil
}
