package index

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
)

// world is a tree by update together with the slots under it, edited as a writer edits
// them, and the plain slice that it should equal.
type world struct {
	t     testing.TB
	v     *View
	epoch set.Epoch
	tree  *tree
	ords  []uint32 // sorted
}

// newWorld loads n sessions whose keys lie a step apart.
func newWorld(t testing.TB, n, step int) *world {
	w := &world{t: t, v: newView(contractLayout, scanTitles{}), epoch: 1, tree: contractLayout.newTree(ByUpdated, byCombo)}
	var edits []edit
	for i := range n {
		w.place(uint32(i), i*step)
		edits = append(edits, edit{key: w.v.Key(ByUpdated, uint32(i)), ord: uint32(i), is: w.v.slots.class(uint32(i))})
		w.ords = append(w.ords, uint32(i))
	}
	w.tree = w.tree.apply(w.v, w.v, edits)
	w.require()
	return w
}

// place gives an ordinal a slot with a key, and a class that follows from both.
func (w *world) place(ord uint32, at int) {
	*w.v.slots.classes.Edit(w.epoch, ord) = newClass(uint16(1+(int(ord)+at)%7), Kind(at%3))
	e := Entry{ID: fmt.Sprintf("%06d", ord), Updated: second(at)}
	*w.v.slots.rows.Edit(w.epoch, ord) = slot{
		text: string(appendText(nil, e.ID, "", "")), rest: string(appendRest(nil, &e)), updatedSec: e.Updated.Sec,
	}
}

// write removes, moves and adds sessions in one step: move maps an ordinal, known or not,
// to its new key.
func (w *world) write(gone []uint32, move map[uint32]int) {
	w.t.Helper()
	before, old := w.tree, w.v
	wasAt := members(before)
	next := *old
	w.v = &next
	w.epoch++
	var edits []edit
	in := make(map[uint32]bool)
	for _, ord := range w.ords {
		in[ord] = true
	}
	for _, ord := range gone {
		edits = append(edits, edit{key: w.v.Key(ByUpdated, ord), ord: ord, kind: takesOut, was: w.v.slots.class(ord)})
		w.v.slots.release(w.epoch, ord)
		delete(in, ord)
	}
	for ord, at := range move {
		if in[ord] && w.v.slots.at(ord).updatedSec == int64(at) {
			e := edit{key: w.v.Key(ByUpdated, ord), ord: ord, kind: changesClass, was: w.v.slots.class(ord), is: newClass(9, Kind(ord/2%3))}
			*w.v.slots.classes.Edit(w.epoch, ord) = e.is
			edits = append(edits, e)
			continue
		}
		if in[ord] {
			edits = append(edits, edit{key: w.v.Key(ByUpdated, ord), ord: ord, kind: takesOut, was: w.v.slots.class(ord)})
		}
		w.place(ord, at)
		edits = append(edits, edit{key: w.v.Key(ByUpdated, ord), ord: ord, is: w.v.slots.class(ord)})
		in[ord] = true
	}
	w.ords = w.ords[:0]
	for ord := range in {
		w.ords = append(w.ords, ord)
	}
	slices.SortFunc(w.ords, func(a, b uint32) int {
		s, t := w.v.slots.at(a), w.v.slots.at(b)
		return cmp.Or(cmp.Compare(s.updatedSec, t.updatedSec), cmp.Compare(s.id(), t.id()))
	})
	w.tree = w.tree.apply(old, w.v, edits)
	w.require()
	requireSame(w.t, wasAt, members(before)) // the tree before the write stays as it was
	var c checker
	c.sorted(old, before, ByUpdated, before.counts, wasAt, "the tree before")
	require.Empty(w.t, c.faults)
}

func members(t *tree) []uint32 { return t.all.AppendRange(nil, 0, t.all.Len()) }

// visible returns those of the world's sessions that are.
func (w *world) visible() []uint32 {
	return slices.DeleteFunc(slices.Clone(w.ords), func(ord uint32) bool { return w.v.slots.class(ord).kind() != 0 })
}

