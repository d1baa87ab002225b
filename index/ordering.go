package index

import "sort"

// Ordering is all or some of a version's sessions in one order: a tree of three
// levels, of groups of blocks of ordinals. Every level knows how many sessions are
// under it, so a position is found by three bisections; passing over sessions and
// testing them runs over flat memory.
//
// An ordering by update that is larger than a block also counts the sessions of
// each class, by block and by group: see Selection.
//
// A published Ordering is immutable and safe for concurrent use.
type Ordering struct {
	by     Order
	n      int
	groups []*group
	ends   []int // by group: the sessions up to its end
	// counted says that groups and blocks count by class.
	counted bool
}

// group is immutable and never empty.
type group struct {
	blocks []*block
	ends   []int32  // by block: the sessions of the group up to its end
	counts []uint32 // by class: sessions; classes past the end have none
}

// block is immutable and never empty. low is the key of its first session and gives
// the block its place in the tree.
type block struct {
	low    Key
	ords   []uint32
	counts []uint16 // by class: sessions; classes past the end have none
}

// A block splits above blockMax and looks for a neighbour to join below blockMin.
// Bulk loading fills to blockFill. An update copies a block, 3 KB on average, so
// larger blocks would make writes dearer, and smaller ones deep offsets. The
// like holds of a group and its blocks.
const (
	blockMax  = 1024
	blockFill = 768
	blockMin  = 128

	groupMax  = 64
	groupFill = 48
	groupMin  = 8
)

func newOrdering(by Order) *Ordering { return &Ordering{by: by} }

// Len returns the number of sessions. O(1).
func (o *Ordering) Len() int { return o.n }

// By returns what the ordering sorts by.
func (o *Ordering) By() Order { return o.by }

// Ascend calls fn with consecutive runs of ordinals that together are the
// positions from up to but not including to, until fn returns false. A run is a
// view into a block: it must not be changed. Position from is found in O(log n).
func (o *Ordering) Ascend(from, to int, fn func(run []uint32) bool) {
	if from >= to {
		return
	}
	gi := sort.SearchInts(o.ends, from+1)
	for ; gi < len(o.groups); gi++ {
		g, start := o.groups[gi], o.start(gi)
		for bi := g.at(from - start); bi < len(g.blocks); bi++ {
			b, pos := g.blocks[bi], start+g.start(bi)
			if pos >= to || !fn(b.ords[max(from-pos, 0):min(to-pos, len(b.ords))]) {
				return
			}
		}
	}
}

// Descend is Ascend from the end: the runs come last first, and each is still in
// ascending order.
func (o *Ordering) Descend(from, to int, fn func(run []uint32) bool) {
	if from >= to {
		return
	}
	to = min(to, o.n)
	gi := min(sort.SearchInts(o.ends, to), len(o.groups)-1)
	for ; gi >= 0; gi-- {
		g, start := o.groups[gi], o.start(gi)
		for bi := g.at(min(to-start, int(g.ends[len(g.ends)-1])) - 1); bi >= 0; bi-- {
			b, pos := g.blocks[bi], start+g.start(bi)
			if pos+len(b.ords) <= from || !fn(b.ords[max(from-pos, 0):min(to-pos, len(b.ords))]) {
				return
			}
		}
	}
}

// AppendRange appends the ordinals at positions from up to but not including to.
func (o *Ordering) AppendRange(dst []uint32, from, to int) []uint32 {
	o.Ascend(from, to, func(run []uint32) bool {
		dst = append(dst, run...)
		return true
	})
	return dst
}

// start returns how many sessions stand before a group.
func (o *Ordering) start(group int) int {
	if group == 0 {
		return 0
	}
	return o.ends[group-1]
}

// start returns how many sessions of the group stand before a block.
func (g *group) start(block int) int {
	if block == 0 {
		return 0
	}
	return int(g.ends[block-1])
}

// at returns the block that holds a position in the group, the first one for a
// position before it.
func (g *group) at(pos int) int {
	if pos <= 0 {
		return 0
	}
	return sort.Search(len(g.ends), func(i int) bool { return int(g.ends[i]) > pos })
}

func (g *group) len() int { return int(g.ends[len(g.ends)-1]) }

func (g *group) low() *Key { return &g.blocks[0].low }

// findGroup returns the group that holds key k or would take it: the last one that
// starts at or before k, or the first of all. 0 if there is none.
func (o *Ordering) findGroup(k *Key) int {
	return max(0, sort.Search(len(o.groups), func(i int) bool { return o.groups[i].low().Compare(o.by, k) > 0 })-1)
}

// find is the same for the blocks of the group.
func (g *group) find(by Order, k *Key) int {
	return max(0, sort.Search(len(g.blocks), func(i int) bool { return g.blocks[i].low.Compare(by, k) > 0 })-1)
}

// rank returns how many sessions have a key below k. O(log n).
func (o *Ordering) rank(v *slots, k *Key) int {
	if o.n == 0 {
		return 0
	}
	gi := o.findGroup(k)
	g := o.groups[gi]
	bi := g.find(o.by, k)
	return o.start(gi) + g.start(bi) + searchBlock(o.by, v, g.blocks[bi].ords, k)
}

// searchBlock returns the position of the first session at or above k.
func searchBlock(by Order, v *slots, ords []uint32, k *Key) int {
	prefix := prefixOf(k.Folded)
	return sort.Search(len(ords), func(i int) bool {
		return v.at(ords[i]).compareKey(by, k, prefix) >= 0
	})
}
