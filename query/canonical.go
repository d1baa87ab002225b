package query

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/schema"
)

// canonicalVersion begins every canonical form. It changes with the form.
const canonicalVersion = 1

// AppendCanonical appends the query's canonical form: two queries have the same one
// exactly if they normalise to the same Query, Scope included, and no form is the
// beginning of another. So it is the key of whatever is kept for a query. In a Scope the
// order of values and conditions, and repeated ones, say nothing.
//
// The form is the same in every process of this version of the module.
func (q Query) AppendCanonical(b []byte) []byte {
	q = q.Normalized()
	e := encoder{append(b, canonicalVersion)}
	e.text(q.Keyword)
	e.text(string(q.Match))
	e.flag(q.Typing)
	e.flag(q.Typos)
	e.list(q.SearchIn)
	for i := range schema.NumContractRows {
		if l := q.list(i); l != nil {
			e.list(*l)
		}
		if s := q.single(i); s != nil {
			e.text(*s)
		}
		if after, before := q.bounds(i); after != nil {
			e.time(*after)
			e.time(*before)
		}
	}
	e.list(q.IDs)
	e.number(uint64(len(q.Kinds)))
	for _, k := range q.Kinds {
		e.text(string(k))
	}
	e.flag(q.IncludeSubSessions)
	e.flag(q.IncludeTaskSessions)
	e.list(q.Include)
	e.conds(q.Where)
	e.text(q.SortFirst)
	e.text(string(q.SortBy))
	e.text(string(q.SortDirection))
	e.number(uint64(q.Limit))
	e.number(uint64(q.Offset))
	e.text(q.Cursor)
	e.scope(&q.Scope)
	return e.b
}

// encoder writes what can be read back without knowing what it is: every string and list
// after its length.
type encoder struct{ b []byte }

func (e *encoder) number(n uint64) { e.b = binary.AppendUvarint(e.b, n) }

func (e *encoder) flag(on bool) {
	if on {
		e.b = append(e.b, 1)
	} else {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) text(s string) {
	e.number(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) list(values []string) {
	e.number(uint64(len(values)))
	for _, v := range values {
		e.text(v)
	}
}

func (e *encoder) time(t time.Time) {
	e.b = binary.AppendVarint(e.b, t.Unix())
	e.number(uint64(t.Nanosecond()))
}

func (e *encoder) conds(conds []Cond) {
	e.number(uint64(len(conds)))
	for i := range conds {
		c := &conds[i]
		e.b = append(e.b, byte(c.op))
		e.text(c.field)
		e.list(c.values)
		e.number(uint64(len(c.bounds)))
		for _, b := range c.bounds {
			e.flag(b.isTime)
			if b.isTime {
				e.time(b.at)
			} else {
				e.b = binary.BigEndian.AppendUint64(e.b, math.Float64bits(b.number))
			}
		}
		e.conds(c.conds)
	}
}

// scope writes lists that are nil as such, for an empty one keeps nothing.
func (e *encoder) scope(s *Scope) {
	for _, list := range [...][]string{s.AppIDs, s.WorkspaceIDs} {
		e.flag(list != nil)
		e.list(exactSet(list))
	}
	e.conds(normalConds(slices.Clone(s.Where)))
}
