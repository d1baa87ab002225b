package query

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/schema"
)

// Messages that more than one place gives.
const (
	msgUnicode = "Input should be a valid string, unable to parse raw data as a unicode string"
	msgTime    = "Input should be a valid datetime or date, "
	msgBool    = "Input should be a valid boolean, unable to interpret input"
	msgFinite  = "Input should be a finite number"
	msgWords   = "Input should go with match=words"
)

// Validate is ValidateWith for the contract's schema.
func (q Query) Validate() error { return q.ValidateWith(nil) }

// ValidateWith returns nil for a query that can be run over sessions with this schema,
// or else an *Error that lists everything that is wrong: a limit or an offset out of
// range, a word that is not one of those allowed, a bound outside of the years 1 to
// 9999, a string that is not valid UTF-8, more than MaxTerms terms or MaxTermsBytes of them, a condition on an
// unknown field or one that the field's type does not take. Faults name parameters, also
// for conditions: tags[gte]. What ParseWith returned without an error is always valid.
//
// Whether the cursor belongs to the query is found when it is run.
func (q Query) ValidateWith(s *schema.Schema) error {
	var c checker
	c.query(&q, s)
	return c.err(s)
}

// checker collects faults, at most one for a parameter: the first.
type checker struct{ faults []Fault }

func (c *checker) fault(param, typ, message, value string) {
	if !slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Param == param }) {
		c.faults = append(c.faults, NewFault(param, typ, message, value))
	}
}

func (c *checker) err(s *schema.Schema) error {
	if len(c.faults) == 0 {
		return nil
	}
	sortFaults(s, c.faults)
	return &Error{Faults: c.faults}
}

func (c *checker) text(param string, values ...string) {
	for _, value := range values {
		if !utf8.ValidString(value) {
			c.fault(param, typeUnicode, msgUnicode, value)
			return
		}
	}
}

func (c *checker) time(param string, t time.Time) {
	if !t.IsZero() && (t.Before(civil.Earliest) || t.After(civil.Latest)) {
		c.fault(param, typeTime, msgTime+civil.ReasonYear, t.Format(time.RFC3339Nano))
	}
}

// query checks everything. What is empty stands for a default and is right.
func (c *checker) query(q *Query, s *schema.Schema) {
	c.keyword(q, s)
	for i := range schema.NumContractRows {
		r := s.Row(i)
		if l := q.list(i); l != nil {
			c.text(r.Name, *l...)
		}
		if one := q.single(i); one != nil {
			c.text(r.Name, *one)
		}
		if after, before := q.bounds(i); after != nil {
			c.time(r.After, *after)
			c.time(r.Before, *before)
		}
	}
	c.text(paramIDs, q.IDs...)
	c.text(paramIDPrefix, q.IDPrefix)
	for _, k := range q.Kinds {
		if k != "" && k.classes() == 0 {
			c.fault(paramKind, typeEnum, oneOf(kinds[:]...), string(k))
		}
	}
	for _, name := range normalList(q.Include) {
		if message := checkRow(s, name, isHidden, "a hidden flag"); message != "" {
			c.fault(paramInclude, typeEnum, message, name)
		}
	}
	if q.SortFirst != "" {
		if message := checkRow(s, q.SortFirst, isFlag, "a flag"); message != "" {
			c.fault(paramSortFirst, typeEnum, message, q.SortFirst)
		}
	}
	if q.SortBy != "" {
		if message := checkSortBy(s, q.SortBy); message != "" {
			c.fault(paramSortBy, typeEnum, message, string(q.SortBy))
		}
	}
	if q.SortDirection != "" {
		if message := checkSortDirection(q.SortDirection); message != "" {
			c.fault(paramSortDirection, typeEnum, message, string(q.SortDirection))
		}
	}
	if typ, message := checkLimit(q.Limit); typ != "" && q.Limit != 0 {
		c.fault(paramLimit, typ, message, strconv.Itoa(q.Limit))
	}
	if typ, message := checkOffset(q.Offset); typ != "" {
		c.fault(paramOffset, typ, message, strconv.Itoa(q.Offset))
	}
	c.text(paramCursor, q.Cursor)
	c.where(q.Where, s)
	for i := range q.Scope.Where {
		c.scope(&q.Scope.Where[i], s)
	}
}

// keyword checks the keyword and how it is searched.
func (c *checker) keyword(q *Query, s *schema.Schema) {
	c.text(paramQuery, q.Keyword)
	if q.Match != "" {
		if message := checkMatch(q.Match); message != "" {
			c.fault(paramMatch, typeEnum, message, string(q.Match))
		}
	}
	if q.Match == MatchAllTerms {
		terms, bytes := q.Terms(), 0
		for _, term := range terms {
			bytes += len(term)
		}
		if n := len(terms); n > MaxTerms {
			c.fault(paramQuery, typeTooLong, fmt.Sprintf("Input should have at most %d different terms, and has %d", MaxTerms, n), q.Keyword)
		} else if bytes > MaxTermsBytes {
			c.fault(paramQuery, typeTooLong, fmt.Sprintf("Input should have at most %d bytes of terms, and has %d", MaxTermsBytes, bytes), q.Keyword)
		}
	}
	for _, name := range normalList(q.SearchIn) {
		if message := checkRow(s, name, isText, "a text field"); message != "" {
			c.fault(paramSearchIn, typeEnum, message, name)
		}
	}
	if q.Match == MatchWords {
		return
	}
	if q.Typing {
		c.fault(paramTyping, typeValue, msgWords, flagTrue)
	}
	if q.Typos {
		c.fault(paramTypos, typeValue, msgWords, flagTrue)
	}
	if list := normalList(q.SearchIn); len(list) > 0 {
		c.fault(paramSearchIn, typeValue, msgWords, list[0])
	}
}