// leavesOf returns the leaves below a branch.
func leavesOf(b *branch) (all []*ref[leaf]) {
	for i := range b.leaves {
		all = append(all, &b.leaves[i])
	}
	for i := range b.branches {
		all = append(all, leavesOf(b.branches[i].to)...)
	}
	return all
}

func (w *world) leaves() (sizes []int) {
	for _, l := range leavesOf(w.tree.root) {
		sizes = append(sizes, int(l.n[everything]))
	}
	return sizes
}

// require checks the tree and all its nodes.
func (w *world) require() {
	w.t.Helper()
	requireSame(w.t, w.ords, members(w.tree))
	require.Equal(w.t, len(w.ords), w.tree.all.Len())
	var c checker
	c.sorted(w.v, w.tree, ByUpdated, w.tree.counts, slices.Clone(w.ords), "the tree")
	require.Empty(w.t, c.faults)
	requireNoSmallOnes(w.t, w.tree.root)
}

// requireNoSmallOnes checks that no small branch could join a neighbour.
func requireNoSmallOnes(t testing.TB, b *branch) {
	t.Helper()
	for i := range b.branches {
		one := b.branches[i].to
		requireNoSmallOnes(t, one)
		for _, k := range [...]int{i - 1, i + 1} {
			if one.size() < one.fan().min && k >= 0 && k < len(b.branches) {
				require.Greater(t, one.size()+b.branches[k].to.size(), one.fan().fill, "a small branch could join its neighbour")
			}
		}
	}
}

// lowFill is how many sessions a branch of leaves has after a bulk load.
const lowFill = 8 * leafFill

func ords(from, to int) []uint32 {
	var out []uint32
	for i := from; i < to; i++ {
		out = append(out, uint32(i))
	}
	return out
}

func TestABulkLoadFillsLeaves(t *testing.T) {
	w := newWorld(t, 2*leafFill+10, 1)
	assert.Equal(t, []int{leafFill, leafFill, 10}, w.leaves())
}

func TestALeafSplitsAboveItsMaximum(t *testing.T) {
	w := newWorld(t, 4*leafFill, 1000)
	for i := 0; i < leafMax-leafFill; i += 4 {
		move := make(map[uint32]int)
		for k := i; k < i+4; k++ {
			move[uint32(100_000+k)] = leafFill/2*1000 + k%900 + 1
		}
		w.write(nil, move)
	}
	assert.Equal(t, []int{leafMax, leafFill, leafFill, leafFill}, w.leaves())
	w.write(nil, map[uint32]int{200_000: leafFill / 2 * 1000})
	assert.Equal(t, []int{leafMax/2 + 1, leafMax / 2, leafFill, leafFill, leafFill}, w.leaves())
}

func TestAnOrderThatGrowsAtItsEndHasFullLeaves(t *testing.T) {
	w := newWorld(t, 4*leafFill, 1)
	next := len(w.ords)
	for next < 8*leafFill {
		move := make(map[uint32]int)
		for range 101 {
			move[uint32(next)] = next
			next++
		}
		w.write(nil, move)
	}
	for i, size := range w.leaves() {
		if i < len(w.leaves())-1 {
			assert.GreaterOrEqual(t, size, leafFill, "leaf %d", i)
		}
	}
}

func TestALargeBatchBetweenTwoSessionsIsSpreadOverLeaves(t *testing.T) {
	w := newWorld(t, 20*leafFill, 10_000)
	move := make(map[uint32]int)
	for i := range 5 * leafMax {
		move[uint32(100_000+i)] = 10_000*500 + 1 + i%9000
	}
	w.write(nil, move)
	for _, size := range w.leaves() {
		assert.Greater(t, size, leafMin)
	}
}

