package plan

import (
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Matcher tells of one session at a time whether a query lists it, by its members
// alone: what a listing asks of sets, a Matcher asks of the session. It is
// immutable and safe for concurrent use.
type Matcher struct {
	// First what is read at every test: with thousands of matchers the cost is cache
	// misses.
	kinds schema.Classes
	tests []query.Test
	terms []string          // folded
	words index.WordKeyword // of MatchWords, in place of terms

	c query.Conditions
	q query.Query // normalised, of its own
}

// NewMatcher returns the matcher of a query, whose order and page do not matter, for the
// sessions of a view and of those after it, or a *query.Error if the query is not valid.
func NewMatcher(q query.Query, v *index.View) (*Matcher, error) {
	if err := q.ValidateWith(v.Schema()); err != nil {
		return nil, err
	}
	m := &Matcher{q: normalized(q).Clone()} // it outlives the call
	m.q.Offset, m.q.Cursor = 0, ""
	m.c = m.q.Conditions(v.Schema())
	m.kinds, m.tests = m.c.Wanted&m.c.Shown, m.c.All
	if m.c.Texts != nil {
		var err error
		m.words, err = WordKeyword(v.Words(), &m.q)
		return m, err
	}
	m.terms = foldTerms(nil, &m.c, v.Fold())
	return m, nil
}

// Match reports whether the query lists a session, given all that is known of it
// and its folded title. Some nanoseconds for each condition.
func (m *Matcher) Match(e *index.Entry, folded string) bool {
	if !m.kinds.Has(e.Kind) {
		return false
	}
	for i := range m.tests {
		if !passes(&m.tests[i], e) {
			return false
		}
	}
	if m.c.IDs != nil && !has(m.c.IDs, e.ID) || !strings.HasPrefix(e.ID, m.c.IDPrefix) {
		return false
	}
	if m.words != nil {
		return slices.ContainsFunc(m.c.Texts, func(row *schema.Row) bool { return m.words.Match(e.WordText(row.Index)) })
	}
	for _, term := range m.terms {
		if !strings.Contains(folded, term) {
			return false
		}
	}
	return true
}

// passes reports whether a session passes a test.
func passes(t *query.Test, e *index.Entry) bool {
	switch t.Op {
	case query.OpAnyOf:
		return slices.ContainsFunc(t.Any, func(one query.Test) bool { return passes(&one, e) })
	case query.OpRange:
		if t.Row.Type == schema.Number {
			n, ok := e.Number(t.Row)
			return ok && n >= t.Min.Number && n <= t.Max.Number
		}
		at, ok := e.Instant(t.Row)
		return ok && instantInRange(t, at)
	case query.OpHas, query.OpLacks:
		return exists(t.Row, e) == (t.Op == query.OpHas)
	}
	if !t.Row.Declared() { // of one value
		value := e.Values[t.Row.Index]
		switch t.Op {
		case query.OpIn:
			return has(t.Values, value)
		case query.OpNotIn:
			return !has(t.Values, value)
		}
	}
	var room [8]string
	values := valuesOf(room[:0], t.Row, e)
	switch t.Op {
	case query.OpIn:
		return slices.ContainsFunc(values, func(v string) bool { return has(t.Values, v) })
	case query.OpNotIn:
		return !slices.ContainsFunc(values, func(v string) bool { return has(t.Values, v) })
	case query.OpHasAll:
		return !slices.ContainsFunc(t.Values, func(v string) bool { return !has(values, v) })
	default: // OpPrefix
		return slices.ContainsFunc(values, func(v string) bool { return strings.HasPrefix(v, t.Values[0]) })
	}
}

// valuesOf appends the values of a session in a keyword or flag row, ascending. A flag
// always has one.
func valuesOf(dst []string, row *schema.Row, e *index.Entry) []string {
	n := len(dst)
	dst = e.AppendValues(dst, row)
	if len(dst) == n && row.Type == schema.Flag {
		dst = append(dst, "false")
	}
	return dst
}

// exists reports whether a session has a value in a row.
func exists(row *schema.Row, e *index.Entry) bool {
	switch row.Type {
	case schema.Number:
		_, ok := e.Number(row)
		return ok
	case schema.Time:
		_, ok := e.Instant(row)
		return ok
	}
	var room [8]string
	return len(e.AppendValues(room[:0], row)) > 0
}

// has reports whether a value is one of those wanted, which are sorted.
func has(wanted []string, value string) bool {
	if value == "" {
		return false
	}
	_, ok := slices.BinarySearch(wanted, value)
	return ok
}
