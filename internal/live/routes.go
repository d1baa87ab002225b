package live

import (
	"math"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// routes lead from a session to the listings that could have it. A listing stands under
// each value that one of its conditions asks for, the condition that the fewest sessions
// met when it was made, or among the general ones if none asks for values. A session that
// has none of the values is not in it.
type routes struct {
	rows    []routeRow // only those that listings stand under
	general []*listing
}

// routeRow is the listings by the values of a field, or by id.
type routeRow struct {
	row      *schema.Row // nil: the id
	listings map[string]listingSet
}

type listingSet map[*listing]struct{}

// route is where a listing stands: under values of a row, nil for the id, or of several.
type route []routePart

type routePart struct {
	row    *schema.Row
	values []string
}

// routeOf returns the route of a listing; nil if none of its conditions asks for values.
func routeOf(v *index.View, c *query.Conditions) route {
	var best route
	fewest := math.MaxInt
	consider := func(r route) {
		if n := r.size(v); n < fewest {
			best, fewest = r, n
		}
	}
	if c.IDs != nil {
		consider(route{{nil, c.IDs}})
	}
	for _, row := range v.Schema().Hidden() {
		if c.Wanted&^schema.With(row.Hides) == 0 {
			consider(route{{row, []string{index.FlagSet}}})
		}
	}
	for i := range c.All {
		if r, ok := routeOfTest(&c.All[i]); ok {
			consider(r)
		}
	}
	return best
}

// routeOfTest returns the values of which a session must have one to pass a test, and
// false if it asks for something else.
func routeOfTest(t *query.Test) (r route, ok bool) {
	switch t.Op {
	case query.OpIn:
		if t.Row.Type == schema.Flag && (len(t.Values) != 1 || t.Values[0] != index.FlagSet) {
			return nil, false
		}
		return route{{t.Row, t.Values}}, true
	case query.OpHasAll:
		return route{{t.Row, t.Values[:1]}}, true
	case query.OpAnyOf:
		for i := range t.Any {
			one, ok := routeOfTest(&t.Any[i])
			if !ok {
				return nil, false
			}
			r = append(r, one...)
		}
		return r, len(r) > 0
	}
	return nil, false
}

// countValues is of how many values the sessions are counted, so that one that asks for
// very many costs no more to be judged.
const countValues = 64

// size returns how many sessions have one of the values, or about that.
func (r route) size(v *index.View) int {
	n := 0
	for _, p := range r {
		if p.row == nil {
			n += len(p.values)
			continue
		}
		some := p.values[:min(len(p.values), countValues)]
		sum := 0
		for _, value := range some {
			sum += v.Value(p.row.Index, value).Len()
		}
		if len(some) > 0 {
			n += sum * len(p.values) / len(some)
		}
	}
	return n
}

// row returns the listings by the values of a row, a new one if there are none yet.
func (r *routes) row(row *schema.Row) *routeRow {
	for i := range r.rows {
		if r.rows[i].row == row {
			return &r.rows[i]
		}
	}
	r.rows = append(r.rows, routeRow{row, make(map[string]listingSet)})
	return &r.rows[len(r.rows)-1]
}

func (r *routes) add(l *listing) {
	if l.route == nil {
		l.place = len(r.general)
		r.general = append(r.general, l)
		return
	}
	for _, p := range l.route {
		of := r.row(p.row)
		for _, value := range p.values {
			if of.listings[value] == nil {
				of.listings[value] = make(listingSet)
			}
			of.listings[value][l] = struct{}{}
		}
	}
}

func (r *routes) remove(l *listing) {
	if l.route == nil {
		last := len(r.general) - 1
		r.general[l.place] = r.general[last]
		r.general[l.place].place = l.place
		r.general[last] = nil
		r.general = r.general[:last]
		return
	}
	for _, p := range l.route {
		of := r.row(p.row)
		for _, value := range p.values {
			delete(of.listings[value], l)
			if len(of.listings[value]) == 0 {
				delete(of.listings, value)
			}
		}
	}
}

// each calls fn with every listing that could have the session before or after a change,
// some of them more than once.
func (r *routes) each(s *sights, fn func(*listing)) {
	for _, l := range r.general {
		fn(l)
	}
	var room [2][8]string
	for i := range r.rows {
		of := &r.rows[i]
		if len(of.listings) == 0 {
			continue
		}
		before, now := s.before.values(of.row, room[0][:0]), s.after.values(of.row, room[1][:0])
		for _, value := range before {
			for l := range of.listings[value] {
				fn(l)
			}
		}
		for k, value := range now {
			if k < len(before) && before[k] == value {
				continue // as mostly
			}
			for l := range of.listings[value] {
				fn(l)
			}
		}
	}
}

// values appends the values that a session, if there is one, has in a row, or its id.
func (s *sight) values(row *schema.Row, dst []string) []string {
	switch {
	case !s.there:
		return dst
	case row == nil:
		return append(dst, s.entry.ID)
	}
	return s.entry.AppendValues(dst, row)
}
