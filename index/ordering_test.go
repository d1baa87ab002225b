package index

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// world is an ordering by update together with the slots under it, edited as a
// writer edits them, and the plain slice that it should equal.
type world struct {
	t    testing.TB
	v    *View
	o    *Ordering
	ords []uint32 // sorted
}

// newWorld loads n sessions whose keys lie a step apart.
func newWorld(t testing.TB, n, step int) *world {
	w := &world{t: t, v: newView(contractLayout, scanTitles{}), o: contractLayout.newOrdering(ByUpdated, contractLayout.kinds, byCombo)}
	var edits []edit
	for i := range n {
		w.place(uint32(i), i*step)
		edits = append(edits, edit{key: w.v.Key(ByUpdated, uint32(i)), ord: uint32(i), is: w.v.slots.class(uint32(i))})
		w.ords = append(w.ords, uint32(i))
	}
	w.o = w.o.apply(w.v, edits)
	w.require()
	return w
}

// place gives an ordinal a slot with a key, and a class that follows from both.
func (w *world) place(ord uint32, at int) {
	*w.v.slots.classes.Edit(0, ord) = newClass(uint16(1+(int(ord)+at)%7), Kind(at%3))
	e := Entry{ID: fmt.Sprintf("%06d", ord), Updated: second(at)}
	*w.v.slots.rows.Edit(0, ord) = slot{
		text: string(appendText(nil, e.ID, "", "")), rest: string(appendRest(nil, &e)), updatedSec: e.Updated.Sec,
	}
}

