package sessiondex_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// fieldWorld is some engines with the same random fields, differently configured, and
// the plain sessions that they should agree with. What a session has in a field is read
// out of its JSON anew for each question.
type fieldWorld struct {
	t       testing.TB
	r       *rand.Rand
	fields  []schema.Field
	schema  *schema.Schema
	fold    sessiondex.Fold
	engines []member
	rows    map[string]fieldRow
}

// fieldRow is a session, with its further members.
type fieldRow struct {
	sessiondex.Session
	extra map[string]any
}

// randomSchema has one to three fields of each type, some in objects.
func randomSchema(t testing.TB, r *rand.Rand) []schema.Field {
	var fields []schema.Field
	hidden := 0
	for _, typ := range []schema.Type{schema.Keyword, schema.Flag, schema.Number, schema.Time, schema.Text} {
		for i := range 1 + r.IntN(3) {
			f := schema.Field{Name: fmt.Sprintf("%s%d", typ, i), Type: typ}
			switch r.IntN(3) {
			case 0:
				f.Member = "meta." + f.Name
			case 1:
				f.Member = `x\.` + f.Name
			}
			switch typ {
			case schema.Flag:
				if f.Hidden = r.IntN(2) == 0 && hidden < schema.MaxHidden; f.Hidden {
					hidden++
				}
			case schema.Keyword, schema.Number, schema.Time:
				f.Sorted = r.IntN(2) == 0
			}
			fields = append(fields, f)
		}
	}
	r.Shuffle(len(fields), func(i, k int) { fields[i], fields[k] = fields[k], fields[i] })
	_, err := schema.New(fields...)
	require.NoError(t, err)
	return fields
}

func newFieldWorld(t testing.TB, r *rand.Rand, configured ...string) *fieldWorld {
	t.Helper()
	w := &fieldWorld{t: t, r: r, fields: randomSchema(t, r), fold: one(r, sessiondex.FoldCase, sessiondex.FoldLoose), rows: map[string]fieldRow{}}
	w.schema, _ = schema.New(w.fields...)
	options := configurations()
	for _, name := range configured {
		o := options[name]
		if o == nil {
			o = &sessiondex.Options{}
		}
		o.Fields, o.Fold = w.fields, w.fold
		w.engines = append(w.engines, member{name, newEngine(t, o)})
	}
	return w
}

