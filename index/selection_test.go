package index

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/schema"
)

// requireSelections compares selections of random classes with the plain list.
func (w *world) requireSelections(r *rand.Rand, t *tree) {
	w.t.Helper()
	w.requireSelectionsOf(r, &t.all, w.ords)
	w.requireSelectionsOf(r, &t.visible, w.visible())
}

func (w *world) requireSelectionsOf(r *rand.Rand, o *Ordering, all []uint32) {
	w.t.Helper()
	v := w.v
	for range 6 {
		classes := randomClasses(r)
		var want []uint32
		for _, ord := range all {
			if classes.has(w.v.slots.class(ord)) != 0 {
				want = append(want, ord)
			}
		}
		s := v.Select(o, classes)
		require.Equal(w.t, len(want), s.Len())
		for range 20 {
			from, to := r.IntN(len(want)+2), r.IntN(len(want)+2)
			if r.IntN(2) == 0 {
				to = from + r.IntN(60)
			}
			got, read := s.AppendRange([]uint32{77}, from, to)
			require.Equal(w.t, uint32(77), got[0])
			require.LessOrEqual(w.t, len(got)-1, read)
			runs := []uint32{77}
			s.Ascend(from, to, func(run []uint32) bool {
				runs = append(runs, run...)
				return true
			})
			requireSame(w.t, got, runs)
			calls := 0
			s.Ascend(from, to, func([]uint32) bool {
				calls++
				return false
			})
			require.LessOrEqual(w.t, calls, 1)
			if from < min(to, len(want)) {
				requireSame(w.t, want[from:min(to, len(want))], got[1:])
			} else {
				require.Len(w.t, got, 1)
			}
		}
		below := 0
		for i, ord := range all {
			if i%97 == 0 {
				require.Equal(w.t, below, s.Rank(w.v.Key(ByUpdated, ord)))
			}
			if classes.has(w.v.slots.class(ord)) != 0 {
				require.True(w.t, s.Has(ord))
				below++
			}
		}
		require.Equal(w.t, s.Len(), s.Rank(Key{At: second(math.MaxInt32)}))
	}
	whole := v.Select(o, nil)
	require.True(w.t, whole.All())
	require.Equal(w.t, len(all), whole.Len())
	got, _ := whole.AppendRange(nil, 0, whole.Len())
	requireSame(w.t, all, got)
}

// The sessions left out are few, many, runs, or all.
func TestASelectionWithoutAnother(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, 200*leafFill, 7)
	for _, leave := range []func(i int) bool{
		func(int) bool { return false }, func(i int) bool { return i%1000 == 3 }, func(i int) bool { return r.IntN(2) == 0 }, func(i int) bool { return i%50 != 7 },
		func(i int) bool { return i > 3000 && i < 9000 }, func(i int) bool { return i < 2 || i > 10_000 }, func(int) bool { return true },
	} {
		var out []uint32
		for i, ord := range w.ords {
			if leave(i) {
				out = append(out, ord)
			}
		}
		less := &contractLayout.newTree(ByUpdated, byKind).built(w.v, slices.Clone(out)).all
		base := &contractLayout.newTree(ByUpdated, byKind).built(w.v, slices.Clone(w.ords)).all
		members := set.New(slices.Sorted(slices.Values(out))...)
		for _, kinds := range []schema.Classes{contractLayout.kinds, 1, 2 | 4} {
			classes := &ClassSet{kinds: kinds, everyone: true}
			for i := range classes.combos {
				classes.combos[i] = ^uint64(0)
			}
			var want []uint32
			for _, ord := range w.ords {
				if kinds.Has(w.v.slots.class(ord).kind()) && !members.Contains(ord) {
					want = append(want, ord)
				}
			}
			s := w.v.Select(base, classes).Without(w.v.Select(less, classes), members)
			require.Equal(t, len(want), s.Len())
			require.True(t, s.LeavesOut())
			require.False(t, s.All())
			for range 40 {
				from := r.IntN(len(want) + 2)
				to := from + r.IntN(200)
				got, read := s.AppendRange(nil, from, to)
				part := want[min(from, len(want)):min(to, len(want))]
				require.Equal(t, len(part), len(got))
				require.True(t, slices.Equal(part, got))
				require.GreaterOrEqual(t, read, len(got))
				var runs []uint32
				s.Ascend(from, to, func(run []uint32) bool {
					runs = append(runs, run...)
					return len(runs) < 70
				})
				require.True(t, slices.Equal(part[:len(runs)], runs))
				require.GreaterOrEqual(t, len(runs), min(70, len(part)))
				ord := w.ords[r.IntN(len(w.ords))]
				below, found := slices.BinarySearchFunc(want, ord, func(a, b uint32) int { return w.v.Compare(ByUpdated, a, b) })
				require.Equal(t, below, s.Rank(w.v.Key(ByUpdated, ord)))
				if s.Ordering().which == everything || w.v.slots.class(ord).kind() == 0 {
					require.Equal(t, found, s.Has(ord))
				}
			}
		}
	}
}

