package index

import (
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// layout is a schema as the index reads it: how each row is indexed. Immutable.
type layout struct {
	schema *schema.Schema
	rows   []rowLayout
	orders []*rowLayout // by Order
	// columns are the rows that have a column, and members the rows whose values are
	// read from a session's further members.
	columns, members []*rowLayout
	kinds            schema.Classes // of sessions, as far as the schema allows
	numKinds         int
	paths            *memberNode
	fold             fold.Form // of titles, and of sorted texts
}

// rowLayout says how one row is indexed.
type rowLayout struct {
	*schema.Row
	order    Order
	hasOrder bool
	// keyed rows have a set per value, and, unless they are told apart by classes, an
	// ordering per value of orderingFrom sessions and more, which is given up below
	// orderingUpTo.
	keyed, orderings           bool
	orderingFrom, orderingUpTo int
	hasColumn                  bool
	// inText orders are by a folded text, then the raw one; others by a number or an instant.
	inText bool
}

func newLayout(s *schema.Schema) *layout {
	l := &layout{schema: s, rows: make([]rowLayout, s.Len()), orders: make([]*rowLayout, numContractOrders)}
	bits := schema.KindBits
	for row := range s.Rows() {
		r := &l.rows[row.Index]
		r.Row = row
		switch row.Type {
		case schema.Keyword, schema.Flag:
			r.keyed = true
			r.orderings = !InClass(row.Index) && !row.Hidden // classes tell a hidden flag too
			r.orderingFrom, r.orderingUpTo = orderingFrom, orderingUpTo
			if row.Type == schema.Flag { // it has one value, and all others are told by that
				r.orderingFrom, r.orderingUpTo = 1, 1
			}
		}
		r.inText = row.Type == schema.Keyword || row.Type == schema.Text
		bits |= row.Hides
		if !row.Declared() {
			if row.Sorted {
				r.hasOrder, r.order = true, contractOrder[row.Index]
				l.orders[r.order] = r
			}
			continue
		}
		l.members = append(l.members, r)
		if row.Sorted {
			r.hasOrder, r.order = true, Order(len(l.orders))
			l.orders = append(l.orders, r)
		}
		if r.hasColumn = row.Sorted || row.Type == schema.Number || row.Type == schema.Time; r.hasColumn {
			l.columns = append(l.columns, r)
		}
	}
	l.kinds = schema.Within(bits)
	l.numKinds = int(bits) + 1
	l.paths = newMemberNode(l.members)
	return l
}

// contractOrder is the order of each sorted row of the contract.
var contractOrder = map[int]Order{schema.RowUpdatedAt: ByUpdated, schema.RowCreatedAt: ByCreated, schema.RowTitle: ByTitle}

// name returns the name of an order's row.
func (l *layout) name(by Order) string { return l.orders[by].Name }
