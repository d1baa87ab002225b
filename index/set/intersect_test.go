package set

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Sizes of the universe around the borders of limbs and chunks.
var universes = []int{1, 63, 64, 65, ChunkBits - 1, ChunkBits, ChunkBits + 1, 2*ChunkBits - 64, 2 * ChunkBits, 3*ChunkBits + 1}

// naiveClause says of each ordinal whether it satisfies a clause.
type naiveClause []bool

// randomClause makes a clause out of disjoint parts of every shape and density.
func randomClause(r *rand.Rand, n int) (Clause, naiveClause) {
	densities := []float64{0, 0.001, 0.02, 0.3, 0.9, 1}
	var c Clause
	in := make(naiveClause, n)
	// fresh draws ordinals that no other part has.
	fresh := func() []uint32 {
		var out []uint32
		for _, o := range some(r, n, densities[r.IntN(len(densities))]) {
			if !in[o] {
				in[o] = true
				out = append(out, o)
			}
		}
		return out
	}
	for range r.IntN(4) {
		if r.IntN(6) == 0 {
			c.Sets = append(c.Sets, nil)
			continue
		}
		c.Sets = append(c.Sets, made(fresh()))
	}
	if len(c.Sets) == 0 || r.IntN(4) == 0 {
		covered := n // a dense part may end early: nothing is in it past its end
		ords := fresh()
		if len(ords) > 0 && r.IntN(2) == 0 {
			covered = int(ords[len(ords)-1]) + 1
		}
		c.Found = foundOf(ords, covered, r.IntN(2) == 0)
	}
	if r.IntN(3) == 0 {
		c.Not = true
		for o := range in {
			in[o] = !in[o]
		}
	}
	return c, in
}

func TestIntersectAgreesWithTestingEachOrdinal(t *testing.T) {
	r := newRand(t)
	for _, n := range universes {
		for round := range 40 {
			clauses := make([]Clause, 1+r.IntN(4))
			naive := make([]naiveClause, len(clauses))
			for i := range clauses {
				clauses[i], naive[i] = randomClause(r, n)
			}
			var want []uint32
			for o := range uint32(n) {
				all := true
				for i := range clauses {
					if clauses[i].Contains(o) != naive[i][o] {
						require.Failf(t, "Contains is wrong", "ordinal %d of %d: %s", o, n, shapes(clauses[i:i+1]))
					}
					all = all && naive[i][o]
				}
				if all {
					want = append(want, o)
				}
			}
			d, total := Intersect(clauses, n)
			got := Found{Limbs: d.Limbs}.AppendTo(nil)
			require.Equal(t, len(want), total, "universe of %d, round %d: %s", n, round, shapes(clauses))
			requireOrdinals(t, want, got, "universe of %d, round %d: %s", n, round, shapes(clauses))
			d.Release()
		}
	}
}

// shapes describes clauses, for a failure.
func shapes(clauses []Clause) string {
	out := ""
	for _, c := range clauses {
		out += fmt.Sprintf("[not: %t, sets:", c.Not)
		for _, s := range c.Sets {
			out += fmt.Sprintf(" %d", s.Len())
		}
		if c.Found != nil {
			out += fmt.Sprintf(", found: %d, dense: %t", c.Found.N, c.Found.Limbs != nil)
		}
		out += "] "
	}
	return out
}

func TestAClauseKnowsItsSizeAndMembers(t *testing.T) {
	r := newRand(t)
	for _, n := range universes {
		for range 20 {
			c, in := randomClause(r, n)
			var want []uint32
			for o, is := range in {
				if is {
					want = append(want, uint32(o))
				}
			}
			require.Equal(t, len(want), c.Size(n))
			if !c.Not {
				got := c.AppendTo(nil)
				slices.Sort(got)
				requireOrdinals(t, want, got)
			}
		}
	}
}

// Where sets overlap, which a caller should avoid, the members are still right.
func TestOverlappingSetsAreAUnion(t *testing.T) {
	c := Clause{Sets: []*Set{New(span(0, 6000)...), New(span(3000, 9000)...)}}
	d, n := Intersect([]Clause{c}, 10_000)
	defer d.Release()
	assert.Equal(t, 9000, n)
	assert.Equal(t, span(0, 9000), Found{Limbs: d.Limbs}.AppendTo(nil))
	assert.GreaterOrEqual(t, c.Size(10_000), n, "its size is a bound")
}

func TestAnIntersectionInAnEmptyUniverse(t *testing.T) {
	d, n := Intersect([]Clause{{Not: true}, {Sets: []*Set{nil}}}, 0)
	defer d.Release()
	assert.Zero(t, n)
	assert.Empty(t, d.Limbs)
}

func TestABorrowedBitArrayIsEmpty(t *testing.T) {
	for range 100 {
		d := GetDense(3 * ChunkBits)
		require.Len(t, d.Limbs, 3*ChunkLimbs)
		for _, w := range d.Limbs {
			require.Zero(t, w)
		}
		for o := range uint32(3 * ChunkBits) {
			d.Add(o)
		}
		require.True(t, d.Contains(3*ChunkBits-1))
		d.Release()
	}
	d := GetDense(ChunkBits + 1)
	defer d.Release()
	assert.Len(t, d.Limbs, 2*ChunkLimbs, "whole chunks")
}

func TestAndCountAgreesWithTestingEachOrdinal(t *testing.T) {
	r := newRand(t)
	for _, n := range universes {
		for _, p := range []float64{0, 0.01, 0.5, 1} {
			members := some(r, n, p)
			s := made(members)
			// The bit array may be shorter than the set reaches, and longer.
			for _, size := range []int{0, n / 2, n, n + ChunkBits} {
				d := GetDense(size)
				want := 0
				for _, o := range some(r, size, 0.5) {
					d.Add(o)
					if s.Contains(o) {
						want++
					}
				}
				require.Equal(t, want, s.AndCount(d), "%d of %d members, %d bits", len(members), n, size)
				d.Release()
			}
		}
	}
	assert.Zero(t, (*Set)(nil).AndCount(GetDense(10)))
}
