package set

import (
	"fmt"
	"slices"
)

// Check checks the set's invariants: order, counts, shapes.
func (s *Set) Check() error {
	if s == nil {
		return nil
	}
	n := len(s.small)
	if s.chunks != nil {
		if n != 0 {
			return fmt.Errorf("both shapes in use: %d listed, and chunks", n)
		}
		for i, c := range s.eachChunk() {
			if c.bits != c.limbs {
				return fmt.Errorf("chunk %d: its bits are not known beside it", i)
			}
			if (c.limbs == nil) == (c.list == nil) && c.n != 0 {
				return fmt.Errorf("chunk %d: not exactly one shape in use", i)
			}
			got := c.appendTo(nil)
			if len(got) != int(c.n) || c.n == 0 {
				return fmt.Errorf("chunk %d: says %d members, has %d", i, c.n, len(got))
			}
			if !strictlyAscending(got) || got[len(got)-1] >= ChunkBits {
				return fmt.Errorf("chunk %d: members out of order or of range", i)
			}
			n += len(got)
		}
	}
	if n != s.n {
		return fmt.Errorf("says %d members, has %d", s.n, n)
	}
	if !strictlyAscending(s.small) {
		return fmt.Errorf("members out of order")
	}
	return nil
}

func strictlyAscending[T uint16 | uint32](v []T) bool {
	return slices.IsSortedFunc(v, func(a, b T) int {
		if a > b {
			return 1
		}
		return -1 // an element that equals the one before it is out of order too
	})
}
