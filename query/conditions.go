package query

import (
	"math"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/schema"
)

// Conditions is a query in the form in which it is answered: everything that decides
// whether a session is listed, with each field looked up in the schema. The contract's
// parameters, declared fields and the scope all have the same form. What remains to be
// read from the Query is its page and its direction.
type Conditions struct {
	// All must hold: the query's own conditions, then those of its Scope. Each of the two
	// has at most one OpRange for a field, and may have several of any other test.
	All []Test

	// IDs are the sessions to look among, sorted; nil is all. IDPrefix is what their ids
	// must begin with.
	IDs      []string
	IDPrefix string

	// A session is listed if both sets have its visibility. Wanted follows from conditions
	// (kinds, hidden flags), Shown from what the query includes. Sessions that are Wanted
	// but not Shown are the hidden ones.
	Wanted, Shown schema.Classes

	// Terms are what the keyword is searched as, in its own spelling: each must occur.
	// Nil without a keyword, the one keyword of MatchPhrase, at most MaxTerms of
	// MatchAllTerms. With MatchWords it is the keyword as a whole, for the analyser to cut.
	Terms []string
	// Texts are the rows to search for words: one of them must have all. Nil unless the
	// query has MatchWords and a keyword.
	Texts []*schema.Row

	// SortBy is the row of the order. First is the flag whose sessions come first, or nil.
	SortBy, First *schema.Row
}

// Op is what a Test asks.
type Op uint8

// The questions. Only OpNotIn and OpLacks hold for sessions without a value.
const (
	OpIn     Op = iota // has one of Values; of a flag, "true" or "false"
	OpNotIn            // has none of Values
	OpHasAll           // has all of Values
	OpPrefix           // has a value that begins with Values[0]
	OpHas              // has a value
	OpLacks            // has no value
	OpRange            // its value lies from Min to Max, both inclusive
	OpAnyOf            // meets one test of Any, or none if there are none
)

// Test is a condition on one field, looked up in the schema.
type Test struct {
	Row *schema.Row // nil for OpAnyOf
	Op  Op
	// Scope marks a condition of the scope: a session that fails it does not exist for the
	// caller.
	Scope bool
	// Values are sorted and without duplicates. An OpIn without values holds for none.
	Values []string
	// Min and Max are the ends of an OpRange. An open end is the smallest or the largest
	// value there is. Min may lie above Max: then the range is empty.
	Min, Max Value
	Any      []Test
}

// Value is what a number field or a time field is compared with, by the type of the row.
type Value struct {
	Number float64
	Time   time.Time // in UTC
}

// Conditions resolves q, which must be normalised and valid for the schema. The result
// shares lists with q and rows with the schema: do not write to it. The default listing
// costs no allocation.
func (q *Query) Conditions(s *schema.Schema) Conditions {
	c := Conditions{IDs: q.IDs, IDPrefix: q.IDPrefix, Terms: q.Terms(), SortBy: s.Lookup(string(q.SortBy)), First: s.Lookup(q.SortFirst)}
	c.classes(q, s)
	if q.Keyword != "" && q.Match == MatchWords {
		c.Texts = q.texts(s)
	}
	for i := range schema.NumContractRows {
		if q.has(i) {
			if c.All == nil {
				c.All = make([]Test, 0, 4+len(q.Where)+len(q.Scope.Where))
			}
			c.All = append(c.All, q.test(s.Row(i)))
		}
	}
	for i := range q.Where {
		if r := s.Lookup(q.Where[i].field); r == nil || r.Hides == 0 { // the classes have those
			c.add(s, &q.Where[i], false)
		}
	}
	c.scope(&q.Scope, s)
	return c
}

// scope adds the conditions of the scope. It implies nothing.
func (c *Conditions) scope(scope *Scope, s *schema.Schema) {
	list := func(row int, values []string) {
		if values != nil {
			c.All = append(c.All, Test{Row: s.Row(row), Op: OpIn, Scope: true, Values: exactSet(values)})
		}
	}
	list(schema.RowAppID, scope.AppIDs)
	list(schema.RowWorkspaceID, scope.WorkspaceIDs)
	for i := range scope.Where {
		c.add(s, &scope.Where[i], true)
	}
}

// texts returns the rows that words are searched in.
func (q *Query) texts(s *schema.Schema) []*schema.Row {
	if len(q.SearchIn) == 0 {
		return []*schema.Row{s.Row(schema.RowTitle)}
	}
	rows := make([]*schema.Row, len(q.SearchIn))
	for i, name := range q.SearchIn {
		rows[i] = s.Lookup(name)
	}
	return rows
}

