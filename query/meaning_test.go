package query

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/schema"
)

// facts is a session as conditions see it, for a twin that follows the documentation: what
// Normalized, Values, ParseWith and Conditions make of a query must list the same sessions.
type facts struct {
	id      string
	texts   map[string][]string
	numbers map[string]float64
	times   map[string]time.Time
	flags   map[string]bool
	sub     bool
	task    bool
}

// holds evaluates a condition as its documentation says.
func (f *facts) holds(s *schema.Schema, c Cond) bool {
	var has bool
	switch s2 := s.Lookup(c.field); {
	case s2 == nil:
	case s2.Type == schema.Number:
		_, has = f.numbers[c.field]
	case s2.Type == schema.Time:
		_, has = f.times[c.field]
	default:
		has = len(f.texts[c.field]) > 0
	}
	hasAny := func(values []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return v != "" && slices.Contains(f.texts[c.field], v) })
	}
	compare := func(b bound) int { // the session's value with the bound
		if b.isTime {
			return f.times[c.field].Compare(b.at)
		}
		switch n := f.numbers[c.field]; {
		case n < b.number:
			return -1
		case n > b.number:
			return 1
		}
		return 0
	}
	switch c.op {
	case condAny:
		return true
	case condIn:
		if s.Lookup(c.field).Type == schema.Flag {
			return slices.Contains(c.values, fmt.Sprint(f.flags[c.field]))
		}
		return hasAny(c.values)
	case condNotIn:
		return !hasAny(c.values)
	case condHasAll:
		for _, v := range c.values {
			if !hasAny([]string{v}) {
				return false
			}
		}
		return true
	case condPrefix:
		return slices.ContainsFunc(f.texts[c.field], func(v string) bool { return strings.HasPrefix(v, c.values[0]) })
	case condHas:
		return has
	case condLacks:
		return !has
	case condEqual:
		return has && slices.ContainsFunc(c.bounds, func(b bound) bool { return compare(b) == 0 })
	case condAtLeast:
		return has && compare(c.bounds[0]) >= 0
	case condAbove:
		return has && compare(c.bounds[0]) > 0
	case condAtMost:
		return has && compare(c.bounds[0]) <= 0
	case condBelow:
		return has && compare(c.bounds[0]) < 0
	case condAnyOf:
		return slices.ContainsFunc(c.conds, func(c Cond) bool { return f.holds(s, c) })
	}
	panic("unknown condition")
}