func TestASmallLeafJoinsANeighbour(t *testing.T) {
	const few = leafMin + 10
	w := newWorld(t, 6*leafFill, 1)
	for i := range 3 {
		w.write(ords(i*leafFill+few, (i+1)*leafFill), nil)
	}
	assert.Equal(t, []int{few, few, few, leafFill, leafFill, leafFill}, w.leaves())
	w.write(ords(leafFill+leafMin-1, leafFill+few), nil)
	assert.Equal(t, []int{few, leafMin - 1 + few, leafFill, leafFill, leafFill}, w.leaves(), "with the one that follows")
	w.write(ords(leafFill, leafFill+leafMin-1), nil)
	assert.Equal(t, []int{few, few, leafFill, leafFill, leafFill}, w.leaves())
	w.write(ords(2*leafFill+leafMin-1, 2*leafFill+few), nil)
	assert.Equal(t, []int{few + leafMin - 1, leafFill, leafFill, leafFill}, w.leaves(), "or with the one before")
}

// One write empties a leaf and touches the first session of the next.
func TestALeafIsEmptiedTogetherWithTheHeadOfTheNext(t *testing.T) {
	const head = 3 * leafFill // the first session of the last leaf
	for _, last := range []int{5, 40, leafFill} {
		gone := ords(2*leafFill, head)
		t.Run(fmt.Sprintf("which is removed too, last leaf of %d", last), func(t *testing.T) {
			w := newWorld(t, 3*leafFill+last, 1)
			w.write(append(slices.Clone(gone), head), nil)
		})
		t.Run(fmt.Sprintf("which moves down, last leaf of %d", last), func(t *testing.T) {
			w := newWorld(t, 3*leafFill+last, 10)
			w.write(gone, map[uint32]int{head: 7})
		})
		t.Run(fmt.Sprintf("which moves up, last leaf of %d", last), func(t *testing.T) {
			w := newWorld(t, 3*leafFill+last, 10)
			w.write(gone, map[uint32]int{head: head*10 + 25})
		})
	}
}

func TestATreeIsEmptiedAndFilledAgain(t *testing.T) {
	w := newWorld(t, 5000, 1)
	for len(w.ords) > 0 {
		w.write(slices.Clone(w.ords[:min(len(w.ords), 999)]), nil)
	}
	assert.Empty(t, w.leaves())
	w.write(nil, map[uint32]int{3: 1})
	w.write(nil, map[uint32]int{4: 0, 3: 2})
	w.write([]uint32{3, 4}, nil)
}

// Random writes of all sizes, in clusters and spread, to trees of all heights, keep the
// order and the nodes.
func TestATreeUnderRandomWrites(t *testing.T) {
	r := newRand(t)
	for _, most := range []int{leafFill, 5 * leafFill, 5 * leafFill, 8 * lowFill, lowFill * fanOfBranches.fill * 5 / 2} {
		w := newWorld(t, most/2+1+r.IntN(most/2), 100)
		writes := 60
		if most > 10_000 {
			writes = 10
		}
		for range writes {
			size := 1 + r.IntN(40)
			if r.IntN(3) == 0 {
				size = 1 + r.IntN(2*leafMax)
			}
			w.randomWrite(r, size)
		}
	}
}

func (w *world) randomWrite(r *rand.Rand, size int) {
	span := max(len(w.ords), 6*leafFill)
	target := func() int { return r.IntN(100 * span) }
	if r.IntN(2) == 0 { // all into one place
		at := target()
		target = func() int { return at + r.IntN(50) }
	}
	move := make(map[uint32]int)
	var gone []uint32
	if len(w.ords) > 0 {
		from := r.IntN(len(w.ords))
		old := w.ords[from:min(len(w.ords), from+size)] // a run of neighbours
		if r.IntN(2) == 0 {
			old = nil
			for range size {
				old = append(old, w.ords[r.IntN(len(w.ords))])
			}
			slices.Sort(old)
			old = slices.Compact(old)
		}
		stay := r.IntN(4)
		for _, ord := range old {
			switch {
			case stay == 0 || stay == 1 && r.IntN(2) == 0:
				gone = append(gone, ord)
			case stay == 2 && r.IntN(2) == 0:
				move[ord] = int(w.v.slots.at(ord).updatedSec)
			default:
				move[ord] = target()
			}
		}
	}
	if r.IntN(2) == 0 {
		used := make(map[uint32]bool)
		for _, ord := range w.ords {
			used[ord] = true
		}
		for range size {
			ord := uint32(r.IntN(span * 4 / 3))
			if !used[ord] {
				move[ord] = target()
			}
		}
	}
	w.write(gone, move)
}

