package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The figures that the design sets for a million sessions, beside those of single
// questions.
const (
	leastRatio      = 20  // over the fastest peer, on every question
	meanRatio       = 200 // geometric mean over the fastest peers
	meanRatioSQLite = 500
	mostUpdate      = 30 * time.Microsecond
	mostBeside      = 2.0 // readers' p99 under a writer, beside idle
	mostOverhead    = 700 // bytes of heap per session over its own
	mostAllocs      = 10
	close10         = 10 // a peer within so many times ours is shown among the losses
)

// losses lists, worst first, where a peer is faster than this library or within ten
// times of it.
func (z *sized) losses(b *strings.Builder) {
	if len(z.peers()) == 0 {
		return
	}
	type loss struct {
		what, peer string
		ours, best time.Duration
	}
	var found []loss
	add := func(what, peer string, ours, best time.Duration) {
		if ours > 0 && best > 0 && float64(best) < close10*float64(ours) {
			found = append(found, loss{what, peer, ours, best})
		}
	}
	for _, q := range z.Questions {
		row, ok := z.row(us, q.Name)
		if peer, best, found := z.fastest(q.Name); ok && found && row.Missing == "" {
			add(q.Name, peer, row.Median, best)
		}
	}
	if ours := z.result(us); ours != nil {
		for _, peer := range z.peers() {
			add("one update", peer.Name, ours.Update.Median, peer.Update.Median)
			add("batch of 1,000", peer.Name, ours.Batch.Median, peer.Batch.Median)
			add("load", peer.Name, ours.Load, peer.Load)
			add("resident memory (bytes, not time)", peer.Name, time.Duration(ours.RSS), time.Duration(peer.RSS))
		}
	}
	b.WriteString("\n### Where a peer is faster, or within ten times of this library\n\n")
	if len(found) == 0 {
		b.WriteString("Nowhere.\n")
		return
	}
	worst := func(l loss) float64 { return float64(l.best) / float64(l.ours) }
	sortBy(found, worst)
	t := newTable("what", "peer", "peer's", "ours", "peer's / ours")
	for _, l := range found {
		show := short
		if strings.Contains(l.what, "bytes") {
			show = func(d time.Duration) string { return bytesText(int64(d)) }
		}
		t.row(l.what, l.peer, show(l.best), show(l.ours), ratio(worst(l)))
	}
	t.print(b)
}

// geometric returns the geometric mean of the peers' medians over ours, the smallest
// of them, and the question that it is of. of says which time of the peers counts.
func (z *sized) geometric(of func(question string) (time.Duration, bool)) (mean, least float64, at string, n int) {
	sum := 0.0
	least = math.Inf(1)
	for _, q := range z.Questions {
		row, ok := z.row(us, q.Name)
		if !q.Peers || !ok || row.Missing != "" || row.Median == 0 {
			continue
		}
		best, ok := of(q.Name)
		if !ok {
			continue
		}
		r := float64(best) / float64(row.Median)
		sum += math.Log(r)
		n++
		if r < least {
			least, at = r, q.Name
		}
	}
	return math.Exp(sum / float64(max(n, 1))), least, at, n
}

func (z *sized) fastestOf(question string) (time.Duration, bool) {
	_, best, ok := z.fastest(question)
	return best, ok
}

func (z *sized) medianOf(name string) func(string) (time.Duration, bool) {
	return func(question string) (time.Duration, bool) {
		row, ok := z.row(name, question)
		return row.Median, ok && row.Missing == ""
	}
}

func (z *sized) means(b *strings.Builder) {
	if len(z.peers()) == 0 || z.result(us) == nil {
		return
	}
	b.WriteString("\n### Times ours, over all questions for a page and its total\n\n")
	t := newTable("peer", "geometric mean", "least", "at", "questions")
	add := func(name string, of func(string) (time.Duration, bool)) {
		if mean, least, at, n := z.geometric(of); n > 0 {
			t.row(name, ratio(mean), ratio(least), at, number(n))
		}
	}
	add("the fastest peer on each", z.fastestOf)
	for _, res := range z.peers() {
		add(res.Name, z.medianOf(res.Name))
	}
	t.print(b)
}

// figures holds the results to what the design sets.
func (z *sized) figures(b *strings.Builder) {
	ours := z.result(us)
	if ours == nil {
		return
	}
	b.WriteString("\n### The design's figures\n\n")
	if z.Data.N != 1_000_000 {
		fmt.Fprintf(b, "They are set for 1,000,000 sessions; here there are %s.\n\n", number(z.Data.N))
	}
	t := newTable("figure", "reach", "measured", "")
	verdict := func(ok bool) string {
		if ok {
			return "met"
		}
		return "**missed**"
	}
	for _, q := range z.Questions {
		if row, ok := ours.row(q.Name); ok && q.Reach > 0 && row.Missing == "" {
			t.row(q.Name, "≤ "+short(q.Reach), short(row.Median), verdict(row.Median <= q.Reach))
		}
	}
	if mean, least, at, n := z.geometric(z.fastestOf); n > 0 {
		t.row("against the fastest peer on every question", fmt.Sprintf("≥ %d ×", leastRatio), fmt.Sprintf("%s (%s)", ratio(least), at), verdict(least >= leastRatio))
		t.row("geometric mean over the fastest peers", fmt.Sprintf("≥ %d ×", meanRatio), ratio(mean), verdict(mean >= meanRatio))
	}
	if mean, _, _, n := z.geometric(z.medianOf("sqlite-mattn")); n > 0 {
		t.row("geometric mean over SQLite", fmt.Sprintf("≥ %d ×", meanRatioSQLite), ratio(mean), verdict(mean >= meanRatioSQLite))
	}
	if ours.Update.Calls > 0 {
		t.row("one update, a tenth of them renames", "≤ "+short(mostUpdate), short(ours.Update.Median), verdict(ours.Update.Median <= mostUpdate))
	}
	for _, m := range ours.Mixes {
		if idle := ours.idle(m.Asked); m.Rate > 0 && idle > 0 {
			beside := float64(m.P99) / float64(idle)
			t.row(fmt.Sprintf("readers' p99 under %s updates/s, %s", number(m.Rate), m.Asked), fmt.Sprintf("≤ %.0f × idle", mostBeside), ratio(beside), verdict(beside <= mostBeside))
		}
	}
	if peer := z.result("sqlite-mattn"); peer != nil && peer.Load > 0 {
		t.row("load, titles fully indexed", "< SQLite's "+short(peer.Load), short(ours.Load), verdict(ours.Load < peer.Load))
	}
	over := (ours.Heap - ours.Own) / int64(max(1, z.Data.N))
	t.row("heap per session over the sessions' own bytes", fmt.Sprintf("≤ %d B", mostOverhead), fmt.Sprintf("%d B", over), verdict(over <= mostOverhead))
	allocs, at := 0.0, ""
	for _, q := range z.Questions {
		if row, ok := ours.row(q.Name); ok && q.Peers && row.Allocs > allocs {
			allocs, at = row.Allocs, q.Name
		}
	}
	if row, ok := ours.row("default listing, first page"); ok {
		t.row("allocations of a page of 50, default listing", fmt.Sprintf("≤ %d", mostAllocs), fmt.Sprintf("%.1f", row.Allocs), verdict(row.Allocs <= mostAllocs+0.5))
	}
	t.row("allocations of a page of 50, worst question", fmt.Sprintf("≤ %d", mostAllocs), fmt.Sprintf("%.1f (%s)", allocs, at), verdict(allocs <= mostAllocs+0.5))
	t.print(b)
}
