package index

import (
	"slices"

	"github.com/sessiondex/sessiondex/index/set"
)

// classVector is a persistent vector of class numbers by ordinal, two bytes each and
// apart from the slots: a walk that tests every session reads nothing else, and a
// million of them stay in the processor's caches. An update copies 2 KB.
type classVector struct {
	root []*classBranch // owned by the version that holds it
}

const (
	classLeafLen   = 512
	classBranchLen = 64
	classStep      = classLeafLen * classBranchLen
)

type classBranch struct {
	node
	leaves [classBranchLen]*classLeaf
}

type classLeaf struct {
	node
	classes [classLeafLen]class
}

// class returns the class of the session at an ordinal in use.
func (v *slots) class(ord uint32) class { return v.classes.at(ord) }

func (v *classVector) at(ord uint32) class {
	return v.root[ord/classStep].leaves[ord/classLeafLen%classBranchLen].classes[ord%classLeafLen]
}

// clone returns a vector whose root may be changed.
func (v *classVector) clone() classVector { return classVector{slices.Clone(v.root)} }

// set notes the class of an ordinal, within epoch e.
func (v *classVector) set(e set.Epoch, ord uint32, c class) {
	branch := ownRoot(e, &v.root, int(ord/classStep))
	leaf := own(e, &branch.leaves[ord/classLeafLen%classBranchLen])
	leaf.classes[ord%classLeafLen] = c
}