// where checks the conditions of a query. An Equal and a flag are refused a second time
// for one field, since parameters can express only one.
func (c *checker) where(conds []Cond, s *schema.Schema) {
	if len(conds) == 0 {
		return
	}
	once := make(map[string]*Cond)
	for i := range conds {
		w := &conds[i]
		if w.op == condAnyOf {
			c.fault(w.param(), typeValue, "Input should be in a scope: a query takes no alternatives", w.String())
			continue
		}
		param, typ, message := checkCond(w, s)
		if message == "" && (w.op == condEqual || isFlag(orNone(s.Lookup(w.field)))) {
			if first := once[w.field]; first == nil {
				once[w.field] = w
			} else if compareConds(*first, *w) != 0 {
				typ, message = typeValue, "Input should be one condition of this kind for the field"
			}
		}
		if message != "" {
			c.fault(param, typ, message, w.String())
		}
	}
}

func orNone(r *schema.Row) *schema.Row {
	if r == nil {
		return &schema.Row{}
	}
	return r
}

// scope checks a condition of the scope, which no parameter names.
func (c *checker) scope(w *Cond, s *schema.Schema) {
	if w.op == condAnyOf {
		for i := range w.conds {
			c.scope(&w.conds[i], s)
		}
		return
	}
	if param, typ, message := checkCond(w, s); message != "" {
		c.fault("scope."+param, typ, message, w.String())
	}
}

// checkCond checks one condition other than AnyOf, and names its parameter.
func checkCond(w *Cond, s *schema.Schema) (param, typ, message string) {
	param = w.param()
	if w.op == condAny {
		return param, "", ""
	}
	r := s.Lookup(w.field)
	if r == nil {
		return param, typeExtra, unknownField(s)
	}
	if r.Type == schema.Flag && w.op == condIn {
		if !w.isFlag() {
			return r.Name, typeBool, "Input should be one of 'true' and 'false'"
		}
		return r.Name, "", ""
	}
	if !hasOperator(r.Type, words[w.op]) || w.op == condEqual && r.Type == schema.Keyword || w.op == condIn && r.Type != schema.Keyword {
		return param, typeExtra, "Input should be " + usage(r)
	}
	for _, v := range w.values {
		if !utf8.ValidString(v) {
			return param, typeUnicode, msgUnicode
		}
	}
	if w.op == condEqual && len(w.bounds) == 0 {
		return param, typeValue, "Input should have at least one value"
	}
	for _, b := range w.bounds {
		switch {
		case b.isTime != (r.Type == schema.Time):
			return param, typeValue, fmt.Sprintf("Input should be a %s", r.Type)
		case b.valid():
		case b.isTime:
			return param, typeTime, msgTime + civil.ReasonYear
		default:
			return param, typeFinite, msgFinite
		}
	}
	return param, "", ""
}

// unknownField is the message for a condition on a field that does not exist.
func unknownField(s *schema.Schema) string {
	return "Input should name a field that exists: " +
		orList(s.Names(func(r *schema.Row) bool { return len(Operators(r.Type)) > 0 || takesName(r) }))
}

// The checks that ParseWith and ValidateWith share. Each returns "" for a value that is
// given and right. An empty word is wrong as a parameter and the default in Go.

func checkSortBy(s *schema.Schema, by SortField) (message string) {
	if r := s.Lookup(string(by)); r != nil && r.Sorted {
		return ""
	}
	return oneOf(SortFields(s)...)
}

func checkSortDirection(d Direction) (message string) {
	switch d {
	case Desc, Asc:
		return ""
	}
	return oneOf(Desc, Asc)
}

func checkMatch(m Match) (message string) {
	switch m {
	case MatchPhrase, MatchAllTerms, MatchWords:
		return ""
	}
	return oneOf(MatchPhrase, MatchAllTerms, MatchWords)
}

func checkLimit(n int) (typ, message string) {
	switch {
	case n < 1:
		return typeAtLeast, "Input should be greater than or equal to 1"
	case n > MaxLimit:
		return typeAtMost, "Input should be less than or equal to " + strconv.Itoa(MaxLimit)
	}
	return "", ""
}

func checkOffset(n int) (typ, message string) {
	if n < 0 {
		return typeAtLeast, "Input should be greater than or equal to 0"
	}
	return "", ""
}