// write removes, moves and adds sessions in one step: move maps an ordinal, known or not,
// to its new key.
func (w *world) write(gone []uint32, move map[uint32]int) {
	w.t.Helper()
	before := w.o
	wasAt := w.members(before)
	var edits []edit
	in := make(map[uint32]bool)
	for _, ord := range w.ords {
		in[ord] = true
	}
	for _, ord := range gone {
		edits = append(edits, edit{key: w.v.Key(ByUpdated, ord), ord: ord, kind: takesOut, was: w.v.slots.class(ord)})
		w.v.slots.release(0, ord)
		delete(in, ord)
	}
	for ord, at := range move {
		if in[ord] && w.v.slots.at(ord).updatedSec == int64(at) {
			e := edit{key: w.v.Key(ByUpdated, ord), ord: ord, kind: changesClass, was: w.v.slots.class(ord), is: 9}
			*w.v.slots.classes.Edit(0, ord) = e.is
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
	w.o = w.o.apply(w.v, edits)
	w.require()
	requireSame(w.t, wasAt, w.members(before)) // the ordering before the write stays as it was
}

func (w *world) members(o *Ordering) []uint32 { return o.AppendRange(nil, 0, o.Len()) }

func (w *world) blocks() (sizes []int) {
	for _, g := range w.o.groups {
		for _, b := range g.blocks {
			sizes = append(sizes, len(b.ords))
		}
	}
	return sizes
}

// require checks the ordering and all its blocks.
func (w *world) require() {
	w.t.Helper()
	requireSame(w.t, w.ords, w.members(w.o))
	require.Equal(w.t, len(w.ords), w.o.Len())
	var c checker
	c.sorted(w.v, w.o, ByUpdated, contractLayout.kinds, w.ords, "the ordering")
	require.Empty(w.t, c.faults)
	for i, g := range w.o.groups {
		if len(w.o.groups) > 1 && len(g.blocks) < groupMin {
			for _, k := range [...]int{i - 1, i + 1} {
				if k >= 0 && k < len(w.o.groups) {
					require.Greater(w.t, len(g.blocks)+len(w.o.groups[k].blocks), groupFill, "a small group could join its neighbour")
				}
			}
		}
	}
}

func ords(from, to int) []uint32 {
	var out []uint32
	for i := from; i < to; i++ {
		out = append(out, uint32(i))
	}
	return out
}

func TestABulkLoadFillsBlocks(t *testing.T) {
	w := newWorld(t, 2*blockFill+10, 1)
	assert.Equal(t, []int{blockFill, blockFill, 10}, w.blocks())
}

func TestABlockSplitsAboveItsMaximum(t *testing.T) {
	w := newWorld(t, 4*blockFill, 1000)
	for i := 0; i < blockMax-blockFill; i += 16 {
		move := make(map[uint32]int)
		for k := i; k < i+16; k++ {
			move[uint32(100_000+k)] = blockFill/2*1000 + k%900 + 1
		}
		w.write(nil, move)
	}
	assert.Equal(t, []int{blockMax, blockFill, blockFill, blockFill}, w.blocks())
	w.write(nil, map[uint32]int{200_000: blockFill / 2 * 1000})
	assert.Equal(t, []int{blockMax/2 + 1, blockMax / 2, blockFill, blockFill, blockFill}, w.blocks())
}

func TestAnOrderThatGrowsAtItsEndHasFullBlocks(t *testing.T) {
	w := newWorld(t, 4*blockFill, 1)
	next := len(w.ords)
	for next < 8*blockFill {
		move := make(map[uint32]int)
		for range 101 {
			move[uint32(next)] = next
			next++
		}
		w.write(nil, move)
	}
	for i, size := range w.blocks() {
		if i < len(w.blocks())-1 {
			assert.GreaterOrEqual(t, size, blockFill, "block %d", i)
		}
	}
}

func TestALargeBatchBetweenTwoSessionsIsSpreadOverBlocks(t *testing.T) {
	w := newWorld(t, 20*blockFill, 10_000)
	move := make(map[uint32]int)
	for i := range 5 * blockMax {
		move[uint32(100_000+i)] = 10_000*5000 + 1 + i%9000
	}
	w.write(nil, move)
	for _, size := range w.blocks() {
		assert.Greater(t, size, blockMin)
	}
}

func TestASmallBlockJoinsANeighbour(t *testing.T) {
	const few = blockMin + 10
	w := newWorld(t, 6*blockFill, 1)
	for i := range 3 {
		w.write(ords(i*blockFill+few, (i+1)*blockFill), nil)
	}
	assert.Equal(t, []int{few, few, few, blockFill, blockFill, blockFill}, w.blocks())
	w.write(ords(blockFill+blockMin-1, blockFill+few), nil)
	assert.Equal(t, []int{few, blockMin - 1 + few, blockFill, blockFill, blockFill}, w.blocks(), "with the one that follows")
	w.write(ords(blockFill, blockFill+blockMin-1), nil)
	assert.Equal(t, []int{few, few, blockFill, blockFill, blockFill}, w.blocks())
	w.write(ords(2*blockFill+blockMin-1, 2*blockFill+few), nil)
	assert.Equal(t, []int{few + blockMin - 1, blockFill, blockFill, blockFill}, w.blocks(), "or with the one before")
}

// One write empties a block and touches the first session of the next.
func TestABlockIsEmptiedTogetherWithTheHeadOfTheNext(t *testing.T) {
	const head = 3 * blockFill // the first session of the last block
	for _, last := range []int{5, 400, blockFill} {
		gone := ords(2*blockFill, head)
		t.Run(fmt.Sprintf("which is removed too, last block of %d", last), func(t *testing.T) {
			w := newWorld(t, 3*blockFill+last, 1)
			w.write(append(slices.Clone(gone), head), nil)
		})
		t.Run(fmt.Sprintf("which moves down, last block of %d", last), func(t *testing.T) {
			w := newWorld(t, 3*blockFill+last, 10)
			w.write(gone, map[uint32]int{head: 7})
		})
		t.Run(fmt.Sprintf("which moves up, last block of %d", last), func(t *testing.T) {
			w := newWorld(t, 3*blockFill+last, 10)
			w.write(gone, map[uint32]int{head: head*10 + 25})
		})
	}
}

func TestAnOrderingIsEmptiedAndFilledAgain(t *testing.T) {
	w := newWorld(t, 5000, 1)
	for len(w.ords) > 0 {
		w.write(slices.Clone(w.ords[:min(len(w.ords), 999)]), nil)
	}
	assert.Empty(t, w.blocks())
	w.write(nil, map[uint32]int{3: 1})
	w.write(nil, map[uint32]int{4: 0, 3: 2})
	w.write([]uint32{3, 4}, nil)
}

// Random writes of all sizes, in clusters and spread, keep the order and the blocks.
func TestOrderingUnderRandomWrites(t *testing.T) {
	r := newRand(t)
	for range 3 {
		n := 1 + r.IntN(5*blockFill)
		w := newWorld(t, n, 100)
		for range 60 {
			size := 1 + r.IntN(40)
			if r.IntN(3) == 0 {
				size = 1 + r.IntN(2*blockMax)
			}
			w.randomWrite(r, size)
		}
	}
}

func (w *world) randomWrite(r *rand.Rand, size int) {
	target := func() int { return r.IntN(100 * 6 * blockFill) }
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
			ord := uint32(r.IntN(8 * blockFill))
			if !used[ord] {
				move[ord] = target()
			}
		}
	}
	w.write(gone, move)
}

