package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// growth compares the plain sizes: medians, and the slowest of a hundred.
func (r *report) growth(b *document) {
	sizes := r.plainSizes()
	if len(sizes) < 2 {
		return
	}
	b.WriteString("\n## Growth\n\nThis library by the number of sessions. Some questions reach further down, or have more matches, in proportion to it. The exponent is 0 where the time stays, and 1 where it grows as the number of sessions does; more than that is **worse than linear**.\n")
	b.WriteString("\n### Growth of medians\n\n")
	r.growthTable(b, sizes, "growth", func(t timing) time.Duration { return t.Median })
	b.WriteString("\n### Growth of 99th percentiles\n\nOf less than 100 calls the longest.\n\n")
	r.growthTable(b, sizes, "growth p99", func(t timing) time.Duration { return t.P99 })
	keywordGrowth(b, sizes)
}

// keywordGrowth holds the keywords' growth to the design's figure.
func keywordGrowth(b *document, sizes []*sized) {
	const from, to = 1_000_000, 10_000_000
	var small, large *sized
	for _, z := range sizes {
		switch z.Data.N {
		case from:
			small = z
		case to:
			large = z
		}
	}
	if small == nil || large == nil {
		return
	}
	most, at := 0.0, ""
	for _, q := range large.Questions {
		before, ok := small.row(us, q.Name)
		after, found := large.row(us, q.Name)
		if !q.Once || !ok || !found || before.Missing != "" || after.Missing != "" {
			continue
		}
		if times := float64(after.Median) / float64(max(before.Median, 1)); times > most {
			most, at = times, q.Name
		}
	}
	fmt.Fprintf(b, "\nFrom %s to %s sessions a keyword takes at most %s what it took (%s); the design asks for %d ×.\n", number(from), number(to), ratio(most), at, mostGrowth)
}

func (r *report) growthTable(b *document, sizes []*sized, name string, pick func(timing) time.Duration) {
	t := newTable("what")
	for _, z := range sizes {
		t.head(number(z.Data.N))
	}
	t.head("last / first")
	t.head("exponent")
	// add has a row of values, 0 where there is none.
	add := func(what string, show func(time.Duration) string, value func(z *sized) time.Duration) {
		cells := []string{what}
		var known []*sized
		for _, z := range sizes {
			if value(z) <= 0 {
				cells = append(cells, "")
				continue
			}
			known = append(known, z)
			cells = append(cells, show(value(z)))
		}
		if len(known) == 0 {
			return
		}
		if first, last := known[0], known[len(known)-1]; first != last {
			times := float64(value(last)) / float64(value(first))
			exponent := math.Log(times) / math.Log(float64(last.Data.N)/float64(first.Data.N))
			text := strings.Replace(fmt.Sprintf("%.2f", exponent), "-0.00", "0.00", 1)
			if exponent > 1.05 { // which is not noise
				text = "**" + text + "**"
			}
			cells = append(cells, ratio(times), text)
		}
		t.named(anchor(name, what), cells...)
	}
	var asked []string
	seen := map[string]bool{}
	for _, z := range sizes {
		for _, q := range z.Questions {
			if !seen[q.Name] {
				seen[q.Name], asked = true, append(asked, q.Name)
			}
		}
	}
	for _, question := range asked {
		add(question, short, func(z *sized) time.Duration {
			row, ok := z.row(us, question)
			if !ok || row.Missing != "" {
				return 0
			}
			return pick(row.timing)
		})
	}
	ours := func(of func(*result) time.Duration) func(*sized) time.Duration {
		return func(z *sized) time.Duration {
			if res := z.result(us); res != nil {
				return of(res)
			}
			return 0
		}
	}
	add("one update", short, ours(func(r *result) time.Duration { return pick(r.Update) }))
	add("batch of 1,000", short, ours(func(r *result) time.Duration { return pick(r.Batch) }))
	if name == "growth" {
		add("load", short, ours(func(r *result) time.Duration { return r.Load }))
		add("open a file, to the first listing", short, func(z *sized) time.Duration {
			if res := z.result("sessiondex-durable"); res != nil {
				return res.Open
			}
			return 0
		})
		bytes := func(d time.Duration) string { return fmt.Sprintf("%d B", int64(d)) }
		add("heap per session over its own bytes", bytes, func(z *sized) time.Duration {
			if res := z.result(us); res != nil {
				return time.Duration(z.overhead(res))
			}
			return 0
		})
	}
	t.print(b)
}
