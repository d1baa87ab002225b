package set

import "github.com/sessiondex/sessiondex/internal/bitarray"

// LeaveOut evaluates a conjunction several times in one pass over the chunks: as a
// whole, and once without each of the clauses from index keep on. It returns the
// ordinals below n of each result, the whole first, and their numbers. No clause may
// have Not set, and each result must have at least one clause. Some 15 µs per million
// ordinals for each clause and each result. Return the results with Release.
func LeaveOut(clauses []Clause, keep, n int) ([]*Dense, []int) {
	outs := make([]*Dense, 1+len(clauses)-keep)
	counts := make([]int, len(outs))
	for k := range outs {
		outs[k] = getDense(n)
	}
	options := clauses[keep:]
	bits := make([]*limbs, len(options)) // of each optional clause
	made := make([]limbs, len(options))  // if they have to be computed
	after := make([]limbs, len(options))
	var base, tmp limbs
	for i := 0; i*ChunkLimbs < len(outs[0].Limbs); i++ {
		if !intersectChunk(clauses[:keep], i, &base, &tmp) {
			for _, d := range outs {
				*d.chunk(i) = limbs{}
			}
			continue
		}
		// The clauses after each clause are intersected from the back, those before it
		// from the front, and each result is the intersection of the two.
		for k := len(options) - 1; k >= 0; k-- {
			if bits[k] = options[k].only(i); bits[k] == nil {
				options[k].fill(i, &made[k])
				bits[k] = &made[k]
			}
			if k == len(options)-1 {
				continue
			}
			after[k] = *bits[k+1]
			if k+1 < len(options)-1 {
				bitarray.And(after[k][:], after[k+1][:])
			}
		}
		before := base
		for k := range options {
			out := outs[1+k].chunk(i)
			*out = before
			if k < len(options)-1 {
				bitarray.And(out[:], after[k][:])
			}
			counts[1+k] += bitarray.Count(out[:])
			bitarray.And(before[:], bits[k][:])
		}
		*outs[0].chunk(i) = before
		counts[0] += bitarray.Count(before[:])
	}
	return outs, counts
}

// chunk returns the limbs of chunk i.
func (d *Dense) chunk(i int) *limbs { return (*limbs)(d.Limbs[i*ChunkLimbs:]) }

// intersectChunk sets acc to the ordinals of chunk i that satisfy all clauses (all of
// them if there are no clauses); false means that there are none.
func intersectChunk(clauses []Clause, i int, acc, tmp *limbs) bool {
	if len(clauses) == 0 {
		for k := range acc {
			acc[k] = ^uint64(0)
		}
		return true
	}
	if !clauses[0].fill(i, acc) {
		return false
	}
	for k := 1; k < len(clauses); k++ {
		if !clauses[k].and(i, acc, tmp) {
			return false
		}
	}
	return true
}
