package title

import (
	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// scratch is bit arrays to work in, for the documents of one segment at a time.
type scratch struct {
	limit int // of the document numbers of the largest segment
	dense [4]*set.Dense
}

// get returns the array of a number, empty. It is valid until the next call for the
// same number.
func (r *scratch) get(k int, s *segment) []uint64 {
	n := bitarray.Limbs(s.Limit())
	if r.dense[k] == nil {
		r.dense[k] = set.GetDense(r.limit)
	} else {
		clear(r.dense[k].Limbs[:n])
	}
	return r.dense[k].Limbs[:n]
}

// drop gives the arrays back.
func (r *scratch) drop() {
	for _, d := range r.dense {
		if d != nil {
			d.Release()
		}
	}
}

// union adds the titles that have any of some terms to a bit array.
func (r *scratch) union(s *segment, terms termRange, limbs []uint64) {
	var batch, refs [64]uint32
	for {
		n := s.dict.take(&terms, batch[:])
		if n == 0 {
			return
		}
		// All references first: these loads do not wait for one another, nor for
		// what is then guessed wrong about them.
		for i, t := range batch[:n] {
			refs[i] = s.posts.refs[t]
		}
		for _, ref := range refs[:n] {
			if !s.posts.or(ref, limbs) {
				tmp := r.get(2, s)
				s.posts.common[ref-commonRef].WriteDenseTo(tmp)
				bitarray.Or(limbs, tmp)
			}
		}
	}
}
