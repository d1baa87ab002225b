package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
	columns := []string{"question"}
	var names []string
	for _, e := range featureEntrants() {
		names = append(names, e.name)
	}
	t := newTable(append(columns, names...)...)
	for _, row := range rows {
		cells := []string{row}
		for _, name := range names {
			cell := "–"
			if timed, ok := by[name][row]; ok {
				cell = short(timed.Median)
				if timed.Calls > 1 {
					cell += " / " + short(timed.P99)
				}
				if ours := by[us][row].Median; name != us && ours > 0 {
					cell += " (" + ratio(float64(timed.Median)/float64(ours)) + ")"
				}
			}
			cells = append(cells, cell)
		}
		t.row(cells...)
	}
	t.print(&b)
	text := b.String()
	if _, err := os.Stdout.WriteString(text); err != nil {
		return err
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, "features.md"), []byte(text), 0o644); err != nil {
		return err
	}
	if s.readme == "" {
		return nil
	}
	return between(s.readme, "-readme", featureMarks, text)
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
