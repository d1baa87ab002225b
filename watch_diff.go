package sessiondex

import (
	"slices"
	"sort"

	"github.com/sessiondex/sessiondex/index"
)

// edit is a step on the way from one window of a listing to another; see Event
// for the meaning of the ranks.
type edit struct {
	kind EventKind
	// row is where the session stands in the new window or, if it left, in the old
	// one.
	row, oldRank, newRank int
}

// diff returns the steps from one window to another: first those that take rows
// out, from the bottom up, then, from the top down, those that move, put in and
// change rows. Rows that keep their order are not moved: it is the rest that
// moves, and that is as few as can be. O(n log n), and O(n) for each row that
// moves or enters.
func diff(old, now []index.Packed) []edit {
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
	var edits []edit
	// list holds the rows of the part that differs as it is between two steps, each
	// by its place in the new window.
	list := make([]int, 0, max(oldEnd, nowEnd)-head)
	was := make(map[int]int, nowEnd-head) // from the place in the new window to the old one
	for i := oldEnd - 1; i >= head; i-- {
		if at, stays := place[old[i].ID()]; stays {
			list = append(list, at)
			was[at] = i
		} else {
			edits = append(edits, edit{Left, i, i, -1})
		}
	}
	slices.Reverse(list)
	settled := make(map[int]bool, nowEnd-head)
	for _, at := range longestAscending(list) {
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
			edits = append(edits, edit{Entered, i, -1, head + to})
		case settled[i]:
			if !old[from].Same(&now[i]) {
				at := head + slices.Index(list, i)
				edits = append(edits, edit{Changed, i, at, at})
			}
		default:
			at := slices.Index(list, i)
			if at < to {
				to--
			}
			list = slices.Insert(slices.Delete(list, at, at+1), to, i)
			edits = append(edits, edit{Moved, i, head + at, head + to})
		}
	}
	return edits
}

// longestAscending returns a longest ascending subsequence of distinct numbers.
func longestAscending(numbers []int) []int {
	// tops[k] is the position of the lowest number that an ascending sequence of
	// length k+1 can end on so far, before[i] what precedes numbers[i] in its own.
	var tops []int
	before := make([]int, len(numbers))
	for i, n := range numbers {
		k := sort.Search(len(tops), func(k int) bool { return numbers[tops[k]] > n })
		before[i] = -1
		if k > 0 {
			before[i] = tops[k-1]
		}
		if k == len(tops) {
			tops = append(tops, i)
		} else {
			tops[k] = i
		}
	}
	out := make([]int, len(tops))
	if len(tops) > 0 {
		for k, i := len(tops)-1, tops[len(tops)-1]; k >= 0; k, i = k-1, before[i] {
			out[k] = numbers[i]
		}
	}
	return out
}
