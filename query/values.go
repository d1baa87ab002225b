package query

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/schema"
)

// Values returns the parameters that ask for q. Defaults are left out, so the
// zero Query has no parameters. ParseWith(s, q.Values()) equals q.Normalized(), to the
// nanosecond, for every q that is valid for the schema s. For an invalid q, ParseWith
// faults the same parameters as q.ValidateWith(s). The Scope is left out: it is no
// request's to choose.
//
// The result is new and the caller's to change.
func (q Query) Values() url.Values {
	q = q.Normalized()
	w := writer{make(url.Values)}
	w.text(paramQuery, q.Keyword)
	if q.Match != MatchPhrase {
		w.text(paramMatch, string(q.Match))
	}
	w.flag(paramTyping, q.Typing)
	w.flag(paramTypos, q.Typos)
	w.list(paramSearchIn, q.SearchIn)
	for i := range schema.NumContractRows {
		r := schema.Contract().Row(i)
		if l := q.list(i); l != nil {
			w.list(r.Name, *l)
		}
		if s := q.single(i); s != nil {
			w.text(r.Name, *s)
		}
		if after, before := q.bounds(i); after != nil {
			w.text(r.After, FormatTime(*after))
			w.text(r.Before, FormatTime(*before))
		}
	}
	w.list(paramIDs, q.IDs)
	w.text(paramIDPrefix, q.IDPrefix)
	kinds := make([]string, len(q.Kinds))
	for i, k := range q.Kinds {
		kinds[i] = string(k)
	}
	w.list(paramKind, kinds)
	w.flag(paramIncludeSubSessions, q.IncludeSubSessions)
	w.flag(paramIncludeTaskSessions, q.IncludeTaskSessions)
	w.list(paramInclude, q.Include)
	w.conds(q.Where)
	w.text(paramSortFirst, q.SortFirst)
	if q.SortBy != UpdatedAt {
		w.text(paramSortBy, string(q.SortBy))
	}
	if q.SortDirection != Desc {
		w.text(paramSortDirection, string(q.SortDirection))
	}
	if q.Limit != DefaultLimit {
		w.text(paramLimit, strconv.Itoa(q.Limit))
	}
	if q.Offset != 0 {
		w.text(paramOffset, strconv.Itoa(q.Offset))
	}
	w.text(paramCursor, q.Cursor)
	return w.v
}

// writer collects parameters.
type writer struct{ v url.Values }

func (w writer) text(param, value string) {
	if value != "" {
		w.v[param] = []string{value}
	}
}

func (w writer) flag(param string, on bool) {
	if on {
		w.text(param, "true")
	}
}

// list writes one parameter for all values that a list can hold as they are, since
// servers limit the number of parameters, and those with commas or surrounding white
// space one by one and literally.
func (w writer) list(param string, values []string) {
	n := 0
	for _, v := range values {
		if isListable(v) {
			n++
		}
	}
	if n == len(values) {
		w.text(param, strings.Join(values, ","))
		return
	}
	listed := make([]string, 0, n)
	for _, v := range values {
		if isListable(v) {
			listed = append(listed, v)
		} else {
			eq := param + "[eq]"
			w.v[eq] = append(w.v[eq], v)
		}
	}
	w.text(param, strings.Join(listed, ","))
}

// isListable reports whether a list without escapes keeps the value as it is.
func isListable(v string) bool { return isPlain(v) && !strings.Contains(v, ",") }

// conds writes conditions in brackets: a server that does not know the field refuses
// those, but ignores a bare name. A flag has only its name, so "true" or "false" as the
// only In of a declared field is written bare, whatever its type.
func (w writer) conds(conds []Cond) {
	isIn := func(i int, field string) bool {
		return i >= 0 && i < len(conds) && conds[i].op == condIn && conds[i].field == field
	}
	for i := range conds {
		c := &conds[i]
		if c.isFlag() && schema.Contract().Lookup(c.field) == nil && !isIn(i-1, c.field) && !isIn(i+1, c.field) {
			w.text(c.field, c.values[0])
			continue
		}
		param, values := c.written()
		w.v[param] = append(w.v[param], values...)
	}
}

// FormatTime writes an instant in UTC; "" if it is zero. An instant that an offset
// put outside of UTC's years 1 to 9999 is written with the offset that brings it
// back, for a year has four digits and the year 0 is refused.
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return formatInstant(t)
}

func formatInstant(t time.Time) string {
	switch year := t.Year(); {
	case year < 1:
		t = t.In(civil.East)
	case year > 9999:
		t = t.In(civil.West)
	}
	return t.Format(time.RFC3339Nano)
}
