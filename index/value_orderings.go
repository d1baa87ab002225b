package index

import (
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/persist"
)

// valueOrderings keeps the orderings of a member's values by number, apart from the
// values themselves: they change with every update, the values hardly ever, and copying
// a path through a tree of strings costs several times more. Persistent.
type valueOrderings struct {
	orderings persist.Vector[*tree, [4]*tree]
	next      uint32      // numbers up to next are assigned or free
	free      *freeNumber // to be assigned again
}

type freeNumber struct {
	number uint32
	more   *freeNumber
}

// at returns the tree of the ordering with an assigned number; nil for 0, which is never assigned.
func (v *valueOrderings) at(number uint32) *tree {
	if number == 0 {
		return nil
	}
	return *v.orderings.At(number)
}

// add assigns a number to an ordering.
func (v *valueOrderings) add(e set.Epoch, t *tree) uint32 {
	var number uint32
	if v.free != nil {
		number, v.free = v.free.number, v.free.more
	} else {
		v.next++
		number = v.next
	}
	v.set(e, number, t)
	return number
}

// remove frees the number.
func (v *valueOrderings) remove(e set.Epoch, number uint32) {
	v.set(e, number, nil)
	v.free = &freeNumber{number, v.free}
}

func (v *valueOrderings) set(e set.Epoch, number uint32, t *tree) {
	*v.orderings.Edit(e, number) = t
}
