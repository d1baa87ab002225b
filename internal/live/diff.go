package live

import (
	"slices"

	"github.com/sessiondex/sessiondex/index"
)

// Kind says what an Edit does to a window.
type Kind string

// The kinds of edits.
const (
	Entered Kind = "entered" // a row is put in at NewRank
	Left    Kind = "left"    // the row at OldRank is taken out
	Moved   Kind = "moved"   // the row at OldRank goes to NewRank, and may have changed as well
	Changed Kind = "changed" // the row at NewRank has another content
)

// Edit is a step on the way from one window of a listing to another. Ranks are
// places in the window as it is at that step, -1 for none.
type Edit struct {
	Kind Kind
	// Row is where the session stands in the new window or, if it left, in the old
	// one.
	Row, OldRank, NewRank int
}

// diff returns the steps from one window to another: first those that take rows
// out, from the bottom up, then, from the top down, those that move, put in and
// change rows. Rows that keep their order are not moved: it is the rest that
// moves, and that is as few as can be. O(n log n), and O(n) for each row that
// moves or enters.
func diff(old, now []index.Packed) []Edit {
	same := min(len(old), len(now))
	head := 0
	for head < same && old[head].Same(&now[head]) {
		head++
	}
	tail := 0
	for tail < same-head && old[len(old)-1-tail].Same(&now[len(now)-1-tail]) {
		tail++
	}
	oldEnd, nowEnd := len(old)-tail, len(now)-tail
	if head == oldEnd && head == nowEnd {
		return nil
	}

	place := make(map[string]int, nowEnd-head) // in the new window
	for i := head; i < nowEnd; i++ {
		place[now[i].ID()] = i
	}
	var edits []Edit
	// list holds the rows of the part that differs as it is between two steps, each
	// by its place in the new window.
	list := make([]int, 0, max(oldEnd, nowEnd)-head)
	was := make(map[int]int, nowEnd-head) // from the place in the new window to the old one
	for i := oldEnd - 1; i >= head; i-- {
		if at, stays := place[old[i].ID()]; stays {
			list = append(list, at)
			was[at] = i
		} else {
			edits = append(edits, Edit{Left, i, i, -1})
		}
	}
	slices.Reverse(list)
	settled := make(map[int]bool, nowEnd-head)
	for _, at := range heaviestAscending(list, func(at int) int {
		// As many rows as can be stay and, if there is a choice, those that did not change.
		if old[was[at]].Same(&now[at]) {
			return len(list) + 2
		}
		return len(list) + 1
	}) {
		settled[at] = true
	}
	for i := head; i < nowEnd; i++ {
		from, there := was[i]
		to := 0 // behind the row that precedes it
		if i > head {
			to = slices.Index(list, i-1) + 1
		}
		switch {
		case !there:
			list = slices.Insert(list, to, i)
			edits = append(edits, Edit{Entered, i, -1, head + to})
		case settled[i]:
			if !old[from].Same(&now[i]) {
				at := head + slices.Index(list, i)
				edits = append(edits, Edit{Changed, i, at, at})
			}
		default:
			at := slices.Index(list, i)
			if at < to {
				to--
			}
			list = slices.Insert(slices.Delete(list, at, at+1), to, i)
			edits = append(edits, Edit{Moved, i, head + at, head + to})
		}
	}
	return edits
}

// heaviestAscending returns an ascending subsequence of distinct numbers whose
// weights, which are positive, have the largest sum.
func heaviestAscending(numbers []int, weight func(number int) int) []int {
	if len(numbers) == 0 {
		return nil
	}
	// best[i] is the largest sum of a sequence that ends on numbers[i], before[i]
	// what precedes it there. ends is a Fenwick tree: the prefix up to a number
	// tells the position of the best sequence that ends below or on it.
	low := slices.Min(numbers)
	best, before := make([]int, len(numbers)), make([]int, len(numbers))
	ends := make([]int, slices.Max(numbers)-low+2)
	for i := range ends {
		ends[i] = -1
	}
	last := 0
	for i, n := range numbers {
		before[i] = -1
		for k := n - low; k > 0; k -= k & -k {
			if e := ends[k]; e >= 0 && (before[i] < 0 || best[e] > best[before[i]]) {
				before[i] = e
			}
		}
		best[i] = weight(n)
		if before[i] >= 0 {
			best[i] += best[before[i]]
		}
		for k := n - low + 1; k < len(ends); k += k & -k {
			if ends[k] < 0 || best[i] > best[ends[k]] {
				ends[k] = i
			}
		}
		if best[i] > best[last] {
			last = i
		}
	}
	var out []int
	for i := last; i >= 0; i = before[i] {
		out = append(out, numbers[i])
	}
	return out
}
