// Package persist has the persistent vector that index versions are made of: a radix tree
// of which a write copies the paths that it changes, while versions share the rest.
package persist

import "slices"

// Epoch identifies one write. Nodes with the epoch of the write under way were made by
// it and are not visible to anyone else, so they may be changed in place; all others
// are shared with published versions and are copied first. No two writes have the same
// epoch, and none has 0.
type Epoch uint64

// Vector is a persistent vector: elements by index, in leaves whose size suits the
// element type. Copying a Vector takes O(1); after that, the first Edit of each copy
// within an epoch copies the path to the element, about 600 bytes and a leaf. The zero
// Vector has no leaves.
//
// A Vector is immutable and safe for concurrent use once it is no longer edited.
type Vector[T any, L Leaf[T]] struct {
	epoch  Epoch // of the write that may change root in place
	root   []*upper[T, L]
	leaves int // exclusive bound of the numbers of existing leaves
}

// Leaf lists the possible sizes of leaves. An edit copies a leaf; a walk over the
// vector runs over the flat memory of a leaf.
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

// At returns element i, whose leaf must exist. The caller must not write to it, nor
// keep it longer than the version.
func (v *Vector[T, L]) At(i uint32) *T {
	var l L
	k := i / uint32(len(l))
	return &v.root[k/(fan*fan)].lowers[k/fan%fan].leaves[k%fan].items[i%uint32(len(l))]
}

// Get is At for any element: nil if its leaf does not exist.
func (v *Vector[T, L]) Get(i uint32) *T {
	var l L
	if items := v.Leaf(int(i / uint32(len(l)))); items != nil {
		return &(*items)[i%uint32(len(l))]
	}
	return nil
}

// Leaf returns leaf k, which holds the elements from k times its length on; nil if it
// does not exist. The caller must not write to it.
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

// Leaves returns an exclusive bound of the numbers of existing leaves.
func (v *Vector[T, L]) Leaves() int { return v.leaves }

// Edit returns element i for writing, within epoch e; it makes a missing leaf, of
// zeros.
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

// Drop removes the leaf of element i, within epoch e.
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
