package query

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/sessiondex/sessiondex/schema"
)

// canonicalVersion begins every canonical form. It changes with the form.
const canonicalVersion = 2

// AppendCanonical appends the query's canonical form: two queries have the same one
// exactly if they normalise to the same Query, Scope included, and no form is the
// beginning of another. In a Scope, order and repetition make no difference.
//
// It is the key for whatever is kept for a query: fingerprints of cursors, watches, caches.
// ParseCanonical is the way back.
// The form is the same in every process of this version of the module. The cost is linear
// in the size of a query that is normalised.
func (q Query) AppendCanonical(b []byte) []byte {
	q = q.Normalized()
	q.Scope = q.Scope.Normalized()
	return q.AppendNormalized(b)
}

// AppendNormalized is AppendCanonical for a query that is normalised already, and its Scope
// too.
func (q *Query) AppendNormalized(b []byte) []byte {
	b = append(b, canonicalVersion)
	b = appendText(b, q.Keyword)
	b = appendText(b, string(q.Match))
	b = appendFlag(b, q.Typing)
	b = appendFlag(b, q.Typos)
	b = appendTexts(b, q.SearchIn)
	for i := range schema.NumContractRows {
		if l := q.list(i); l != nil {
			b = appendTexts(b, *l)
		}
		if s := q.single(i); s != nil {
			b = appendText(b, *s)
		}
		if after, before := q.bounds(i); after != nil {
			b = appendTime(b, *after)
			b = appendTime(b, *before)
		}
	}
	b = appendTexts(b, q.IDs)
	b = appendText(b, q.IDPrefix)
	b = appendTexts(b, q.Kinds)
	b = appendFlag(b, q.IncludeSubSessions)
	b = appendFlag(b, q.IncludeTaskSessions)
	b = appendTexts(b, q.Include)
	b = appendConds(b, q.Where)
	b = appendText(b, q.SortFirst)
	b = appendText(b, string(q.SortBy))
	b = appendText(b, string(q.SortDirection))
	b = binary.AppendUvarint(b, uint64(q.Limit))
	b = binary.AppendUvarint(b, uint64(q.Offset))
	b = appendText(b, q.Cursor)
	// A nil list of a scope is no restriction, an empty one keeps nothing.
	for _, list := range [...][]string{q.Scope.AppIDs, q.Scope.WorkspaceIDs} {
		b = appendFlag(b, list != nil)
		b = appendTexts(b, list)
	}
	return appendConds(b, q.Scope.Where)
}

// Every text and list is preceded by its length, so no two queries run into the same bytes.

func appendFlag(b []byte, on bool) []byte {
	if on {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts[T ~string](b []byte, texts []T) []byte {
	b = binary.AppendUvarint(b, uint64(len(texts)))
	for _, s := range texts {
		b = appendText(b, string(s))
	}
	return b
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

func appendConds(b []byte, conds []Cond) []byte {
	b = binary.AppendUvarint(b, uint64(len(conds)))
	for i := range conds {
		b = appendCond(b, &conds[i])
		if conds[i].op == condAnyOf {
			b = binary.AppendUvarint(b, uint64(len(conds[i].conds)))
			for j := range conds[i].conds {
				b = appendCond(b, &conds[i].conds[j])
			}
		}
	}
	return b
}

func appendCond(b []byte, c *Cond) []byte {
	b = appendText(append(b, byte(c.op)), c.field)
	b = appendTexts(b, c.values)
	b = binary.AppendUvarint(b, uint64(len(c.bounds)))
	for _, x := range c.bounds {
		if b = appendFlag(b, x.isTime); x.isTime {
			b = appendTime(b, x.at)
		} else {
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(x.number))
		}
	}
	return b
}
