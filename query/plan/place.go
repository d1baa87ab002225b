package plan

import (
	"cmp"
	"context"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// Places tells where sessions stand in the order of a listing, whether they are in it or
// in any view at all. It keeps no view. Safe for concurrent use.
type Places struct {
	outside   index.Outside
	by        index.Order
	desc      bool
	declared  bool        // the field of the order
	flag      *schema.Row // that comes first; nil if none does
	inMembers bool        // a place depends on a declared field
}

// Place is where a session stands in a listing: the part of it, and the key there.
type Place struct {
	part int
	key  index.Key
}

// NewPlaces returns those of a query's listing over sessions with the fields of the view,
// or a *query.Error. Filters, Limit, Offset and Cursor make no difference.
func NewPlaces(v *index.View, q query.Query) (Places, error) {
	if err := validate(v, &q); err != nil {
		return Places{}, err
	}
	q = q.Normalized()
	return placesOf(v, &q), nil
}

// placesOf is NewPlaces for a query that is valid and normalised.
func placesOf(v *index.View, q *query.Query) Places {
	row := v.Schema().Lookup(string(q.SortBy))
	by, _ := v.OrderOf(row.Index)
	p := Places{outside: v.Outside(), by: by, desc: q.SortDirection == query.Desc, declared: row.Declared(), flag: v.Schema().Lookup(q.SortFirst)}
	p.inMembers = p.declared || p.flag != nil
	return p
}

// Of returns the place of a session that is given by its own members: the fields that
// are declared are read out of them here, if the order depends on one.
func (p *Places) Of(e index.Entry) Place {
	if p.inMembers {
		p.outside.Fill(&e)
	}
	return p.of(&e)
}

// of returns the place of an entry of a view, or of one that is filled.
func (p *Places) of(e *index.Entry) (at Place) {
	at.key = p.outside.Key(p.by, e)
	var room [1]string
	if p.flag != nil && len(e.AppendValues(room[:0], p.flag)) == 0 {
		at.part++
	}
	if p.declared {
		at.part = 2*at.part + btoi(at.key.Absent)
	}
	return at
}

// Compare orders places as the listing does: negative if a comes first.
func (p *Places) Compare(a, b *Place) int {
	c := a.key.Compare(&b.key)
	if p.desc {
		c = -c
	}
	return cmp.Or(cmp.Compare(a.part, b.part), c)
}

// Rank returns how many matches of a query come before a session, which need not be one.
// It costs as much as a page there, and a pass over what stands before it where filters
// leave gaps. The errors are *query.Error and the context's.
func Rank(ctx context.Context, v *index.View, q query.Query, e index.Entry) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := validate(v, &q); err != nil {
		return 0, err
	}
	n := normalized(q)
	places := placesOf(v, &n)
	rank, _, err := rankOf(ctx, v, n, places.Of(e))
	return rank, err
}

// rankOf returns how many matches come before a place, and how many there are. The query
// is valid and normalised.
func rankOf(ctx context.Context, v *index.View, q query.Query, at Place) (rank, total int, err error) {
	q.Offset, q.Cursor = 0, ""
	p, err := lookUpParts(ctx, v, &q)
	if err != nil {
		return 0, 0, err
	}
	defer p.release()
	if rank, _, err = p.before(ctx, at); err != nil {
		return 0, 0, err
	}
	total, err = p.total(ctx)
	return rank, total, err
}

// CursorAfter returns the cursor to what comes after a session in a query's listing, in
// which it need not be. The error is a *query.Error.
func CursorAfter(v *index.View, q query.Query, e index.Entry) (string, error) {
	if err := validate(v, &q); err != nil {
		return "", err
	}
	n := normalized(q)
	places := placesOf(v, &n)
	at := places.Of(e)
	p := pager{v: v, by: places.by}
	return p.cursorTo(at.key, fingerprintOf(&n), byte(at.part)<<cursorPartShift), nil
}
