package set

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// LeaveOut is Intersect of all clauses, and of all but each of the last ones.
func TestLeaveOutAgreesWithRepeatedIntersections(t *testing.T) {
	r := newRand(t)
	for _, n := range universes {
		for round := range 40 {
			var clauses []Clause
			for want := 1 + r.IntN(5); len(clauses) < want; {
				if c, _ := randomClause(r, n); !c.Not {
					clauses = append(clauses, c)
				}
			}
			keep := r.IntN(len(clauses) + 1)
			if keep == 0 && len(clauses) == 1 {
				keep = 1 // nothing would be left
			}
			got, counts := LeaveOut(clauses, keep, n)
			require.Len(t, got, 1+len(clauses)-keep)
			for i, d := range got {
				rest := clauses
				if i > 0 {
					rest = append(append([]Clause(nil), clauses[:keep+i-1]...), clauses[keep+i:]...)
				}
				want, total := Intersect(rest, n)
				require.Equal(t, total, counts[i], "universe of %d, round %d, result %d with %d kept: %s", n, round, i, keep, shapes(clauses))
				requireOrdinals(t, Found{Limbs: want.Limbs}.AppendTo(nil), Found{Limbs: d.Limbs}.AppendTo(nil),
					"universe of %d, round %d, result %d with %d kept: %s", n, round, i, keep, shapes(clauses))
				want.Release()
			}
			for _, d := range got {
				d.Release()
			}
		}
	}
}