func one[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

var fieldWords = []string{"billing", "Bug", "bug", "ßa", "SSA", "a,b", "a", "ab", " b", `\`, "日本"}

// value is a random value of a field in JSON, sometimes none or of another type.
func (w *fieldWorld) value(f schema.Field) (value any, there bool) {
	switch w.r.IntN(9) {
	case 0, 1:
		return nil, w.r.IntN(2) == 0
	case 2:
		return one[any](w.r, "", "text", true, false, 1.5, -7, map[string]any{"a": 1}, []any{}, []any{1, "a", "", "a"}, "2026-13-01"), true
	}
	switch f.Type {
	case schema.Keyword:
		if w.r.IntN(2) == 0 {
			return one(w.r, fieldWords...), true
		}
		list := []string{}
		for range w.r.IntN(4) {
			list = append(list, one(w.r, fieldWords...))
		}
		return list, true
	case schema.Flag:
		return w.r.IntN(2) == 0, true
	case schema.Number:
		return one[any](w.r, 0, -1, 1, 2, 2.5, 1e21, -0.5, w.r.IntN(50)), true
	case schema.Time:
		at := w.instant()
		return one[any](w.r, at.Format(time.RFC3339Nano), at.In(time.FixedZone("", 7200)).Format(time.RFC3339Nano), at.Unix(), at.UnixMilli()), true
	}
	return one(w.r, "some notes", "über", ""), true
}

// instant is one of few, over days and some hours.
func (w *fieldWorld) instant() time.Time {
	return time.Date(2026, 3, 26+w.r.IntN(6), one(w.r, 0, 1, 22, 23), one(w.r, 0, 30), 0, one(w.r, 0, 0, 1_000_000), time.UTC)
}

// extra are random further members.
func (w *fieldWorld) extra() string {
	members := map[string]any{"other": w.r.IntN(3)}
	meta := map[string]any{}
	for _, f := range w.fields {
		value, there := w.value(f)
		if !there {
			continue
		}
		if path := f.Path(); len(path) == 2 {
			meta[path[1]] = value
		} else {
			members[path[0]] = value
		}
	}
	if len(meta) > 0 {
		members["meta"] = meta
	}
	if w.r.IntN(15) == 0 {
		members["meta"] = "no object"
	}
	text, err := json.Marshal(members)
	require.NoError(w.t, err)
	return string(text)
}

func (w *fieldWorld) session() sessiondex.Session {
	s := corpus.Tiny(w.r, 1)[0]
	s.Extra = w.extra()
	return s
}

// put puts sessions into all engines, new ones or others' in place of those there.
func (w *fieldWorld) put(sessions ...sessiondex.Session) {
	w.t.Helper()
	for _, e := range w.engines {
		require.NoError(w.t, e.Put(context.Background(), sessions...), e.name)
	}
	for _, s := range sessions {
		got, err := w.engines[0].Get(context.Background(), s.ID)
		require.NoError(w.t, err)
		w.rows[s.ID] = w.rowOf(got)
	}
}

func (w *fieldWorld) rowOf(s sessiondex.Session) fieldRow {
	w.t.Helper()
	row := fieldRow{Session: s}
	decoder := json.NewDecoder(strings.NewReader(s.Extra))
	decoder.UseNumber()
	if s.Extra != "" {
		require.NoError(w.t, decoder.Decode(&row.extra))
	}
	return row
}

// change writes: it puts sessions, changes the values of one field or the kind, adds or
// removes them, or deletes.
func (w *fieldWorld) change() {
	w.t.Helper()
	ids := make([]string, 0, len(w.rows))
	for id := range w.rows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	switch w.r.IntN(6) {
	case 0:
		w.put(w.session())
	case 1:
		if len(ids) == 0 {
			return
		}
		id := one(w.r, ids...)
		for _, e := range w.engines {
			n, err := e.Delete(context.Background(), id)
			require.NoError(w.t, err)
			require.Equal(w.t, 1, n)
		}
		delete(w.rows, id)
	default:
		for range min(len(ids), 1+w.r.IntN(5)) {
			s := w.rows[one(w.r, ids...)].Session
			switch fresh := w.session(); w.r.IntN(5) {
			case 0:
				s.UpdatedAt = fresh.UpdatedAt
			case 1:
				s.Extra = fresh.Extra
			case 2:
				s.Extra = ""
			case 3:
				s.IsSubSession, s.IsTaskSession = !s.IsSubSession, fresh.IsTaskSession
			case 4:
				if f := one(w.r, w.fields...); len(f.Path()) == 1 {
					if value, there := w.value(f); there {
						require.NoError(w.t, s.SetMember(f.Path()[0], value))
					} else {
						s.DeleteMember(f.Path()[0])
					}
				}
			}
			w.put(s)
		}
	}
}

// member returns what a session has in a field, in JSON.
func (row *fieldRow) member(f *schema.Field) any {
	var at any = row.extra
	for _, name := range f.Path() {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// words are the values of a keyword, as a set.
func (row *fieldRow) words(f *schema.Field) (words []string) {
	contract := map[string]string{
		"state": row.State, "source_channel": row.SourceChannel, "session_type": row.SessionType, "trigger_type": row.TriggerType,
		"app_id": row.AppID, "workspace_id": row.WorkspaceID, "aop_asset_id": row.AOPAssetID, "parent_session_id": row.ParentSessionID,
	}
	if value, ok := contract[f.Name]; ok {
		if value != "" {
			words = append(words, value)
		}
		return words
	}
	list, ok := row.member(f).([]any)
	if !ok {
		list = []any{row.member(f)}
	}
	for _, v := range list {
		if s, ok := v.(string); ok && s != "" && !slices.Contains(words, s) {
			words = append(words, s)
		}
	}
	return words
}

func (row *fieldRow) flag(f *schema.Field) bool { return row.member(f) == true }

func (row *fieldRow) number(f *schema.Field) (n float64, ok bool) {
	if text, is := row.member(f).(json.Number); is {
		n, err := text.Float64()
		return n, err == nil
	}
	return 0, false
}

func (row *fieldRow) time(f *schema.Field) (at time.Time, ok bool) {
	switch f.Name {
	case "created_at":
		return row.CreatedAt, true
	case "updated_at":
		return row.UpdatedAt, true
	}
	switch v := row.member(f).(type) {
	case string:
		at, err := time.Parse(time.RFC3339Nano, v)
		return at, err == nil
	case json.Number:
		n, err := v.Float64()
		if err != nil || n >= 1e15 {
			return at, false
		}
		if n > 20_000_000_000 {
			n /= 1000
		}
		return time.UnixMilli(int64(n * 1000)), true
	}
	return at, false
}

// sortKey is what a session is sorted by in a field.
type sortKey struct {
	absent      bool
	number      float64
	at          time.Time
	folded, raw string
}

func (row *fieldRow) sortKey(f *schema.Field, form fold.Form) (k sortKey) {
	ok := true
	switch f.Type {
	case schema.Number:
		k.number, ok = row.number(f)
	case schema.Time:
		k.at, ok = row.time(f)
	case schema.Text:
		k.folded, k.raw = form.Fold(row.Title), row.Title
	case schema.Keyword:
		words := row.words(f)
		slices.SortFunc(words, func(a, b string) int {
			return cmp.Or(strings.Compare(form.Fold(a), form.Fold(b)), strings.Compare(a, b))
		})
		if ok = len(words) > 0; ok {
			k.folded, k.raw = form.Fold(words[0]), words[0]
		}
	}
	k.absent = !ok
	return k
}

// compare is the order of the query's listing.
func (w *fieldWorld) compare(q query.Query, a, b fieldRow) int {
	if q.SortFirst != "" {
		f := &w.schema.Lookup(q.SortFirst).Field
		if x, y := a.flag(f), b.flag(f); x != y {
			if x {
				return -1
			}
			return 1
		}
	}
	f := &w.schema.Lookup(string(cmp.Or(q.SortBy, query.UpdatedAt))).Field
	x, y := a.sortKey(f, fold.Form(w.fold)), b.sortKey(f, fold.Form(w.fold))
	if x.absent != y.absent {
		if y.absent {
			return -1
		}
		return 1
	}
	c := cmp.Or(cmp.Compare(x.number, y.number), x.at.Compare(y.at), strings.Compare(x.folded, y.folded), strings.Compare(x.raw, y.raw), strings.Compare(a.ID, b.ID))
	if q.SortDirection == query.Asc {
		return c
	}
	return -c
}

// asked is a query, and what its conditions say in words of sessions.
type asked struct {
	query.Query
	where, scope []condition
	form         fold.Form
}

// condition is one condition, and what it says.
type condition struct {
	query.Cond
	field     string
	onTrue    bool // of a flag, that it is set
	byDefault bool // that a hidden flag is not set: it asks for what the default shows
	values    bool // only sessions with a value can meet it
	holds     func(*fieldRow) bool
}

func (w *fieldWorld) condition() condition {
	rows := slices.Collect(w.schema.Rows())
	row := one(w.r, rows...)
	for row.Type == schema.Text || row.Type == schema.Kind {
		row = one(w.r, rows...)
	}
	f := &row.Field
	c := condition{field: f.Name, values: true}
	switch f.Type {
	case schema.Keyword:
		w.onWords(&c, f)
	case schema.Flag:
		on := w.r.IntN(2) == 0
		c.Cond, c.onTrue, c.byDefault = query.In(f.Name, fmt.Sprint(on)), on, !on && f.Hidden
		c.holds = func(r *fieldRow) bool { return r.flag(f) == on }
	case schema.Number:
		w.onNumber(&c, f)
	case schema.Time:
		w.onTime(&c, f)
	}
	return c
}

func (w *fieldWorld) onWords(c *condition, f *schema.Field) {
	known := append([]string{"running", "failed", "web", "app-1", "ws-1", "api", "schedule", "nothing"}, fieldWords...)
	var list []string
	for range w.r.IntN(4) {
		list = append(list, one(w.r, known...))
	}
	any := func(r *fieldRow) bool {
		return slices.ContainsFunc(r.words(f), func(v string) bool { return slices.Contains(list, v) })
	}
	switch w.r.IntN(6) {
	case 0:
		c.Cond, c.holds = query.In(f.Name, list...), any
	case 1:
		c.Cond, c.holds, c.values = query.NotIn(f.Name, list...), func(r *fieldRow) bool { return !any(r) }, false
	case 2:
		c.Cond, c.values = query.HasAll(f.Name, list...), len(list) > 0
		c.holds = func(r *fieldRow) bool {
			return !slices.ContainsFunc(list, func(v string) bool { return !slices.Contains(r.words(f), v) })
		}
	case 3:
		prefix := one(w.r, "", "a", "b", "B", "r", "app-", "bill")
		c.Cond = query.Prefix(f.Name, prefix)
		c.holds = func(r *fieldRow) bool {
			return slices.ContainsFunc(r.words(f), func(v string) bool { return strings.HasPrefix(v, prefix) })
		}
	case 4:
		c.Cond, c.holds = query.Has(f.Name), func(r *fieldRow) bool { return len(r.words(f)) > 0 }
	case 5:
		c.Cond, c.holds, c.values = query.Lacks(f.Name), func(r *fieldRow) bool { return len(r.words(f)) == 0 }, false
	}
}

func (w *fieldWorld) onNumber(c *condition, f *schema.Field) {
	n := one(w.r, 0, 1, 2, 2.5, -0.5, 1e21, float64(w.r.IntN(50)))
	compared := func(ok func(v float64) bool) func(*fieldRow) bool {
		return func(r *fieldRow) bool { v, there := r.number(f); return there && ok(v) }
	}
	switch w.r.IntN(7) {
	case 0:
		c.Cond, c.holds = query.AtLeast(f.Name, n), compared(func(v float64) bool { return v >= n })
	case 1:
		c.Cond, c.holds = query.Above(f.Name, n), compared(func(v float64) bool { return v > n })
	case 2:
		c.Cond, c.holds = query.AtMost(f.Name, n), compared(func(v float64) bool { return v <= n })
	case 3:
		c.Cond, c.holds = query.Below(f.Name, n), compared(func(v float64) bool { return v < n })
	case 4:
		c.Cond, c.holds = query.Equal(f.Name, n, 2), compared(func(v float64) bool { return v == n || v == 2 })
	case 5:
		c.Cond, c.holds = query.Has(f.Name), compared(func(float64) bool { return true })
	case 6:
		c.Cond, c.values = query.Lacks(f.Name), false
		c.holds = func(r *fieldRow) bool { _, there := r.number(f); return !there }
	}
}

func (w *fieldWorld) onTime(c *condition, f *schema.Field) {
	at := w.instant()
	if f.Name == "created_at" || f.Name == "updated_at" {
		at = corpus.Tiny(w.r, 1)[0].UpdatedAt
	}
	compared := func(ok func(c int) bool) func(*fieldRow) bool {
		return func(r *fieldRow) bool { v, there := r.time(f); return there && ok(v.Compare(at)) }
	}
	switch w.r.IntN(7) {
	case 0:
		c.Cond, c.holds = query.AtLeast(f.Name, at), compared(func(c int) bool { return c >= 0 })
	case 1:
		c.Cond, c.holds = query.Above(f.Name, at), compared(func(c int) bool { return c > 0 })
	case 2:
		c.Cond, c.holds = query.AtMost(f.Name, at), compared(func(c int) bool { return c <= 0 })
	case 3:
		c.Cond, c.holds = query.Below(f.Name, at), compared(func(c int) bool { return c < 0 })
	case 4:
		c.Cond, c.holds = query.Equal(f.Name, at), compared(func(c int) bool { return c == 0 })
	case 5:
		c.Cond, c.holds = query.Has(f.Name), compared(func(int) bool { return true })
	case 6:
		c.Cond, c.values = query.Lacks(f.Name), false
		c.holds = func(r *fieldRow) bool { _, there := r.time(f); return !there }
	}
}

// question is a random query that is valid.
func (w *fieldWorld) question() asked {
	for {
		q := asked{form: fold.Form(w.fold), Query: query.Query{
			IncludeSubSessions: w.r.IntN(2) == 0, IncludeTaskSessions: w.r.IntN(2) == 0,
			Limit: 1 + w.r.IntN(30), SortDirection: one(w.r, query.Asc, query.Desc),
			SortBy:  query.SortField(one(w.r, w.schema.Names(func(r *schema.Row) bool { return r.Sorted })...)),
			Keyword: one(w.r, "", "", "", "a", "re"),
		}}
		if flags := w.schema.Names(func(r *schema.Row) bool { return r.Type == schema.Flag }); w.r.IntN(3) == 0 {
			q.SortFirst = one(w.r, flags...)
		}
		for _, r := range w.schema.Hidden() {
			if w.r.IntN(3) == 0 {
				q.Include = append(q.Include, r.Name)
			}
		}
		if w.r.IntN(8) == 0 {
			q.Kinds = []query.Kind{one(w.r, query.TopLevel, query.Both), query.TaskRun}
		}
		if w.r.IntN(8) == 0 {
			for range 20 {
				q.IDs = append(q.IDs, corpus.TinyID(w.r.IntN(corpus.TinyIDs)))
			}
		}
		if w.r.IntN(8) == 0 {
			q.IDPrefix = corpus.TinyID(w.r.IntN(corpus.TinyIDs))
			q.IDPrefix = strings.ToValidUTF8(q.IDPrefix[:w.r.IntN(len(q.IDPrefix)+1)], "")
		}
		for range w.r.IntN(4) {
			c := w.condition()
			q.where, q.Where = append(q.where, c), append(q.Where, c.Cond)
		}
		if w.r.IntN(4) == 0 {
			a, b := w.condition(), w.condition()
			q.scope = append(q.scope, condition{holds: func(r *fieldRow) bool { return a.holds(r) || b.holds(r) }})
			q.Scope.Where = append(q.Scope.Where, query.AnyOf(a.Cond, b.Cond))
		}
		if q.ValidateWith(w.schema) == nil { // not two conditions that can be said once
			return q
		}
	}
}

// meets reports whether a session meets all conditions but those on the field omit, and
// what hides sessions.
func (q *asked) meets(r *fieldRow, omit string) bool {
	for i := range q.where {
		if c := &q.where[i]; c.field != omit && !c.byDefault && !c.holds(r) {
			return false
		}
	}
	for i := range q.scope {
		if !q.scope[i].holds(r) {
			return false
		}
	}
	if q.IDs != nil && !slices.Contains(q.IDs, r.ID) || !strings.HasPrefix(r.ID, q.IDPrefix) {
		return false
	}
	if omit != "kind" && len(q.Kinds) > 0 && !slices.Contains(q.Kinds, kindOf(r)) {
		return false
	}
	return strings.Contains(q.form.Fold(r.Title), q.form.Fold(q.Keyword))
}

// named reports whether the query names its sessions, and so shows them all.
func (q *asked) named() bool { return q.IDs != nil || q.IDPrefix != "" }

func kindOf(r *fieldRow) query.Kind {
	switch {
	case r.IsSubSession && r.IsTaskSession:
		return query.Both
	case r.IsSubSession:
		return query.SubSession
	case r.IsTaskSession:
		return query.TaskRun
	}
	return query.TopLevel
}

// reasons are those for which the listing leaves a session out; omit is the field whose
// choice a facet counts.
func (w *fieldWorld) reasons(q *asked, r *fieldRow, omit string) (reasons []string) {
	sub, task := q.IncludeSubSessions, q.IncludeTaskSessions
	for i := range q.where {
		if c := &q.where[i]; c.values {
			sub = sub || c.field == "parent_session_id"
			task = task || c.field == "trigger_type" || c.field == "aop_asset_id"
		}
	}
	if len(q.Kinds) > 0 || q.named() || omit == "kind" {
		sub, task = true, true
	}
	sub = sub || omit == "parent_session_id"
	task = task || omit == "trigger_type" || omit == "aop_asset_id"
	if r.IsSubSession && !sub {
		reasons = append(reasons, "sub_session")
	}
	if r.IsTaskSession && !task {
		reasons = append(reasons, "task_run")
	}
	for _, row := range w.schema.Hidden() {
		shown := q.named() || q.SortFirst == row.Name || slices.Contains(q.Include, row.Name)
		for i := range q.where {
			if c := &q.where[i]; c.field == row.Name {
				shown = (shown || c.onTrue) && !c.byDefault
			}
		}
		if r.flag(&row.Field) && !shown && omit != row.Name {
			reasons = append(reasons, row.Name)
		}
	}
	return reasons
}

// all is the whole listing.
func (w *fieldWorld) all(q *asked) (out []fieldRow) {
	for _, r := range w.rows {
		if q.meets(&r, "") && len(w.reasons(q, &r, "")) == 0 {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b fieldRow) int { return w.compare(q.Query, a, b) })
	return out
}

func idsOfRows(rows []fieldRow) []string {
	ids := []string{}
	for i := range rows {
		ids = append(ids, rows[i].ID)
	}
	return ids
}

// requirePage lists, and compares with a part of the whole listing.
func (w *fieldWorld) requirePage(e member, q query.Query, want []fieldRow, from int) sessiondex.Page {
	w.t.Helper()
	p := list(w.t, e, q)
	n := min(q.Limit, len(want)-from)
	require.Equal(w.t, len(want), p.Total, "%s: %+v", e.name, q)
	require.Equal(w.t, idsOfRows(want[from:from+n]), idsOf(p.Items), "%s: from %d of %+v", e.name, from, q)
	for i, s := range p.Items {
		require.True(w.t, bytes.Equal([]byte(want[from+i].Extra), []byte(s.Extra)))
	}
	require.Equal(w.t, from+n < len(want), p.HasMore)
	require.Equal(w.t, p.HasMore, p.NextCursor != "")
	return p
}
