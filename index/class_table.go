package index

import (
	"strings"

	"github.com/tidwall/btree"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/persist"
	"github.com/sessiondex/sessiondex/schema"
)

// combo is a session's values of the members of few values. Stores have some hundreds
// of combos, so an ordering can count its sessions by combo, and a filter by these
// members alone is a set of combos: its total is a sum, and its page is found by
// skipping branches by their counts.
type combo [NumClassFields]string

// NumClassFields is how many rows make up a combo: the first ones of the contract.
const NumClassFields = schema.RowSessionType + 1

// class is the number of a session's combo, and its kind.
type class uint16

// maxCombos bounds the combos of a version. Values are free strings, so a store may
// have more combos: the class of a session with one of the others is overflow.
const (
	maxCombos = 1 << comboBits
	overflow  = 0
	comboBits = 10
)

func newClass(combo uint16, k Kind) class { return class(combo | uint16(k)<<comboBits) }

func (c class) combo() uint16 { return uint16(c) & (maxCombos - 1) }
func (c class) kind() Kind    { return Kind(c >> comboBits) }

// visible is 1 for a class of sessions that nothing hides, and 0 for others.
func (c class) visible() uint64 { return uint64(btoi(c.kind() == 0)) }

func comboOf(e *Entry) combo { return combo(e.Values[:NumClassFields]) }

// clone copies the strings, which otherwise would keep their session's memory alive.
func (c combo) clone() combo {
	for i, value := range c {
		c[i] = strings.Clone(value)
	}
	return c
}

// comboTable numbers the combos. Persistent: adding a combo costs as much as adding a
// value.
type comboTable struct {
	n       int // numbers from 1 up to but not including n are assigned
	combos  persist.Vector[combo, [32]combo]
	byValue [NumClassFields]btree.Map[string, *comboSet] // without the empty value
}

type comboSet [maxCombos / 64]uint64

func (b *comboSet) add(c uint16)      { b[c>>6] |= 1 << (c & 63) }
func (b *comboSet) has(c uint16) bool { return b[c>>6%uint16(len(b))]>>(c&63)&1 != 0 }

func newComboTable() *comboTable { return &comboTable{n: overflow + 1} }

// having returns the numbers of the combos that have one of some values of a row.
func (t *comboTable) having(row int, values []string) (set comboSet) {
	for _, value := range values {
		if b, ok := t.byValue[row].Get(value); ok {
			for k, w := range b {
				set[k] |= w
			}
		}
	}
	return set
}

// edited returns a copy that may be changed.
func (t *comboTable) edited() *comboTable {
	c := *t
	for i := range c.byValue {
		c.byValue[i] = *t.byValue[i].Copy()
	}
	return &c
}

// give assigns a number to a combo, and removes the combo that had it.
func (t *comboTable) give(e set.Epoch, n uint16, c combo) {
	at := t.combos.Edit(e, uint32(n))
	if int(n) < t.n {
		t.note(n, at, false)
	}
	*at = c.clone()
	t.note(n, at, true)
	t.n = max(t.n, int(n)+1)
}

// note adds a number to the sets of a combo's values, or removes it.
func (t *comboTable) note(n uint16, c *combo, has bool) {
	for i, value := range c {
		if value == "" {
			continue
		}
		b := new(comboSet)
		if old, ok := t.byValue[i].Get(value); ok {
			*b = *old
		}
		if has {
			b.add(n)
		} else {
			b[n>>6] &^= 1 << (n & 63)
		}
		if *b == (comboSet{}) {
			t.byValue[i].Delete(value)
		} else {
			t.byValue[i].Set(value, b)
		}
	}
}