func TestRangesOfAnOrdering(t *testing.T) {
	w := newWorld(t, 2*blockFill+700, 1)
	r := newRand(t)
	n := len(w.ords)
	ends := []int{0, 1, blockFill - 1, blockFill, blockFill + 1, 2 * blockFill, n - 1, n}
	for range 30 {
		ends = append(ends, r.IntN(n+1))
	}
	for _, from := range ends {
		for _, to := range ends {
			if from >= to {
				assert.Empty(t, w.o.AppendRange(nil, from, to))
				continue
			}
			want := w.ords[from:to]
			require.True(t, slices.Equal(append([]uint32{99}, want...), w.o.AppendRange([]uint32{99}, from, to)), "%d to %d", from, to)

			var up, down []uint32
			w.o.Ascend(from, to, func(run []uint32) bool {
				require.NotEmpty(t, run, "%d to %d", from, to)
				up = append(up, run...)
				return true
			})
			w.o.Descend(from, to, func(run []uint32) bool {
				require.NotEmpty(t, run, "%d to %d", from, to)
				down = append(slices.Clone(run), down...)
				return true
			})
			require.True(t, slices.Equal(want, up), "%d to %d", from, to)
			require.True(t, slices.Equal(want, down), "%d to %d", from, to)
		}
	}
	for _, walk := range []func(from, to int, fn func([]uint32) bool){w.o.Ascend, w.o.Descend} {
		runs := 0
		walk(0, n, func([]uint32) bool {
			runs++
			return false
		})
		assert.Equal(t, 1, runs, "false ends the walk")
	}
}

func TestRankIsTheNumberOfSessionsBelow(t *testing.T) {
	w := newWorld(t, 3*blockFill, 10)
	for i := 0; i < len(w.ords); i += 97 {
		key := w.v.Key(ByUpdated, w.ords[i])
		require.Equal(t, i, w.o.rank(w.v, &key), "a session's own key")
		key.ID += "!"
		require.Equal(t, i+1, w.o.rank(w.v, &key), "a key just after it")
		require.Equal(t, i+1, w.o.rank(w.v, &Key{At: second(i*10 + 5)}), "a key between two")
	}
	assert.Equal(t, 0, w.o.rank(w.v, &Key{At: second(-1)}))
	assert.Equal(t, len(w.ords), w.o.rank(w.v, &Key{At: second(1 << 30)}))
	assert.Equal(t, 0, contractLayout.newOrdering(ByTitle, contractLayout.kinds, byNothing).rank(w.v, &Key{Folded: "x"}))
}

// Writes large enough to split groups, to empty them and to join small ones.
func TestGroupsSplitAndJoin(t *testing.T) {
	const n = 3 * groupFill * blockFill
	w := newWorld(t, n, 100)
	require.Equal(t, []int{groupFill, groupFill, groupFill}, w.groups())
	move := make(map[uint32]int)
	for i := range 20 * blockFill {
		move[uint32(n+i)] = 100*blockFill*groupFill + i // all into one place
	}
	w.write(nil, move)
	require.Len(t, w.groups(), 4, "a group splits")
	w.write(slices.Clone(w.ords[blockFill:groupFill*blockFill-5*blockFill]), nil)
	require.Len(t, w.groups(), 3, "a small group joins")
	w.write(slices.Clone(w.ords[len(w.ords)-groupFill*blockFill:]), nil)
	require.Len(t, w.groups(), 2, "an empty one goes")
	r := newRand(t)
	for range 6 {
		w.randomWrite(r, 1+r.IntN(10*blockMax))
	}
	for len(w.ords) > 0 {
		w.write(slices.Clone(w.ords[:min(len(w.ords), 13_000)]), nil)
	}
}

func (w *world) groups() (sizes []int) {
	for _, g := range w.o.groups {
		sizes = append(sizes, len(g.blocks))
	}
	return sizes
}
