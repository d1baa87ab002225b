package index

import (
	"hash/maphash"
	"slices"

	"github.com/tidwall/btree"
)

// idMap finds the ordinal of an id in one version: a B-tree by a seeded hash of
// the id, 16 bytes per session. Ids that share a hash stand side by side, and
// the id in the slot decides.
type idMap struct{ tree *btree.BTreeG[idItem] }

type idItem struct {
	hash uint64
	ord  uint32
}

func newIDMap() idMap {
	return idMap{btree.NewBTreeGOptions(func(a, b idItem) bool {
		if a.hash != b.hash {
			return a.hash < b.hash
		}
		return a.ord < b.ord
	}, btree.Options{NoLocks: true, Degree: 64})}
}

// The seed is the process's own, so that no one can craft ids that collide.
var idSeed = maphash.MakeSeed()

func hashID(id string) uint64 { return maphash.String(idSeed, id) }

func (m idMap) find(v *slots, id string) (ord uint32, ok bool) {
	h := hashID(id)
	m.tree.Ascend(idItem{hash: h}, func(it idItem) bool {
		if it.hash != h {
			return false
		}
		if v.at(it.ord).id() == id {
			ord, ok = it.ord, true
		}
		return !ok
	})
	return ord, ok
}

// edited returns the map without the ids gone and with those added.
func (m idMap) edited(gone, added []idItem) idMap {
	if len(gone)+len(added) == 0 {
		return m
	}
	if len(gone) == 0 && len(added) > m.tree.Len() {
		all := append(m.tree.Items(), added...)
		slices.SortFunc(all, func(a, b idItem) int {
			switch {
			case a.hash < b.hash || a.hash == b.hash && a.ord < b.ord:
				return -1
			case a == b:
				return 0
			}
			return 1
		})
		t := newIDMap()
		for _, it := range all {
			t.tree.Load(it)
		}
		return t
	}
	t := idMap{m.tree.Copy()}
	for _, it := range gone {
		t.tree.Delete(it)
	}
	for _, it := range added {
		t.tree.Set(it)
	}
	return t
}
