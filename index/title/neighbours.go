package title

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

// neighbours are the titles of each frequent pair of words that stand side by side,
// with nothing but one space between. They are certain matches of a phrase of the end
// of the one, a space, and the beginning of the other, and so need not be read, which
// would take most of the time of a phrase.
//
// Some 300 to 400 pairs are frequent, with 1.1 to 1.3 entries a title in all.
type neighbours struct {
	pairs []neighbour // by the right term, then the left one
	docs  []uint32
}

type neighbour struct {
	pair
	from, to uint32 // of its titles, in docs
}

// pair is two terms, the right one in the upper half: in the order of neighbours.
type pair uint64

func pairOf(left, right uint32) pair { return pair(right)<<32 | pair(left) }

func (p pair) left() uint32  { return uint32(p) }
func (p pair) right() uint32 { return uint32(p >> 32) }

// A pair in one title of neighbourShare and more is frequent, if it is in
// neighbourMin.
const (
	neighbourShare = 640
	neighbourMin   = 32
)

func frequentPair(titles int) int { return max(titles/neighbourShare, neighbourMin) }

// pairs is the neighbouring words of all titles, as the cutter comes by them.
type pairs struct {
	flat []pair // title by title, in terms in the order of their appearance
	ends []uint32
}

// neighbours picks the frequent pairs. rank takes terms in the order of appearance for
// those of the dictionary. It is false if pace asks for it.
func (p *pairs) neighbours(rank []uint32, titles int, pace func() bool) (neighbours, bool) {
	least := frequentPair(titles)
	each := func(f func(doc uint32, p pair)) bool {
		at := uint32(0)
		for doc, end := range p.ends {
			if doc%(16*paceEvery) == 0 && !pace() {
				return false
			}
			for _, x := range p.flat[at:end] {
				f(uint32(doc), x)
			}
			at = end
		}
		return true
	}
	// Nearly all pairs are rare. They are told by counts that several pairs share,
	// so that only few have to be counted one by one.
	bits := 0
	for 1<<bits < len(p.flat) {
		bits++
	}
	shared := make([]uint32, 1<<bits)
	slot := func(x pair) *uint32 { return &shared[uint64(x)*0x9e3779b97f4a7c15>>1>>(63-bits)] }
	if !each(func(_ uint32, x pair) { *slot(x)++ }) {
		return neighbours{}, false
	}
	type entry struct{ number, doc uint32 }
	number := map[pair]uint32{}
	var counts, last []uint32 // last: the title that a pair was last seen in, plus 1
	var entries []entry
	if !each(func(doc uint32, x pair) {
		if int(*slot(x)) < least {
			return
		}
		k, ok := number[x]
		if !ok {
			k = uint32(len(counts))
			number[x] = k
			counts, last = append(counts, 0), append(last, 0)
		}
		if last[k] != doc+1 {
			last[k] = doc + 1
			counts[k]++
			entries = append(entries, entry{k, doc})
		}
	}) {
		return neighbours{}, false
	}
	var n neighbours
	for x, k := range number {
		if int(counts[k]) >= least {
			n.pairs = append(n.pairs, neighbour{pair: pairOf(rank[x.left()], rank[x.right()]), from: k})
		}
	}
	slices.SortFunc(n.pairs, func(a, b neighbour) int { return cmp.Compare(a.pair, b.pair) })
	n.pairs = slices.Clip(n.pairs)
	const none = 1<<32 - 1
	at := last // where the next title of a pair goes
	for k := range at {
		at[k] = none
	}
	sum := uint32(0)
	for i := range n.pairs {
		b := &n.pairs[i]
		k := b.from
		at[k], b.from = sum, sum
		sum += counts[k]
		b.to = sum
	}
	n.docs = make([]uint32, sum)
	for _, e := range entries {
		if at[e.number] != none {
			n.docs[at[e.number]] = e.doc
			at[e.number]++
		}
	}
	return n, true
}

// of returns the frequent pairs of a word that ends with left and one of the terms from
// lo to hi.
func (n *neighbours) of(d *dictionary, left string, lo, hi int) iter.Seq[int] {
	return func(yield func(int) bool) {
		i := sort.Search(len(n.pairs), func(i int) bool { return int(n.pairs[i].right()) >= lo })
		for ; i < len(n.pairs) && int(n.pairs[i].right()) < hi; i++ {
			if strings.HasSuffix(view(d.term(int(n.pairs[i].left()))), left) && !yield(i) {
				return
			}
		}
	}
}

// mark sets the titles of a pair.
func (n *neighbours) mark(i int, words []uint64) {
	for _, doc := range n.docs[n.pairs[i].from:n.pairs[i].to] {
		words[doc>>6] |= 1 << (doc & 63)
	}
}

func (n *neighbours) bytes() int { return 16*cap(n.pairs) + 4*cap(n.docs) }

// check compares the neighbours with the titles of every pair.
func (n *neighbours) check(all map[pair][]uint32, titles int) error {
	maps.DeleteFunc(all, func(_ pair, docs []uint32) bool { return len(docs) < frequentPair(titles) })
	if len(all) != len(n.pairs) {
		return fmt.Errorf("%d frequent pairs, want %d", len(n.pairs), len(all))
	}
	for i, b := range n.pairs {
		if i > 0 && n.pairs[i-1].pair >= b.pair {
			return fmt.Errorf("frequent pairs %d and %d are out of order", i-1, i)
		}
		if want := all[b.pair]; !slices.Equal(n.docs[b.from:b.to], want) {
			return fmt.Errorf("the pair of terms %d and %d has %d titles, want %d", b.left(), b.right(), b.to-b.from, len(want))
		}
	}
	return nil
}