// randomClasses restricts combos, or kinds, or both.
func randomClasses(r *rand.Rand) *ClassSet {
	s := &ClassSet{kinds: contractLayout.kinds, everyone: true}
	for i := range s.combos {
		s.combos[i] = ^uint64(0)
	}
	asks := r.IntN(3)
	if asks > 0 {
		s.kinds = schema.Classes(r.Uint64()) & contractLayout.kinds
	}
	if asks < 2 {
		s.combos, s.everyone = comboSet{}, false
		for c := range uint16(12) {
			if r.IntN(3) == 0 {
				s.combos.add(c)
				s.comboList = append(s.comboList, c)
			}
		}
	}
	return s
}

func TestSelectionsUnderRandomWrites(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{1, 40, leafFill, leafFill + 1, 6 * leafFill, 5 * lowFill} {
		w := newWorld(t, n, 100)
		for range 12 {
			w.requireSelections(r, w.tree)
			w.randomWrite(r, 1+r.IntN(8*leafMax))
		}
	}
	w := newWorld(t, 2*lowFill*fanOfBranches.fill, 10)
	w.requireSelections(r, w.tree)
	w.randomWrite(r, 3000)
	w.requireSelections(r, w.tree)
}

// It reads every session, with the same result.
func TestASelectionOfAnOrderingThatDoesNotCount(t *testing.T) {
	w := newWorld(t, 7*lowFill, 10)
	w.requireSelections(newRand(t), contractLayout.newTree(ByUpdated, byNothing).built(w.v, w.ords))
}

func TestSelectionsOfAnOrderingThatCountsKinds(t *testing.T) {
	r := newRand(t)
	w := newWorld(t, 5*leafFill, 7)
	w.tree = contractLayout.newTree(ByUpdated, byKind).built(w.v, w.ords)
	for range 12 {
		w.requireSelections(r, w.tree)
		w.randomWrite(r, 1+r.IntN(8*leafMax))
	}
}

// A page is found by the counts: no leaf is read of a branch of leaves that has none of the
// selected. The test takes those leaves away.
func TestAPageReadsNothingWhereNothingIsSelected(t *testing.T) {
	for _, at := range []int{0, 3, 8} {
		w := newWorld(t, 100*lowFill, 1)
		move := make(map[uint32]int)
		for i := 0; i < len(w.ords); i += 11 * lowFill {
			move[w.ords[i]] = i // stays, with another class
		}
		w.write(nil, move)
		want := slices.DeleteFunc(w.visible(), func(ord uint32) bool { return w.v.slots.class(ord).combo() != 9 })
		require.Greater(t, len(want), 3)
		classes := &ClassSet{kinds: contractLayout.kinds & visible, comboList: []uint16{9}}
		classes.combos.add(9)
		s := w.v.Select(&w.tree.all, classes)
		require.True(t, w.tree.all.Counts(classes))
		require.Equal(t, len(want), s.Len())
		removeUnselected(&s, w.tree.root)
		at = min(at, len(want)-1)
		got, _ := s.AppendRange(nil, at, len(want))
		requireSame(t, want[at:], got)
		got, _ = s.AppendRange(nil, at, at+1)
		requireSame(t, want[at:at+1], got)
	}
}

func removeUnselected(s *Selection, b *branch) {
	for i := range b.branches {
		removeUnselected(s, b.branches[i].to)
	}
	for i := range b.leaves {
		if s.sum(b, b.len()[onlyVisible]) == 0 {
			b.leaves[i].to = nil
		}
	}
}
