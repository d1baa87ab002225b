package index

import (
	"sort"

	"github.com/tidwall/btree"
)

// Ordering is all or some of a version's sessions in one order: a B-tree of
// blocks, where a block is a flat array of up to blockMax ordinals. Passing over
// sessions by their number costs a step per block, and testing them against a
// bit array runs over flat memory.
//
// A published Ordering is immutable and safe for concurrent use.
type Ordering struct {
	by   Order
	n    int
	tree *btree.BTreeG[*block]
}

// block is immutable. low is the key of its first session and gives the block
// its place in the tree.
type block struct {
	low  Key
	ords []uint32
}

// A block splits above blockMax and looks for a neighbour to join below blockMin.
// Bulk loading fills to blockFill. An update copies a block, 3 KB on average, so
// larger blocks would make writes dearer, and smaller ones deep offsets.
const (
	blockMax  = 1024
	blockFill = 768
	blockMin  = 128
)

func newOrdering(by Order) *Ordering {
	return &Ordering{by: by, tree: btree.NewBTreeGOptions(func(a, b *block) bool {
		return a.low.Compare(by, &b.low) < 0
	}, btree.Options{NoLocks: true, Degree: 32})}
}

// Len returns the number of sessions. O(1).
func (o *Ordering) Len() int { return o.n }

// By returns what the ordering sorts by.
func (o *Ordering) By() Order { return o.by }

// Ascend calls fn with consecutive runs of ordinals that together are the
// positions from up to but not including to, until fn returns false. A run is a
// view into a block: it must not be changed. Reaching position from costs some
// nanoseconds per block before it.
func (o *Ordering) Ascend(from, to int, fn func(run []uint32) bool) {
	pos := 0
	o.tree.Scan(func(b *block) bool {
		start := pos
		pos += len(b.ords)
		if pos <= from {
			return true
		}
		if start >= to {
			return false
		}
		return fn(b.ords[max(from-start, 0):min(to-start, len(b.ords))]) && pos < to
	})
}

// Descend is Ascend from the end: the runs come last first, and each is still in
// ascending order. Reaching position to costs some nanoseconds per block after it.
func (o *Ordering) Descend(from, to int, fn func(run []uint32) bool) {
	pos := o.n
	o.tree.Reverse(func(b *block) bool {
		end := pos
		pos -= len(b.ords)
		if pos >= to {
			return true
		}
		if end <= from {
			return false
		}
		return fn(b.ords[max(from-pos, 0):min(to-pos, len(b.ords))]) && pos > from
	})
}

// AppendRange appends the ordinals at positions from up to but not including to,
// approaching them from the nearer end.
func (o *Ordering) AppendRange(dst []uint32, from, to int) []uint32 {
	if from >= to {
		return dst
	}
	if from <= o.n-to {
		o.Ascend(from, to, func(run []uint32) bool {
			dst = append(dst, run...)
			return true
		})
		return dst
	}
	dst = append(dst, make([]uint32, to-from)...)
	end := len(dst)
	o.Descend(from, to, func(run []uint32) bool {
		end -= copy(dst[end-len(run):end], run)
		return true
	})
	return dst
}

// find returns the block that holds key k or would take it: the last one that
// starts at or before k, or the first block of all. nil if there is none.
func (o *Ordering) find(k *Key) *block {
	var found *block
	o.tree.Descend(&block{low: *k}, func(b *block) bool {
		found = b
		return false
	})
	if found == nil {
		found, _ = o.tree.Min()
	}
	return found
}

// after returns the block that follows b, or nil.
func (o *Ordering) after(b *block) *block {
	var next *block
	o.tree.Ascend(b, func(c *block) bool {
		if c != b {
			next = c
		}
		return c == b
	})
	return next
}

func (o *Ordering) before(b *block) *block {
	var prev *block
	o.tree.Descend(b, func(c *block) bool {
		if c != b {
			prev = c
		}
		return c == b
	})
	return prev
}

// rank returns how many sessions have a key below k.
func (o *Ordering) rank(v *slots, k *Key) int {
	at := o.find(k)
	if at == nil {
		return 0
	}
	n := 0
	o.tree.Scan(func(b *block) bool {
		if b == at {
			return false
		}
		n += len(b.ords)
		return true
	})
	return n + searchBlock(o.by, v, at.ords, k)
}

// searchBlock returns the position of the first session at or above k.
func searchBlock(by Order, v *slots, ords []uint32, k *Key) int {
	prefix := prefixOf(k.Folded)
	return sort.Search(len(ords), func(i int) bool {
		return v.at(ords[i]).compareKey(by, k, prefix) >= 0
	})
}
