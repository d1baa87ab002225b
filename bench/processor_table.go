package main

import (
	"fmt"
	"time"
)

// processor shows what the processor does for this library: allocations and caches
// by question, and the collector's part.
func (z *sized) processor(b *document) {
	ours := z.result(us)
	if ours == nil || ours.Asking == nil {
		return
	}
	z.heading(b, "what the processor does")
	b.WriteString("Of this library, for one call. Hot and cold are medians of the first query of a question, asked again and again, and asked after 64 MB of other memory have gone through the caches.\n\n")
	t := newTable("question", "allocations", "bytes allocated", "hot", "cold", "cold / hot")
	for _, q := range z.Questions {
		row, ok := ours.row(q.Name)
		if !ok || row.Missing != "" {
			continue
		}
		cells := []string{q.Name, fmt.Sprintf("%.1f", row.Allocs), number(int(row.Bytes + 0.5))}
		if w := row.Warmth; w != nil && w.Hot.Median > 0 {
			cells = append(cells, short(w.Hot.Median), short(w.Cold.Median), ratio(float64(w.Cold.Median)/float64(w.Hot.Median)))
		}
		t.named(anchor(z.key(), "call", q.Name), cells...)
	}
	t.print(b)

	b.WriteString("\nThe collector. Its share is of the time of all processors that was not idle, as measured, and as reckoned from what one collection takes and how much garbage is made; \"beside\" is the part of the measured share that was done on processors which had nothing else to do.\n\n")
	c := newTable("while", "lasted", "share", "beside", "share, reckoned", "collections", "longest pause", "garbage/s", "live objects", "live heap", "one collection takes")
	add := func(what string, s *spell) {
		if s == nil {
			return
		}
		pause := "none"
		if s.Pause > 0 {
			pause = "≤ " + short(s.Pause)
		}
		c.named(anchor(z.key(), "collector", what), what, short(s.Wall.Round(time.Millisecond)), percent(s.share()), percent(s.Idle.Seconds()/max(s.Busy.Seconds(), 1e-9)),
			percent(s.reckoned()), number(s.Cycles), pause, bytesText(int64(float64(s.Bytes)/max(s.Wall.Seconds(), 1e-9))), number(int(s.LiveObjects)), bytesText(s.LiveBytes), short(s.Full))
	}
	add("all questions, one after the other", ours.Asking)
	for _, m := range ours.Mixes {
		add(fmt.Sprintf("%s, %s updates/s", m.Asked, number(m.Rate)), m.Runtime)
	}
	c.print(b)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
