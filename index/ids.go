package index

import (
	"cmp"
	"context"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/persist"
)

// idMap finds the ordinal of an id in one version. It is a persistent hash table that
// grows by one bucket at a time (linear hashing), so that no write pays for rebuilding
// the table. A bucket has a handful of ids. Ids that share a hash are in the same
// bucket, and the id in the slot decides. Some 14 bytes per session.
type idMap struct {
	n       int // ids
	buckets uint32
	items   persist.Vector[[]idItem, [32][]idItem] // immutable lists
}

// idItem is the hash of an id and its ordinal.
type idItem struct{ hash, ord uint32 }

// idsPerBucket is how many ids a bucket has on average before another one is added.
const idsPerBucket = 6

// The seed differs in each process, so that nobody can craft ids that collide.
var idSeed = maphash.MakeSeed()

func hashID(id string) uint32 { return uint32(maphash.String(idSeed, id) >> 32) }

// bucket returns the bucket for a hash, which its low bits select; buckets that have
// been split take one more bit.
func (m *idMap) bucket(hash uint32) uint32 {
	size := uint32(1) << bits.Len32(m.buckets-1)
	b := hash & (size - 1)
	if b >= m.buckets {
		b -= size / 2
	}
	return b
}

func (m *idMap) find(v *slots, id string) (ord uint32, ok bool) {
	if m.n == 0 {
		return 0, false
	}
	h := hashID(id)
	for _, it := range *m.items.At(m.bucket(h)) {
		if it.hash == h && v.at(it.ord).id() == id {
			return it.ord, true
		}
	}
	return 0, false
}

// edited returns the map with the ids in gone, which must exist, removed and those in
// added inserted, within epoch e. The receiver stays as it was.
func (m *idMap) edited(e set.Epoch, gone, added []idItem) idMap {
	t := *m
	if len(gone) == 0 && len(added) > t.n {
		t.rebuild(e, added)
		return t
	}
	for _, it := range gone {
		at := t.items.Edit(e, t.bucket(it.hash))
		*at = slices.DeleteFunc(slices.Clone(*at), func(other idItem) bool { return other == it })
		t.n--
	}
	for _, it := range added {
		t.n++
		if t.n > int(t.buckets)*idsPerBucket {
			t.split(e)
		}
		at := t.items.Edit(e, t.bucket(it.hash))
		*at = append(append(make([]idItem, 0, len(*at)+1), *at...), it)
	}
	return t
}

// split adds a bucket, and moves to it the ids of another bucket that now belong there.
func (m *idMap) split(e set.Epoch) {
	i := m.buckets
	m.buckets++
	if i == 0 {
		m.items.Edit(e, 0)
		return
	}
	from := i - uint32(1)<<(bits.Len32(i)-1)
	old := *m.items.At(from)
	var stay, move []idItem
	for _, it := range old {
		if m.bucket(it.hash) == i {
			move = append(move, it)
		} else {
			stay = append(stay, it)
		}
	}
	*m.items.Edit(e, from), *m.items.Edit(e, i) = slices.Clip(stay), slices.Clip(move)
}

// rebuild makes a new table of the present ids and the many added ones.
func (m *idMap) rebuild(e set.Epoch, added []idItem) {
	all := slices.Clone(added)
	for b := range m.buckets {
		all = append(all, *m.items.At(b)...)
	}
	*m = idMap{n: len(all), buckets: uint32(len(all)/idsPerBucket + 1)}
	// A counting sort: ends[b] is where bucket b begins, and in the end where it ends.
	ends := make([]uint32, m.buckets+1)
	for _, it := range all {
		ends[m.bucket(it.hash)+1]++
	}
	for b := range m.buckets {
		ends[b+1] += ends[b]
	}
	sorted := make([]idItem, len(all))
	for _, it := range all {
		b := m.bucket(it.hash)
		sorted[ends[b]] = it
		ends[b]++
	}
	from := uint32(0)
	for b := range m.buckets {
		*m.items.Edit(e, b) = slices.Clone(sorted[from:ends[b]])
		from = ends[b]
	}
}

// IDsFrom returns the sessions whose id begins with a prefix. Ids have no order, so it is
// a pass over all of them, some 20 ns each. The error is the context's.
func (v *View) IDsFrom(ctx context.Context, prefix string) (set.Found, error) {
	var ords []uint32
	for k := range v.slots.rows.Leaves() {
		if k%64 == 0 {
			if err := ctx.Err(); err != nil {
				return set.Found{}, err
			}
		}
		leaf := v.slots.rows.Leaf(k)
		if leaf == nil {
			continue
		}
		for i := range leaf {
			if s := &leaf[i]; s.used() && strings.HasPrefix(s.id(), prefix) {
				ords = append(ords, uint32(k*slotLeafLen+i))
			}
		}
	}
	return set.FoundOf(ords, v.Limit()), nil
}

// DuplicateID returns an id that two sessions have, which only a Load can cause. O(n).
func (v *View) DuplicateID() (id string, found bool) {
	for b := range v.ids.buckets {
		items := *v.ids.items.At(b)
		for i, it := range items {
			for _, other := range items[:i] {
				if it.hash == other.hash && v.ID(it.ord) == v.ID(other.ord) {
					return v.ID(it.ord), true
				}
			}
		}
	}
	return "", false
}

// IDOrder returns the ordinals, in the order of their ids, of a view without free ones.
// It compares the eight bytes after the common prefix of all ids, and whole ids if
// those are equal.
func (v *View) IDOrder() []uint32 {
	type head struct {
		key uint64
		ord uint32
		id  string
	}
	heads := make([]head, v.limit)
	common := ""
	for ord := range v.limit {
		id := v.ID(ord)
		heads[ord] = head{ord: ord, id: id}
		if ord == 0 {
			common = id
		}
		n := 0
		for n < len(common) && n < len(id) && common[n] == id[n] {
			n++
		}
		common = common[:n]
	}
	for i := range heads {
		heads[i].key = prefixOf(heads[i].id[len(common):])
	}
	slices.SortFunc(heads, func(a, b head) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	ords := make([]uint32, len(heads))
	for i := range heads {
		ords[i] = heads[i].ord
	}
	return ords
}
