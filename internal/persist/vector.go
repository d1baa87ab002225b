// Package persist has the vector that every version of an index is made of: a
// radix tree that is copied where a write touches it, and shared where it does not.
package persist

import "slices"

// Epoch names one write. Nodes that carry the epoch of the write under way were
// made by it, are seen by nobody else, and may be changed in place; all others are
// shared with published versions and are copied first. An epoch is never used for
// two writes, and 0 for none.
type Epoch uint64

// Vector is a persistent vector: elements by number, in leaves of a size that fits
// what they are. Copying a Vector takes O(1); after that, the first Edit of each
// copy within an epoch copies the path to the element, about 600 bytes and a leaf.
// The zero Vector has no leaves.
//
// A Vector that nobody edits any more is immutable and safe for concurrent use.
type Vector[T any, L Leaf[T]] struct {
	epoch  Epoch // of the write that may change root in place
	root   []*upper[T, L]
	leaves int // every leaf that is there has a lower number
}

// Leaf is the sizes of leaves to choose from. An edit copies a leaf; what walks the
// vector runs over one.
type Leaf[T any] interface {
	[4]T | [32]T | [128]T | [512]T
}

const fan = 32 // of the nodes above the leaves

type upper[T any, L Leaf[T]] struct {
	epoch  Epoch
	lowers [fan]*lower[T, L]
}

type lower[T any, L Leaf[T]] struct {
	epoch  Epoch
	leaves [fan]*leaf[T, L]
}

type leaf[T any, L Leaf[T]] struct {
	epoch Epoch
	items L
}

// At returns element i, which must lie in a leaf that is there. It must not be
// written through, nor kept beyond the version.
func (v *Vector[T, L]) At(i uint32) *T {
	var l L
	k := i / uint32(len(l))
	return &v.root[k/(fan*fan)].lowers[k/fan%fan].leaves[k%fan].items[i%uint32(len(l))]
}

// Get is At for any element: nil if its leaf is not there.
func (v *Vector[T, L]) Get(i uint32) *T {
	var l L
	if items := v.Leaf(int(i / uint32(len(l)))); items != nil {
		return &(*items)[i%uint32(len(l))]
	}
	return nil
}

// Leaf returns leaf k, which holds the elements from k times its length on; nil if
// it is not there. It must not be written to.
func (v *Vector[T, L]) Leaf(k int) *L {
	if uint(k/(fan*fan)) >= uint(len(v.root)) {
		return nil
	}
	u := v.root[k/(fan*fan)]
	if u == nil {
		return nil
	}
	w := u.lowers[k/fan%fan]
	if w == nil {
		return nil
	}
	if l := w.leaves[k%fan]; l != nil {
		return &l.items
	}
	return nil
}

// Leaves returns a number that every leaf that is there is below.
func (v *Vector[T, L]) Leaves() int { return v.leaves }

// Edit returns element i for writing, within epoch e; a leaf that was not there is
// made, of zeros.
func (v *Vector[T, L]) Edit(e Epoch, i uint32) *T {
	var l L
	return &(*v.EditLeaf(e, int(i/uint32(len(l)))))[i%uint32(len(l))]
}

// EditLeaf returns leaf k for writing, within epoch e.
func (v *Vector[T, L]) EditLeaf(e Epoch, k int) *L {
	w := v.editLower(e, k)
	v.leaves = max(v.leaves, k+1)
	at := &w.leaves[k%fan]
	switch {
	case *at == nil:
		*at = &leaf[T, L]{epoch: e}
	case (*at).epoch != e:
		*at = &leaf[T, L]{epoch: e, items: (*at).items}
	}
	return &(*at).items
}

// Drop takes the leaf of element i away, within epoch e.
func (v *Vector[T, L]) Drop(e Epoch, i uint32) {
	var l L
	k := int(i / uint32(len(l)))
	v.editLower(e, k).leaves[k%fan] = nil
}

// editLower returns the node above leaf k for writing.
func (v *Vector[T, L]) editLower(e Epoch, k int) *lower[T, L] {
	if v.epoch != e {
		v.root, v.epoch = slices.Clone(v.root), e
	}
	for k/(fan*fan) >= len(v.root) {
		v.root = append(v.root, nil)
	}
	top := &v.root[k/(fan*fan)]
	switch {
	case *top == nil:
		*top = &upper[T, L]{epoch: e}
	case (*top).epoch != e:
		*top = &upper[T, L]{epoch: e, lowers: (*top).lowers}
	}
	at := &(*top).lowers[k/fan%fan]
	switch {
	case *at == nil:
		*at = &lower[T, L]{epoch: e}
	case (*at).epoch != e:
		*at = &lower[T, L]{epoch: e, leaves: (*at).leaves}
	}
	return *at
}
