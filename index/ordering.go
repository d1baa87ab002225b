package index

import (
	"sort"

	"github.com/sessiondex/sessiondex/schema"
)

// Ordering is all or some of a version's sessions in one order: a tree of three
// levels, of groups of blocks of ordinals. Every level knows how many sessions are
// below it, so a position is found by three bisections; a walk that tests sessions runs
// over flat memory.
//
// An ordering by update also counts its sessions by kind and combo, by block and by
// group: see Selection.
//
// A published Ordering is immutable and safe for concurrent use.
type Ordering struct {
	by     Order
	inText bool // see rowLayout
	n      int
	groups []groupAt
	kinds  schema.Classes // of the ordering's sessions
	// counts is what groups and blocks count by, and counted whether they do: by kind
	// always, by combo if there is more than one block.
	counts  counting
	counted bool
}

// counting says what the bins of a tally are: combos or kinds.
type counting uint8

const (
	byNothing counting = iota
	byCombo
	byKind
)

// bin returns the bin of a class in a tally.
func (by counting) bin(c class) uint16 {
	if by == byKind {
		return uint16(c.kind())
	}
	return c.combo()
}

// tells reports whether the ordering counts sessions of two classes differently.
func (o *Ordering) tells(a, b class) bool { return o.counted && o.counts.bin(a) != o.counts.bin(b) }

// group is immutable and never empty.
type group struct {
	blocks []blockAt
	tally  tally
}

// groupAt and blockAt are the list entries of a group and a block: head is the head of the
// low key, n the number of sessions, and end the number of sessions in the ordering, or in
// the group, up to its end. They lie side by side, so that neither a search nor an edit
// has to read all groups or blocks themselves.
type (
	groupAt struct {
		*group
		head   uint64
		n, end int32
	}
	blockAt struct {
		*block
		head   uint64
		n, end int32
	}
)

// block is immutable and never empty. low is the key of its first session and
// determines the block's place in the tree.
type block struct {
	low   Key
	ords  []uint32
	tally tally
}

// A block splits above blockMax and is joined with a neighbour below blockMin. Bulk
// loading fills to blockFill. An update copies a block, 1.5 KB on average, and its
// group, 1 KB: larger ones would make writes more expensive, smaller ones walks and
// tallies. A group has fewer than 1<<16 sessions, so two bytes are enough to count
// them.
const (
	blockMax  = 512
	blockFill = 384
	blockMin  = 64

	groupMax  = 64
	groupFill = 48
	groupMin  = 8
)

func (l *layout) newOrdering(by Order, kinds schema.Classes, counts counting) *Ordering {
	return &Ordering{by: by, inText: l.orders[by].inText, kinds: kinds, counts: counts, counted: counts == byKind}
}

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
	for gi := o.at(from); gi < len(o.groups); gi++ {
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
	for gi := o.at(to - 1); gi >= 0; gi-- {
		g, start := o.groups[gi], o.start(gi)
		for bi := g.at(min(to, int(g.end)) - start - 1); bi >= 0; bi-- {
			b, pos := g.blocks[bi], start+g.start(bi)
			if start+int(b.end) <= from || !fn(b.ords[max(from-pos, 0):min(to-pos, len(b.ords))]) {
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

// start returns how many sessions come before a group.
func (o *Ordering) start(group int) int {
	if group == 0 {
		return 0
	}
	return int(o.groups[group-1].end)
}

// start returns how many sessions of the group come before a block.
func (g *group) start(block int) int {
	if block == 0 {
		return 0
	}
	return int(g.blocks[block-1].end)
}

// at returns the group that holds a position; the first one for a negative position.
func (o *Ordering) at(pos int) int {
	return sort.Search(len(o.groups), func(i int) bool { return int(o.groups[i].end) > pos })
}

// at is the same for the blocks of the group.
func (g *group) at(pos int) int {
	return sort.Search(len(g.blocks), func(i int) bool { return int(g.blocks[i].end) > pos })
}

func (g *group) low() *Key { return &g.blocks[0].low }

// findGroup returns the group that holds key k or would take it: the last one that
// starts at or before k, or the first one. 0 if there is none.
func (o *Ordering) findGroup(k *Key) int {
	head := k.cell(o.inText).hi
	return max(0, sort.Search(len(o.groups), func(i int) bool {
		g := &o.groups[i]
		return g.head > head || g.head == head && g.low().Compare(k) > 0
	})-1)
}

// findBlock is the same for the blocks of a group.
func (o *Ordering) findBlock(g *group, k *Key) int {
	head := k.cell(o.inText).hi
	return max(0, sort.Search(len(g.blocks), func(i int) bool {
		b := &g.blocks[i]
		return b.head > head || b.head == head && b.low.Compare(k) > 0
	})-1)
}

// rank returns how many sessions have a key below k. O(log n).
func (o *Ordering) rank(v *View, k *Key) int {
	if o.n == 0 {
		return 0
	}
	gi := o.findGroup(k)
	g := o.groups[gi]
	bi := o.findBlock(g.group, k)
	return o.start(gi) + g.start(bi) + o.searchBlock(v, g.blocks[bi].ords, k)
}

// searchBlock returns the position of the first session at or above k. It tries the end
// first, since most keys are new and come after all others.
func (o *Ordering) searchBlock(v *View, ords []uint32, k *Key) int {
	head := k.cell(o.inText)
	n := len(ords)
	if n == 0 || v.compareKey(o.by, ords[n-1], k, head) < 0 {
		return n
	}
	return sort.Search(n-1, func(i int) bool {
		return v.compareKey(o.by, ords[i], k, head) >= 0
	})
}