// listed evaluates a query as its documentation says, without keyword and page.
func (f *facts) listed(s *schema.Schema, q Query) bool {
	lists := map[string][]string{"state": q.States, "source_channel": q.SourceChannels, "session_type": q.SessionTypes, "trigger_type": q.TriggerTypes}
	show := map[string]bool{}
	if q.SortFirst != "" {
		show[q.SortFirst] = true
	}
	for _, name := range q.Include {
		show[name] = true
	}
	sub, task := q.IncludeSubSessions, q.IncludeTaskSessions
	for field, list := range lists {
		var wanted []string
		for _, v := range list {
			if v = strings.TrimSpace(v); v != "" {
				wanted = append(wanted, v)
			}
		}
		if len(wanted) > 0 {
			task = task || field == "trigger_type"
			if !f.holds(s, In(field, wanted...)) {
				return false
			}
		}
	}
	for field, v := range map[string]string{"app_id": q.AppID, "workspace_id": q.WorkspaceID, "aop_asset_id": q.AOPAssetID, "parent_session_id": q.ParentSessionID} {
		if v != "" && !f.holds(s, In(field, v)) {
			return false
		}
	}
	task = task || q.AOPAssetID != ""
	sub = sub || q.ParentSessionID != ""
	for _, b := range []struct {
		field string
		t     time.Time
		after bool
	}{{"created_at", q.CreatedAfter, true}, {"created_at", q.CreatedBefore, false}, {"updated_at", q.UpdatedAfter, true}, {"updated_at", q.UpdatedBefore, false}} {
		switch at := f.times[b.field]; {
		case b.t.IsZero():
		case b.after && at.Before(b.t), !b.after && at.After(b.t):
			return false
		}
	}
	if len(q.IDs) > 0 && !slices.Contains(q.IDs, f.id) || !strings.HasPrefix(f.id, q.IDPrefix) {
		return false
	}
	for _, c := range q.Where {
		if !f.holds(s, c) {
			return false
		}
		switch r := s.Lookup(c.field); {
		case r == nil:
		case r.Hidden && c.values[0] == "true":
			show[r.Name] = true
		case r.Implies != 0 && c.op != condNotIn && c.op != condLacks && c.op != condHasAll:
			sub, task = sub || r.Implies == schema.SubSession, task || r.Implies == schema.TaskRun
		case r.Implies != 0 && c.op == condHasAll && len(c.values) > 0:
			sub, task = sub || r.Implies == schema.SubSession, task || r.Implies == schema.TaskRun
		}
	}
	if q.Scope.AppIDs != nil && !f.holds(s, In("app_id", q.Scope.AppIDs...)) ||
		q.Scope.WorkspaceIDs != nil && !f.holds(s, In("workspace_id", q.Scope.WorkspaceIDs...)) {
		return false
	}
	for _, c := range q.Scope.Where {
		if !f.holds(s, c) {
			return false
		}
	}
	if len(q.Kinds) > 0 {
		kind := map[[2]bool]Kind{{false, false}: TopLevel, {true, false}: SubSession, {false, true}: TaskRun, {true, true}: Both}[[2]bool{f.sub, f.task}]
		if !slices.Contains(q.Kinds, kind) {
			return false
		}
	} else if named := len(q.IDs) > 0 || q.IDPrefix != ""; !named && (f.sub && !sub || f.task && !task) {
		return false
	}
	for r := range s.Declared() {
		if r.Hidden && f.flags[r.Name] && !show[r.Name] && len(q.IDs) == 0 && q.IDPrefix == "" {
			return false
		}
	}
	return true
}

// meets evaluates a resolved test.
func (f *facts) meets(x *Test) bool {
	if x.Op == OpAnyOf {
		return slices.ContainsFunc(x.Any, func(x Test) bool { return f.meets(&x) })
	}
	name := x.Row.Name
	if x.Row.Type == schema.Flag {
		return slices.Contains(x.Values, fmt.Sprint(f.flags[name]))
	}
	has := func(v string) bool { return slices.Contains(f.texts[name], v) }
	any := func() bool { return slices.ContainsFunc(x.Values, has) }
	_, number := f.numbers[name]
	_, at := f.times[name]
	value := number || at || len(f.texts[name]) > 0
	switch x.Op {
	case OpIn:
		return any()
	case OpNotIn:
		return !any()
	case OpHasAll:
		return !slices.ContainsFunc(x.Values, func(v string) bool { return !has(v) })
	case OpPrefix:
		return slices.ContainsFunc(f.texts[name], func(v string) bool { return strings.HasPrefix(v, x.Values[0]) })
	case OpHas:
		return value
	case OpLacks:
		return !value
	}
	if x.Row.Type == schema.Number {
		return number && f.numbers[name] >= x.Min.Number && f.numbers[name] <= x.Max.Number
	}
	return at && !f.times[name].Before(x.Min.Time) && !f.times[name].After(x.Max.Time)
}

// resolved evaluates Conditions alone.
func (f *facts) resolved(s *schema.Schema, c *Conditions) bool {
	if c.IDs != nil && !slices.Contains(c.IDs, f.id) || !strings.HasPrefix(f.id, c.IDPrefix) {
		return false
	}
	for i := range c.All {
		if !f.meets(&c.All[i]) {
			return false
		}
	}
	var v schema.Visibility
	if f.sub {
		v |= schema.SubSession
	}
	if f.task {
		v |= schema.TaskRun
	}
	for _, r := range s.Hidden() {
		if f.flags[r.Name] {
			v |= r.Hides
		}
	}
	return c.Wanted.Has(v) && c.Shown.Has(v)
}