// classes determines which classes of visibility are wanted and shown.
func (c *Conditions) classes(q *Query, s *schema.Schema) {
	c.Wanted = schema.AllClasses
	var show, never schema.Visibility
	if q.IncludeSubSessions {
		show |= schema.SubSession
	}
	if q.IncludeTaskSessions {
		show |= schema.TaskRun
	}
	if len(q.Kinds) > 0 {
		show |= schema.KindBits
		c.Wanted = 0
		for _, k := range q.Kinds {
			c.Wanted |= k.classes()
		}
	}
	for _, name := range q.Include {
		show |= s.Lookup(name).Hides
	}
	if c.First != nil {
		show |= c.First.Hides
	}
	for i := range q.Where {
		w := &q.Where[i]
		r := s.Lookup(w.field)
		switch {
		case r == nil || r.Hides == 0:
		case len(w.values) == 0:
			c.Wanted = 0
		case w.values[0] == flagTrue:
			c.Wanted &= schema.With(r.Hides)
			show |= r.Hides
		default:
			never |= r.Hides
		}
	}
	c.Shown = schema.Within(show)
	if len(q.IDs) > 0 || q.IDPrefix != "" {
		c.Shown = schema.AllClasses
	}
	c.Shown &^= schema.With(never)
}

// add resolves a condition. A range narrows the one of its field that is there.
func (c *Conditions) add(s *schema.Schema, w *Cond, scope bool) {
	r, always := resolve(s, w, scope)
	if always {
		return
	}
	if r.Op == OpRange {
		for i := range c.All {
			if o := &c.All[i]; o.Op == OpRange && o.Row == r.Row && o.Scope == scope {
				o.narrow(&r)
				return
			}
		}
	}
	c.All = append(c.All, r)
}

// resolve looks a condition's field up. always says that it holds for every session.
func resolve(s *schema.Schema, w *Cond, scope bool) (r Test, always bool) {
	c, always := w.simplified()
	if always {
		return r, true
	}
	r = Test{Row: s.Lookup(c.field), Scope: scope, Values: c.values}
	switch c.op {
	case condIn:
		r.Op = OpIn
	case condNotIn:
		r.Op = OpNotIn
	case condHasAll:
		r.Op = OpHasAll
	case condPrefix:
		r.Op = OpPrefix
	case condHas:
		r.Op = OpHas
	case condLacks:
		r.Op = OpLacks
	case condAtLeast, condAbove, condAtMost, condBelow:
		r.setRange(c.op, c.bounds[0])
	case condEqual:
		if len(c.bounds) == 1 {
			r.setRange(condEqual, c.bounds[0])
			break
		}
		either := Test{Op: OpAnyOf, Scope: scope}
		for _, b := range c.bounds {
			r.setRange(condEqual, b)
			either.Any = append(either.Any, r)
		}
		return either, false
	case condAnyOf:
		r = Test{Op: OpAnyOf, Scope: scope}
		for i := range c.conds {
			one, always := resolve(s, &c.conds[i], scope)
			if always {
				return r, true
			}
			r.Any = append(r.Any, one)
		}
	}
	return r, false
}

// openRange makes r the range of all values.
func (r *Test) openRange() {
	r.Op = OpRange
	r.Min = Value{Number: math.Inf(-1), Time: civil.Earliest}
	r.Max = Value{Number: math.Inf(1), Time: civil.Latest}
}

// setRange makes r the range of the values that compare so with b.
func (r *Test) setRange(op condOp, b bound) {
	r.openRange()
	at := Value{b.number, b.at}
	switch op {
	case condAtLeast:
		r.Min = at
	case condAbove:
		r.Min = Value{math.Nextafter(b.number, math.Inf(1)), b.at.Add(1)}
	case condAtMost:
		r.Max = at
	case condBelow:
		r.Max = Value{math.Nextafter(b.number, math.Inf(-1)), b.at.Add(-1)}
	case condEqual:
		r.Min, r.Max = at, at
	}
}

// narrow keeps of the range what o has too.
func (r *Test) narrow(o *Test) {
	r.Min.Number, r.Max.Number = max(r.Min.Number, o.Min.Number), min(r.Max.Number, o.Max.Number)
	if o.Min.Time.After(r.Min.Time) {
		r.Min.Time = o.Min.Time
	}
	if o.Max.Time.Before(r.Max.Time) {
		r.Max.Time = o.Max.Time
	}
}
