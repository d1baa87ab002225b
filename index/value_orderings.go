package index

import (
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
)

// valueOrderings keeps the orderings of a member's values apart from the values
// themselves, by number: they change with every update, the values hardly ever, and a
// path through a tree of strings is several times dearer to copy. Persistent.
type valueOrderings struct {
	root []*orderingBranch
	next uint32      // numbers below are given out or free
	free *freeNumber // to be given out again
}

const (
	orderingFan  = 32 // of leaves and branches alike
	orderingStep = orderingFan * orderingFan
)

type orderingBranch struct {
	node
	leaves [orderingFan]*orderingLeaf
}

type orderingLeaf struct {
	node
	orderings [orderingFan]*Ordering
}

type freeNumber struct {
	number uint32
	more   *freeNumber
}

// at returns the ordering with a number that is given out; nil for 0, which is nobody's.
func (v *valueOrderings) at(number uint32) *Ordering {
	if number == 0 {
		return nil
	}
	return v.root[number/orderingStep].leaves[number/orderingFan%orderingFan].orderings[number%orderingFan]
}

// edited returns a copy that may be changed.
func (v *valueOrderings) edited() valueOrderings {
	c := *v
	c.root = slices.Clone(v.root)
	return c
}

// add gives a number to an ordering.
func (v *valueOrderings) add(e set.Epoch, o *Ordering) uint32 {
	var number uint32
	if v.free != nil {
		number, v.free = v.free.number, v.free.more
	} else {
		v.next++
		number = v.next
	}
	v.set(e, number, o)
	return number
}

// remove takes the number back.
func (v *valueOrderings) remove(e set.Epoch, number uint32) {
	v.set(e, number, nil)
	v.free = &freeNumber{number, v.free}
}

func (v *valueOrderings) set(e set.Epoch, number uint32, o *Ordering) {
	branch := ownRoot(e, &v.root, int(number/orderingStep))
	leaf := own(e, &branch.leaves[number/orderingFan%orderingFan])
	leaf.orderings[number%orderingFan] = o
}