// world makes random schemas, sessions and queries of few values, so that queries find
// something.
type world struct {
	r *rand.Rand
	s *schema.Schema
}

var worldTexts = []string{"a", "b", "c", "a,b", " a", "a ", `\`, `\,`, `a\`, "", " ", "true", "false", "[eq]", "\u00a0", "日本", "a=b&c"}

func newRandomWorld(r *rand.Rand) *world {
	var fields []schema.Field
	types := []schema.Type{schema.Keyword, schema.Flag, schema.Number, schema.Time, schema.Text}
	for i := range 1 + r.IntN(8) {
		f := schema.Field{Name: fmt.Sprintf("f%d", i), Type: types[r.IntN(len(types))]}
		f.Sorted = f.Type != schema.Flag && f.Type != schema.Text && r.IntN(2) == 0
		f.Hidden = f.Type == schema.Flag && i < schema.MaxHidden && r.IntN(2) == 0
		fields = append(fields, f)
	}
	s, err := schema.New(fields...)
	if err != nil {
		panic(err)
	}
	return &world{r, s}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (w *world) texts(n int) (list []string) {
	for range w.r.IntN(n + 1) {
		list = append(list, pick(w.r, worldTexts))
	}
	return list
}

func (w *world) number() float64 {
	return pick(w.r, []float64{0, 1, 2, 2.5, -1, math.Copysign(0, -1), math.MaxFloat64, math.SmallestNonzeroFloat64, 1e21})
}

func (w *world) time() time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, w.r.IntN(3), time.UTC)
}

func (w *world) session() *facts {
	f := &facts{
		id: pick(w.r, worldTexts[:9]), texts: map[string][]string{}, numbers: map[string]float64{}, times: map[string]time.Time{},
		flags: map[string]bool{}, sub: w.r.IntN(3) == 0, task: w.r.IntN(3) == 0,
	}
	for r := range w.s.Rows() {
		missing := w.r.IntN(3) == 0
		switch {
		case r.Index == schema.RowCreatedAt || r.Index == schema.RowUpdatedAt:
			f.times[r.Name] = w.time()
		case missing:
		case r.Type == schema.Keyword:
			n := 1
			if r.Declared() {
				n = 3
			}
			for _, v := range w.texts(n) {
				if v != "" {
					f.texts[r.Name] = append(f.texts[r.Name], v)
				}
			}
		case r.Type == schema.Flag:
			f.flags[r.Name] = w.r.IntN(2) == 0
		case r.Type == schema.Number:
			f.numbers[r.Name] = w.number()
		case r.Type == schema.Time:
			f.times[r.Name] = w.time()
		}
	}
	return f
}

func (w *world) cond(r *schema.Row) Cond {
	switch r.Type {
	case schema.Keyword:
		list := w.texts(3)
		return pick(w.r, []Cond{
			In(r.Name, list...), NotIn(r.Name, list...), HasAll(r.Name, list...), Prefix(r.Name, pick(w.r, worldTexts)), Has(r.Name), Lacks(r.Name),
		})
	case schema.Flag:
		return In(r.Name, pick(w.r, []string{"true", "false"}))
	case schema.Number:
		n := w.number()
		return pick(w.r, []Cond{Equal(r.Name, n), Equal(r.Name, n, 1), AtLeast(r.Name, n), Above(r.Name, n), AtMost(r.Name, n), Below(r.Name, n), Has(r.Name), Lacks(r.Name)})
	case schema.Time:
		t := w.time()
		return pick(w.r, []Cond{Equal(r.Name, t), Equal(r.Name, t, t.Add(1)), AtLeast(r.Name, t), Above(r.Name, t), AtMost(r.Name, t), Below(r.Name, t), Has(r.Name), Lacks(r.Name)})
	}
	return Any()
}

func (w *world) conds(n int) (conds []Cond) {
	for range w.r.IntN(n + 1) {
		conds = append(conds, w.cond(w.s.Row(w.r.IntN(w.s.Len()))))
	}
	return conds
}

// query returns a query that is usually valid.
func (w *world) query() Query {
	one := func() string {
		if w.r.IntN(4) > 0 {
			return ""
		}
		return pick(w.r, worldTexts)
	}
	some := func() []string {
		if w.r.IntN(4) > 0 {
			return nil
		}
		return w.texts(3)
	}
	instant := func() time.Time {
		if w.r.IntN(4) > 0 {
			return time.Time{}
		}
		return w.time().In(time.FixedZone("", 3600))
	}
	q := Query{
		States: some(), SourceChannels: some(), SessionTypes: some(), TriggerTypes: some(),
		AppID: one(), WorkspaceID: one(), AOPAssetID: one(), ParentSessionID: one(), IDs: some(), IDPrefix: one(),
		IncludeSubSessions: w.r.IntN(2) == 0, IncludeTaskSessions: w.r.IntN(2) == 0,
		CreatedAfter: instant(), CreatedBefore: instant(), UpdatedAfter: instant(), UpdatedBefore: instant(),
		Where: w.conds(3),
	}
	for range w.r.IntN(3) {
		q.Kinds = append(q.Kinds, pick(w.r, kinds[:]))
	}
	for _, r := range w.s.Hidden() {
		if w.r.IntN(2) == 0 {
			q.Include = append(q.Include, r.Name)
		}
	}
	if flags := w.s.Names(isFlag); len(flags) > 0 && w.r.IntN(3) == 0 {
		q.SortFirst = pick(w.r, flags)
	}
	q.SortBy = SortField(pick(w.r, append(w.s.Names(isSorted), "")))
	return q
}

func (w *world) scope() (s Scope) {
	if w.r.IntN(3) == 0 {
		s.AppIDs = w.texts(3)
	}
	if w.r.IntN(3) == 0 {
		s.WorkspaceIDs = append([]string{}, w.texts(2)...)
	}
	s.Where = w.conds(1)
	if w.r.IntN(3) == 0 {
		s.Where = append(s.Where, AnyOf(append(w.conds(2), AnyOf(w.conds(2)...))...))
	}
	return s
}

// Normalised, sent as parameters, parsed again and resolved against the schema.
func TestNoFormOfAQueryListsMoreOrLess(t *testing.T) {
	r := testrand.New(t)
	listed, left := 0, 0
	for range 400 {
		w := newRandomWorld(r)
		for range 10 {
			q := w.query()
			if q.ValidateWith(w.s) != nil { // it sets something twice
				continue
			}
			sent, err := ParseWith(w.s, q.Values())
			require.NoError(t, err, "%v", q.Values())
			n := q.Normalized()
			require.Equal(t, n, sent, "%v", q.Values())
			require.Equal(t, n, n.Normalized())
			require.NoError(t, n.ValidateWith(w.s))
			require.Equal(t, q.AppendCanonical(nil), sent.AppendCanonical(nil))

			q.Scope = w.scope()
			sent.Scope = q.Scope
			c := sent.Conditions(w.s)
			for range 20 {
				f := w.session()
				want := f.listed(w.s, q)
				require.Equal(t, want, f.listed(w.s, sent), "%+v\n%v\n%v", f, q, sent)
				require.Equal(t, want, f.resolved(w.s, &c), "%+v\n%+v\n%+v", f, q, c)
				if want {
					listed++
				} else {
					left++
				}
			}
		}
	}
	require.Greater(t, listed, 200)
	require.Greater(t, left, 200)
}

// That is, for queries with equal normalised forms.
func TestCanonicalFormsAreEqualExactlyForEqualQueries(t *testing.T) {
	r := testrand.New(t)
	w := newRandomWorld(r)
	seen := map[string]Query{}
	normal := func(q Query) Query {
		q = q.Normalized()
		for _, list := range []*[]string{&q.Scope.AppIDs, &q.Scope.WorkspaceIDs} {
			if *list != nil {
				*list = append([]string{}, exactSet(*list)...)
			}
		}
		q.Scope.Where = append([]Cond(nil), normalConds(slices.Clone(q.Scope.Where))...)
		return q
	}
	for range 3000 {
		q := w.query()
		q.Keyword = pick(r, worldTexts)
		q.Cursor, q.Limit, q.Offset = pick(r, worldTexts), r.IntN(3), r.IntN(3)
		if r.IntN(2) == 0 {
			q.Scope = w.scope()
		}
		for _, q := range []Query{q, nudged(r, q)} {
			key := string(q.AppendCanonical(nil))
			other, ok := seen[key]
			if ok {
				require.Equal(t, normal(other), normal(q))
			}
			seen[key] = q
			require.Equal(t, key, string(q.Normalized().AppendCanonical(nil)))
			require.Equal(t, "x"+key, string(q.AppendCanonical([]byte("x"))))
		}
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i := 1; i < len(keys); i++ {
		require.False(t, strings.HasPrefix(keys[i], keys[i-1]), "one form begins another")
		require.NotEqual(t, normal(seen[keys[i]]), normal(seen[keys[i-1]]))
	}
}

// nudged moves a value from one list to the next, which a careless encoding would not show.
func nudged(r *rand.Rand, q Query) Query {
	lists := []*[]string{&q.States, &q.SourceChannels, &q.SessionTypes, &q.TriggerTypes, &q.IDs, &q.Scope.AppIDs, &q.Scope.WorkspaceIDs}
	for _, l := range lists {
		*l = slices.Clone(*l)
	}
	i := r.IntN(len(lists) - 1)
	a, b := lists[i], lists[i+1]
	switch {
	case len(*a) > 0 && r.IntN(2) == 0:
		*b = append(*b, (*a)[0])
		*a = (*a)[1:]
	case len(*a) > 1:
		*a = append([]string{(*a)[0] + "," + (*a)[1]}, (*a)[2:]...)
	default:
		*a, *b = *b, *a
	}
	return q
}

func TestCanonicalTellsEveryMemberApart(t *testing.T) {
	var q Query
	base := string(q.AppendCanonical(nil))
	set := map[string]any{
		"Keyword": "a", "Match": MatchWords, "Typing": true, "Typos": true, "SearchIn": []string{"notes"},
		"States": []string{"a"}, "SourceChannels": []string{"a"}, "SessionTypes": []string{"a"}, "TriggerTypes": []string{"a"},
		"AppID": "a", "WorkspaceID": "a", "AOPAssetID": "a", "ParentSessionID": "a", "IDs": []string{"a"}, "IDPrefix": "a", "Kinds": []Kind{TopLevel},
		"IncludeSubSessions": true, "IncludeTaskSessions": true, "Include": []string{"a"},
		"CreatedAfter": time.Unix(1, 0), "CreatedBefore": time.Unix(1, 0), "UpdatedAfter": time.Unix(1, 0), "UpdatedBefore": time.Unix(1, 0),
		"Where": []Cond{Has("state")}, "SortFirst": "a", "SortBy": CreatedAt, "SortDirection": Asc, "Limit": 1, "Offset": 1, "Cursor": "a",
		"Scope": Scope{AppIDs: []string{}},
	}
	seen := map[string]string{base: "none"}
	for field := range reflect.TypeFor[Query]().Fields() {
		value, ok := set[field.Name]
		require.True(t, ok, "Query.%s", field.Name)
		q := Query{}
		reflect.ValueOf(&q).Elem().FieldByName(field.Name).Set(reflect.ValueOf(value))
		key := string(q.AppendCanonical(nil))
		require.Empty(t, seen[key], "Query.%s", field.Name)
		seen[key] = field.Name
	}
	for _, s := range []Scope{
		{WorkspaceIDs: []string{}}, {AppIDs: []string{"a"}}, {WorkspaceIDs: []string{"a"}}, {AppIDs: []string{"a", "b"}}, {AppIDs: []string{"a,b"}},
		{Where: []Cond{In("a")}}, {Where: []Cond{In("a", "b")}}, {Where: []Cond{AnyOf(In("a", "b"))}}, {Where: []Cond{AnyOf(In("a", "b"), Has("c"))}},
		{Where: []Cond{AnyOf(In("a", "b")), Has("c")}}, {Where: []Cond{AtLeast("a", 1)}}, {Where: []Cond{AtLeast("a", time.Unix(1, 0))}},
	} {
		key := string(Query{Scope: s}.AppendCanonical(nil))
		require.Empty(t, seen[key], "%+v", s)
		seen[key] = "scope"
	}
	require.Equal(t, string(Query{Scope: Scope{AppIDs: []string{"b", "a", "b", ""}}}.AppendCanonical(nil)), string(Query{Scope: Scope{AppIDs: []string{"a", "b"}}}.AppendCanonical(nil)))
}

func FuzzParseWith(f *testing.F) {
	for _, raw := range []string{
		"tags=a,b&tags[eq]=c,d&tags[not]=x&tags[all]=a,b&tags[prefix]=/home/&tags[exists]=true",
		`tags[in]=a\,b,\\,\ x,&tags[in]=`, "cost[gte]=1e3&cost[lt]=-0&cost[eq]=1&cost[eq]=2.50", "due[gt]=2026-01-01&tz=Europe/Berlin&due[lte]=1767225600",
		"archived=true&pinned=false&sort_first=archived&include=archived&kind=both,task_run&ids=a&ids[eq]=,&ids[prefix]=a&ids[prefix]=", "state[]=a&state[eq]=&state[in]= ",
		"app_id=a,b&app_id[eq]=c&app_id[in]=d,e&parent_session_id[exists]=false", "match=words&typos=1&search_in=notes", "x[y]=1&state[0]=a&tags[gte]=1&cost=5",
		"updated_after=2026-01-01&updated_at[gte]=2026-01-02&updated_at[gt]=2026-01-03&created_at[lte]=0001-01-01",
	} {
		f.Add(raw)
	}
	s, err := schema.New(
		schema.Field{Name: "tags", Type: schema.Keyword}, schema.Field{Name: "archived", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "pinned", Type: schema.Flag}, schema.Field{Name: "cost", Type: schema.Number, Sorted: true},
		schema.Field{Name: "due", Type: schema.Time}, schema.Field{Name: "notes", Type: schema.Text},
	)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, raw string) {
		v, _ := url.ParseQuery(raw)
		q, err := ParseWith(s, v)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			require.Zero(t, q)
			return
		}
		require.NoError(t, q.ValidateWith(s))
		require.Equal(t, q, q.Normalized())
		again, err := ParseWith(s, q.Values())
		require.NoError(t, err, "%v", q.Values())
		require.Equal(t, q, again, "%v", q.Values())
		require.Equal(t, q.AppendCanonical(nil), again.AppendCanonical(nil))
		// Brackets are never ignored: without the schema they are faults.
		for name := range v {
			if field, _, ok := strings.Cut(name, "["); ok && len(v[name]) > 0 {
				if r := s.Lookup(field); r != nil && r.Declared() {
					_, err := Parse(v)
					require.Error(t, err, name)
				}
			}
		}
		q.Conditions(s)
	})
}

func TestTheDefaultListingAllocatesNothing(t *testing.T) {
	v := url.Values{}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		q, err := Parse(v)
		if err != nil || q.Validate() != nil {
			panic("invalid")
		}
		c := q.Conditions(nil)
		if c.All != nil {
			panic("conditions")
		}
		var scratch [256]byte
		q.AppendCanonical(scratch[:0])
	}))
}
