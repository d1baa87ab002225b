package shell

import (
	"cmp"
	"slices"
)

// The rules by which segments are rewritten. They bound the number of segments, to
// FanOut-1 of each size class and some eight of the largest (more only where
// MaxSegment is less than a quarter of all titles), and the deleted, to a third
// of what is live.

// A segment is rewritten when more than one title in this many is deleted.
const maxDeletedShare = 4

// segmentCap returns how many titles a segment may have in a store of n.
func (o *Options) segmentCap(n int) int {
	return min(max(n/4, 32*o.SealTitles), o.MaxSegment)
}

// candidate is a segment that may be rewritten.
type candidate[S Segment] struct {
	SegmentView[S]
	live int
}

// planMerge returns what is to be rewritten into one segment, nil if all is well.
// It may reorder the candidates.
func planMerge[S Segment](o *Options, all []candidate[S], titles int) []candidate[S] {
	limit := o.segmentCap(titles)
	slices.SortStableFunc(all, func(a, b candidate[S]) int { return cmp.Compare(a.live, b.live) })
	// What is more than half full is not merged any further.
	mergeable := all
	for len(mergeable) > 0 && mergeable[len(mergeable)-1].live > limit/2 {
		mergeable = mergeable[:len(mergeable)-1]
	}

	worst := -1
	for i, c := range all {
		if d := c.Deleted.Len(); d*maxDeletedShare > c.Docs.Len() && (worst < 0 || d > all[worst].Deleted.Len()) {
			worst = i
		}
	}
	if worst >= 0 {
		// Small ones come along as long as the new segment is below the limit.
		pick, sum := []candidate[S]{all[worst]}, all[worst].live
		for i, c := range mergeable {
			if i != worst {
				if sum += c.live; sum > limit {
					break
				}
				pick = append(pick, c)
			}
		}
		return pick
	}

	for from := 0; from < len(mergeable); {
		to := from
		for to < len(mergeable) && o.sizeClass(mergeable[to].live) == o.sizeClass(mergeable[from].live) {
			to++
		}
		if to-from >= o.FanOut {
			n, sum := 0, 0
			for _, c := range mergeable[from:to] {
				if sum += c.live; sum > limit {
					break
				}
				n++
			}
			return mergeable[from : from+n] // two at least: each is at most half of the limit
		}
		from = to
	}
	return nil
}

// sizeClass numbers the sizes by powers of FanOut; everything up to FanOut times
// SealTitles is in class 0.
func (o *Options) sizeClass(live int) int {
	class := 0
	for live /= o.SealTitles; live >= o.FanOut; live /= o.FanOut {
		class++
	}
	return class
}
