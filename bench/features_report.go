package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

var featureMarks = marks{"<!-- features: written by bench -features -->", "<!-- end of features -->"}

// runFeatures measures declared fields, words and writes that read, in place of the
// report, and writes a table of them.
func runFeatures(ctx context.Context, s settings) error {
	d := dataset{N: s.sizes[0], Seed: s.seed, Preset: s.preset, Titles: s.titles}
	rows, by, err := measureFeatures(ctx, d, s.budget)
	if err != nil {
		return err
	}
	var b document
	fmt.Fprintf(&b, "%s sessions, %d processors; median / 99th percentile, and how many times this library's median:\n\n", number(d.N), runtime.NumCPU())
	columns := []string{"question", "reach"}
	var names []string
	for _, e := range featureEntrants() {
		names = append(names, e.name)
	}
	t := newTable(append(columns, names...)...)
	for _, row := range rows {
		cells := []string{row.name, reachCell(row.reach)}
		for _, name := range names {
			cell := "–"
			if timed, ok := by[name][row.name]; ok {
				cell = timedCell(name, timed, by[us][row.name], "")
			}
			cells = append(cells, cell)
		}
		t.row(cells...)
	}
	t.print(&b)
	return writeTable(s, "features.md", featureMarks, b.String())
}

// featureWords are words that some titles have: Latin letters only, which every
// analyser cuts and compares alike.
func featureWords(d dataset) ([]string, error) {
	w, err := chooseWords(d)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(w.Some), func(s string) bool { return len(s) < 5 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") != "" }), nil
}