func TestRangesOfAnOrdering(t *testing.T) {
	for _, n := range []int{3*leafFill + 7, 7*lowFill + 7} {
		w := newWorld(t, n, 1)
		requireRanges(t, &w.tree.all, w.ords)
		requireRanges(t, &w.tree.visible, w.visible())
	}
	hidden := newWorld(t, 9*leafFill, 1)
	gone := hidden.visible()
	hidden.write(gone[1:len(gone)-1], nil) // the leaves between the first and the last have none
	requireRanges(t, &hidden.tree.visible, hidden.visible())
	hidden.write(gone[:1], nil)
	requireRanges(t, &hidden.tree.visible, hidden.visible())
	hidden.write(gone[len(gone)-1:], nil)
	requireRanges(t, &hidden.tree.visible, nil)
}

func requireRanges(t *testing.T, o *Ordering, all []uint32) {
	t.Helper()
	r := newRand(t)
	n := len(all)
	ends := []int{0, 1, leafFill - 1, leafFill, leafFill + 1, 2 * leafFill, n - 1, n}
	for range 30 {
		ends = append(ends, r.IntN(n+1))
	}
	for _, from := range ends {
		for _, to := range ends {
			if from >= min(to, n) {
				assert.Empty(t, o.AppendRange(nil, from, to))
				continue
			}
			want := all[max(from, 0):min(to, n)]
			require.True(t, slices.Equal(append([]uint32{99}, want...), o.AppendRange([]uint32{99}, from, to)), "%d to %d", from, to)

			var up, down []uint32
			o.Ascend(from, to, func(run []uint32) bool {
				require.NotEmpty(t, run, "%d to %d", from, to)
				up = append(up, run...)
				return true
			})
			o.Descend(from, to, func(run []uint32) bool {
				require.NotEmpty(t, run, "%d to %d", from, to)
				down = append(slices.Clone(run), down...)
				return true
			})
			require.True(t, slices.Equal(want, up), "%d to %d", from, to)
			require.True(t, slices.Equal(want, down), "%d to %d", from, to)
		}
	}
	for _, walk := range []func(from, to int, fn func([]uint32) bool){o.Ascend, o.Descend} {
		if n == 0 {
			break
		}
		runs := 0
		walk(0, n, func([]uint32) bool {
			runs++
			return false
		})
		assert.Equal(t, 1, runs, "false ends the walk")
	}
}

// What stands in the whole order between two visible sessions is hidden.
func TestTheWholeOfAVisibleRange(t *testing.T) {
	w := newWorld(t, 7*lowFill, 1)
	all, from, to := w.tree.all.Whole(3, 700)
	require.Equal(t, [3]any{&w.tree.all, 3, 700}, [3]any{all, from, to}, "it has no others")
	seen := w.visible()
	for from := 0; from < len(seen); from += 31 {
		for to := from + 1; to <= len(seen); to += 97 {
			all, first, end := w.tree.visible.Whole(from, to)
			among := slices.DeleteFunc(all.AppendRange(nil, first, end), func(ord uint32) bool { return w.v.slots.class(ord).kind() != 0 })
			requireSame(t, seen[from:to], among)
		}
	}
}

