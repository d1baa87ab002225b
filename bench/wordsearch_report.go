package main

import (
	"context"
	"fmt"
	"runtime"
)

var wordMarks = marks{"<!-- words: written by bench -words -->", "<!-- end of words -->"}

// runWords measures searches by words, in place of the report, and writes a table of them.
func runWords(ctx context.Context, s settings) error {
	d := dataset{N: s.sizes[0], Seed: s.seed, Preset: s.preset, Titles: s.titles}
	rows, by, err := measureWords(ctx, d, s.budget)
	if err != nil {
		return err
	}
	var b document
	fmt.Fprintf(&b, "%s sessions, %d processors. Each word is asked once: a page and its total; median / 99th percentile, the mean number of matches, and how many times this library's median:\n\n", number(d.N), runtime.NumCPU())
	columns := []string{"words", "reach"}
	for _, e := range wordEntrants() {
		columns = append(columns, e.name)
	}
	t := newTable(columns...)
	for _, row := range append(rows, wordRow{name: wordLoad}) {
		cells := []string{row.name, reachCell(row.reach)}
		for _, e := range wordEntrants() {
			cells = append(cells, wordCell(by, row.name, e.name))
		}
		t.row(cells...)
	}
	t.print(&b)
	b.WriteString("\n")
	for _, e := range wordEntrants() {
		fmt.Fprintf(&b, "- %s: %s.\n", e.name, e.about)
	}
	return writeTable(s, "words.md", wordMarks, b.String())
}

func wordCell(by map[string]map[string]wordTiming, row, name string) string {
	timed, ok := by[name][row]
	if !ok {
		return "–"
	}
	return timedCell(name, timed.timing, by[us][row].timing, ", "+number(int(timed.hits)))
}
