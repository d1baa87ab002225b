package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// mostLoad is how long a load may take, by the number of sessions.
var mostLoad = map[int]time.Duration{1_000_000: 5 * time.Second, 10_000_000: 90 * time.Second}

// The other figures that the design sets for a million sessions, beside those of single
// questions.
const (
	leastRatio      = 10  // over the fastest peer, on every question
	meanRatio       = 350 // geometric mean over the fastest peers
	meanRatioSQLite = 500
	mostUpdate      = 20 * time.Microsecond
	mostUpdateP99   = 80 * time.Microsecond
	mostBatch       = 12 * time.Millisecond
	mostBeside      = 1.5 // readers' p99 under a writer, beside idle
	mostOpen        = 4 * time.Second
	mostOverhead    = 310 // bytes of heap per session over its own
	mostAllocs      = 10
	mostGrowth      = 10 // keywords, from 1M to 10M
	close10         = 10 // a peer within this many times ours is shown among the losses
)

// overheadFigure is the name of a figure that the README of the project names too.
const overheadFigure = "heap per session over the sessions' own bytes"

// losses lists, worst first, where a peer is faster than this library or within ten
// times of it.
func (z *sized) losses(b *document) {
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
	z.heading(b, "where a peer is faster, or within ten times of this library")
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
		t.named(anchor(z.key(), "loss", l.what, l.peer), l.what, l.peer, show(l.best), show(l.ours), ratio(worst(l)))
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

func (z *sized) means(b *document) {
	if len(z.peers()) == 0 || z.result(us) == nil {
		return
	}
	z.heading(b, "times ours, over all questions for a page and its total")
	t := newTable("peer", "geometric mean", "least", "at", "questions")
	add := func(name string, of func(string) (time.Duration, bool)) {
		if mean, least, at, n := z.geometric(of); n > 0 {
			t.named(anchor(z.key(), "mean", name), name, ratio(mean), ratio(least), at, number(n))
		}
	}
	add("the fastest peer on each", z.fastestOf)
	for _, res := range z.peers() {
		add(res.Name, z.medianOf(res.Name))
	}
	t.print(b)
}

// figures holds the results to what the design sets.
func (z *sized) figures(b *document) {
	ours := z.result(us)
	if ours == nil {
		return
	}
	z.heading(b, "the design's figures")
	if z.Data.N != 1_000_000 {
		fmt.Fprintf(b, "They are set for 1,000,000 sessions; here there are %s.\n\n", number(z.Data.N))
	}
	t := newTable("figure", "reach", "measured", "")
	row := func(cells ...string) { t.named(anchor(z.key(), "figure", cells[0]), cells...) }
	verdict := func(ok bool) string {
		if ok {
			return "met"
		}
		return "**missed**"
	}
	atMost := func(name string, reach, measured time.Duration) {
		row(name, reachCell(reach), short(measured), verdict(measured <= reach))
	}
	for _, q := range z.Questions {
		if r, ok := ours.row(q.Name); ok && q.Reach > 0 && r.Missing == "" {
			atMost(q.Name, q.Reach, r.Median)
		}
	}
	if mean, least, at, n := z.geometric(z.fastestOf); n > 0 {
		row("against the fastest peer on every question", fmt.Sprintf("≥ %d ×", leastRatio), fmt.Sprintf("%s (%s)", ratio(least), at), verdict(least >= leastRatio))
		row("geometric mean over the fastest peers", fmt.Sprintf("≥ %d ×", meanRatio), ratio(mean), verdict(mean >= meanRatio))
	}
	if mean, _, _, n := z.geometric(z.medianOf(sqliteName)); n > 0 {
		row("geometric mean over SQLite", fmt.Sprintf("≥ %d ×", meanRatioSQLite), ratio(mean), verdict(mean >= meanRatioSQLite))
	}
	if ours.Update.Calls > 0 {
		atMost("one update, a tenth of them renames", mostUpdate, ours.Update.Median)
		atMost("one update, 99th percentile", mostUpdateP99, ours.Update.P99)
		atMost("batch of 1,000", mostBatch, ours.Batch.Median)
	}
	for _, m := range ours.Mixes {
		if idle := ours.idle(m.Asked); m.Rate > 0 && idle > 0 {
			beside := float64(m.P99) / float64(idle)
			row(fmt.Sprintf("readers' p99 under %s updates/s, %s", number(m.Rate), m.Asked), fmt.Sprintf("≤ %.1f × idle", mostBeside), ratio(beside), verdict(beside <= mostBeside))
		}
	}
	if most := mostLoad[z.Data.N]; most > 0 {
		atMost("load, titles fully indexed", most, ours.Load)
	}
	if file := z.result("sessiondex-durable"); file != nil && file.Open > 0 {
		atMost("open a file, to the first listing", mostOpen, file.Open)
	}
	over := z.overhead(ours)
	row(overheadFigure, fmt.Sprintf("≤ %d B", mostOverhead), fmt.Sprintf("%d B", over), verdict(over <= mostOverhead))
	allocs, at := 0.0, ""
	for _, q := range z.Questions {
		if r, ok := ours.row(q.Name); ok && q.Peers && r.Allocs > allocs {
			allocs, at = r.Allocs, q.Name
		}
	}
	if r, ok := ours.row("default listing, first page"); ok {
		row("allocations of a page of 50, default listing", fmt.Sprintf("≤ %d", mostAllocs), fmt.Sprintf("%.1f", r.Allocs), verdict(r.Allocs <= mostAllocs+0.5))
	}
	row("allocations of a page of 50, worst question", fmt.Sprintf("≤ %d", mostAllocs), fmt.Sprintf("%.1f (%s)", allocs, at), verdict(allocs <= mostAllocs+0.5))
	t.print(b)
}

// overhead is the heap for each session over its own bytes.
func (z *sized) overhead(res *result) int64 { return (res.Heap - res.Own) / int64(max(1, z.Data.N)) }