func TestRankIsTheNumberOfSessionsBelow(t *testing.T) {
	for _, n := range []int{3 * leafFill, 7 * lowFill} {
		w := newWorld(t, n, 10)
		for _, o := range []*Ordering{&w.tree.all, &w.tree.visible} {
			below := 0
			for i, ord := range w.ords {
				key := w.v.Key(ByUpdated, ord)
				require.Equal(t, below, o.rank(w.v, &key), "a session's own key")
				if o.which == everything || w.v.slots.class(ord).kind() == 0 {
					below++
				}
				key.ID += "!"
				require.Equal(t, below, o.rank(w.v, &key), "a key just after it")
				require.Equal(t, below, o.rank(w.v, &Key{At: second(i*10 + 5)}), "a key between two")
			}
			assert.Equal(t, 0, o.rank(w.v, &Key{At: second(-1)}))
			assert.Equal(t, o.Len(), o.rank(w.v, &Key{At: second(1 << 30)}))
		}
	}
	assert.Equal(t, 0, contractLayout.newTree(ByTitle, byNothing).all.rank(nil, &Key{Folded: "x"}))
}

// Writes large enough to split branches, to empty them and to join small ones.
func TestBranchesSplitAndJoin(t *testing.T) {
	const n = 4 * lowFill
	w := newWorld(t, n, 100)
	require.Equal(t, []int{8, 8, 8, 8}, w.branches())
	move := make(map[uint32]int)
	for i := range 5 * leafFill {
		move[uint32(n+i)] = 100*lowFill*3/2 + i // all into one place
	}
	w.write(nil, move)
	require.Equal(t, []int{8, 7, 6, 8, 8}, w.branches(), "a branch splits")
	w.write(slices.Clone(w.ords[leafFill:lowFill]), nil)
	require.Equal(t, []int{8, 6, 8, 8}, w.branches(), "a small branch joins")
	w.write(slices.Clone(w.ords[len(w.ords)-lowFill:]), nil)
	require.Equal(t, []int{8, 6, 8}, w.branches(), "an empty one goes")
	w.write(slices.Clone(w.ords[:lowFill]), nil)
	w.write(slices.Clone(w.ords[:len(w.ords)-lowFill]), nil)
	require.Empty(t, w.branches(), "the last one is the root")
	r := newRand(t)
	for range 6 {
		w.randomWrite(r, 1+r.IntN(10*leafMax))
	}
	for len(w.ords) > 0 {
		w.write(slices.Clone(w.ords[:min(len(w.ords), 1300)]), nil)
	}
}

// A branch that loses a child may have room for a small neighbour that is not touched.
func TestABranchThatShrinksTakesItsSmallNeighbourIn(t *testing.T) {
	w := newWorld(t, 7*lowFill+10, 1)
	require.Equal(t, []int{8, 8, 8, 8, 8, 8, 8, 1}, w.branches())
	w.write(ords(6*lowFill, 6*lowFill+leafFill), nil)
	require.Equal(t, []int{8, 8, 8, 8, 8, 8, 8}, w.branches())
}

// The tree is as high as it must be, and lower again when it has shrunk.
func TestATreeGrowsAndShrinksInHeight(t *testing.T) {
	height := func(w *world) (n int) {
		for b := w.tree.root; len(b.branches) > 0; b = b.branches[0].to {
			n++
		}
		return n
	}
	w := newWorld(t, lowFill, 10)
	require.Equal(t, 0, height(w))
	for height(w) < 2 {
		move := make(map[uint32]int)
		for i := range len(w.ords) / 3 {
			move[uint32(len(w.ords)+i)] = (i*7919%len(w.ords))*10 + 1 + i%9
		}
		w.write(nil, move)
	}
	require.Greater(t, len(w.ords), lowFill*fanOfBranches.fill/2)
	for height(w) > 0 {
		w.write(slices.Clone(w.ords[len(w.ords)/4:len(w.ords)/2]), nil)
	}
	require.LessOrEqual(t, len(w.ords), leafMax*fanOfLeaves.max)
}

func (w *world) branches() (sizes []int) {
	for _, b := range w.tree.root.branches {
		sizes = append(sizes, b.to.size())
	}
	return sizes
}
