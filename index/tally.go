package index

import "slices"

// tally counts sessions by combo or by kind: an immutable list of counts, which tallies
// may share, and the last few changes to it, so that an update does not copy the list.
type tally struct {
	counts []uint32 // by bin; those past the end are zero
	n      uint16   // number of deltas
	deltas [tallyDeltas]delta
}

// delta is a bin whose count changes by one; with the top bit set it falls, otherwise
// it rises.
type delta uint16

const (
	less        = 1 << 15
	tallyDeltas = 15
)

func (d delta) bin() uint16 { return uint16(d &^ less) }

// sign is 1 or -1.
func (d delta) sign() int { return 1 - int(d>>15)*2 }

// sum returns the total count of bins that are counted from a first one; they must be
// ascending. holds is the same set as a bitmap.
func (t *tally) sum(first uint16, bins []uint16, holds *comboSet) int {
	n := 0
	if int(first) < len(t.counts) {
		counts := t.counts[first:]
		for _, p := range bins {
			if int(p) >= len(counts) {
				break
			}
			n += int(counts[p])
		}
	}
	for _, d := range t.deltas[:t.n] {
		if p := d.bin() - first; p < maxCombos { // one below the first wraps round
			n += d.sign() * int(holds[p>>6]>>(p&63)&1)
		}
	}
	return n
}

// all returns the counts as a list that the caller owns.
func (t *tally) all() []uint32 { return changed(slices.Clone(t.counts), t.deltas[:t.n]) }

// plus returns the tally after some changes, and leaves t as it is.
func (t *tally) plus(deltas []delta) tally {
	if int(t.n)+len(deltas) <= tallyDeltas {
		u := *t
		u.n += uint16(copy(u.deltas[t.n:], deltas))
		return u
	}
	return tally{counts: changed(t.all(), deltas)}
}

// add adds the counts of another tally to t, which must not be shared.
func (t *tally) add(u *tally) {
	t.counts = grown(t.counts, len(u.counts))
	for p, n := range u.counts {
		t.counts[p] += n
	}
	t.counts = changed(t.counts, u.deltas[:u.n])
}

// changed returns the counts after some changes, and may change them in place.
func changed(counts []uint32, deltas []delta) []uint32 {
	for _, d := range deltas {
		counts = grown(counts, int(d.bin())+1)
		counts[d.bin()] += uint32(d.sign())
	}
	return counts
}

// grown returns counts of at least n bins.
func grown(counts []uint32, n int) []uint32 {
	if n > len(counts) {
		counts = append(counts, make([]uint32, n-len(counts))...)
	}
	return counts
}
