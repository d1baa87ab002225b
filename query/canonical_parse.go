package query

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sessiondex/sessiondex/schema"
)

// ParseCanonical reads what AppendCanonical wrote, and nothing else: the result is the
// query normalised, its Scope included, and has that canonical form. It is how queries
// travel between processes that hold sessions with the same schema. Bytes that no query
// has as its form are an error that matches ErrInvalid; so is a query that is not valid
// for the schema, as an *Error.
//
// The bytes carry a Scope, so they must come from someone who may set it. The cost is
// linear in their number, and the result keeps nothing of b.
func ParseCanonical(s *schema.Schema, b []byte) (Query, error) {
	bad := func(why string) (Query, error) {
		return Query{}, fmt.Errorf("%w: not a canonical form: %s", ErrInvalid, why)
	}
	if len(b) == 0 {
		return bad("it is empty")
	}
	if b[0] != canonicalVersion {
		return bad(fmt.Sprintf("it has version %d, this program knows %d", b[0], canonicalVersion))
	}
	r := canonicalReader{rest: b[1:]}
	q := r.query()
	if r.err != nil {
		return bad(r.err.Error())
	}
	if len(r.rest) > 0 {
		return bad("trailing bytes")
	}
	if err := q.ValidateWith(s); err != nil {
		return Query{}, err
	}
	// Whatever else is odd, such as a list out of order, has another form.
	if !bytes.Equal(q.AppendCanonical(make([]byte, 0, len(b))), b) {
		return bad("it is not the form of the query that it says")
	}
	return q, nil
}

// canonicalReader reads the parts of a canonical form, one after the other. After the
// first error it reads zeros.
type canonicalReader struct {
	rest []byte
	err  error
}

var (
	errCanonicalShort = errors.New("it is cut off")
	errCanonicalValue = errors.New("it has a value out of range")
)

func (r *canonicalReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

func (r *canonicalReader) query() (q Query) {
	q.Keyword = r.text()
	q.Match = Match(r.text())
	q.Typing, q.Typos = r.flag(), r.flag()
	q.SearchIn = readTexts[string](r)
	for i := range schema.NumContractRows {
		if l := q.list(i); l != nil {
			*l = readTexts[string](r)
		}
		if s := q.single(i); s != nil {
			*s = r.text()
		}
		if after, before := q.bounds(i); after != nil {
			*after, *before = r.time(), r.time()
		}
	}
	q.IDs = readTexts[string](r)
	q.IDPrefix = r.text()
	q.Kinds = readTexts[Kind](r)
	q.IncludeSubSessions, q.IncludeTaskSessions = r.flag(), r.flag()
	q.Include = readTexts[string](r)
	q.Where = r.conds()
	q.SortFirst = r.text()
	q.SortBy, q.SortDirection = SortField(r.text()), Direction(r.text())
	q.Limit, q.Offset = r.int(), r.int()
	q.Cursor = r.text()
	for _, list := range [...]*[]string{&q.Scope.AppIDs, &q.Scope.WorkspaceIDs} {
		restricts := r.flag()
		if *list = readTexts[string](r); restricts && *list == nil {
			*list = []string{}
		}
	}
	q.Scope.Where = r.conds()
	return q
}

func (r *canonicalReader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail(errCanonicalShort)
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// length reads how many parts follow, each of which takes a byte at least.
func (r *canonicalReader) length() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail(errCanonicalShort)
		return 0
	}
	return int(n)
}

func (r *canonicalReader) int() int {
	n := r.uvarint()
	if n > math.MaxInt {
		r.fail(errCanonicalValue)
		return 0
	}
	return int(n)
}

func (r *canonicalReader) flag() bool {
	b := r.take(1)
	if len(b) == 1 && b[0] > 1 {
		r.fail(errCanonicalValue)
	}
	return len(b) == 1 && b[0] == 1
}

// take cuts off n bytes; nil if there are fewer.
func (r *canonicalReader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail(errCanonicalShort)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *canonicalReader) text() string { return string(r.take(r.length())) }

func readTexts[T ~string](r *canonicalReader) (texts []T) {
	n := r.length()
	for i := 0; i < n && r.err == nil; i++ {
		texts = append(texts, T(r.text()))
	}
	return texts
}

func (r *canonicalReader) time() time.Time {
	sec, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail(errCanonicalShort)
		return time.Time{}
	}
	r.rest = r.rest[size:]
	nsec := r.uvarint()
	if nsec >= 1e9 {
		r.fail(errCanonicalValue)
		return time.Time{}
	}
	return time.Unix(sec, int64(nsec)).UTC()
}

func (r *canonicalReader) conds() (conds []Cond) {
	n := r.length()
	for i := 0; i < n && r.err == nil; i++ {
		c := r.cond()
		if c.op == condAnyOf {
			var of []Cond
			m := r.length()
			for j := 0; j < m && r.err == nil; j++ {
				of = append(of, r.cond())
			}
			c = AnyOf(of...)
		}
		conds = append(conds, c)
	}
	return conds
}

// cond reads one condition, AnyOf without what it is of. It makes it as the exported
// functions do, so that it has the form that the rest of the package relies on.
func (r *canonicalReader) cond() Cond {
	var c Cond
	if op := r.take(1); len(op) == 1 {
		c.op = condOp(op[0])
	}
	c.field = r.text()
	c.values = readTexts[string](r)
	n := r.length()
	for i := 0; i < n && r.err == nil; i++ {
		c.bounds = append(c.bounds, r.bound())
	}
	fits := false
	switch values, bounds := len(c.values), len(c.bounds); c.op {
	case condIn, condNotIn, condHasAll:
		fits = bounds == 0
		c.values = sortedSet(c.values)
	case condPrefix:
		fits = values == 1 && bounds == 0
	case condEqual:
		fits = values == 0
		c = c.sorted()
	case condAtLeast, condAbove, condAtMost, condBelow:
		fits = values == 0 && bounds == 1
	case condHas, condLacks, condAnyOf:
		fits = values == 0 && bounds == 0
	}
	if !fits {
		r.fail(errCanonicalValue)
	}
	if r.err != nil {
		return Cond{}
	}
	return c
}

func (r *canonicalReader) bound() bound {
	if r.flag() {
		return bound{at: r.time(), isTime: true}
	}
	b := r.take(8)
	if b == nil {
		return bound{}
	}
	return numberBound(math.Float64frombits(binary.BigEndian.Uint64(b)))
}
