package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// document is text of the report as it grows.
type document struct {
	strings.Builder
	// anchors gives rows their names, as a page needs them and a terminal does not.
	anchors bool
}

// table is a Markdown table that also reads well as plain text.
type table struct {
	rows  [][]string
	names []string // of the rows, "" if one has none
}

func newTable(columns ...string) *table { return &table{[][]string{columns}, []string{""}} }

// head adds a column.
func (t *table) head(column string) { t.rows[0] = append(t.rows[0], column) }

func (t *table) row(cells ...string) { t.named("", cells...) }

// named adds a row that can be linked to. GitHub keeps the id of an anchor.
func (t *table) named(name string, cells ...string) {
	t.rows, t.names = append(t.rows, cells), append(t.names, name)
}

// anchor makes a name out of texts: lower case, with hyphens for what is neither letter
// nor digit.
func anchor(parts ...string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(strings.Join(parts, " ")) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
		case r != ',': // between thousands, and before a space
			gap = true
		}
	}
	return b.String()
}

func (t *table) print(b *document) {
	first := slices.Clone(t.names)
	for i, row := range t.rows {
		if first[i] = row[0]; b.anchors && t.names[i] != "" {
			first[i] = fmt.Sprintf(`<a id="%s"></a>%s`, t.names[i], row[0])
		}
	}
	widths := make([]int, len(t.rows[0]))
	for k, row := range t.rows {
		for i, cell := range row {
			if i == 0 {
				cell = first[k]
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	for k, row := range t.rows {
		for i, width := range widths {
			cell := ""
			if i == 0 {
				cell = first[k]
			} else if i < len(row) {
				cell = row[i]
			}
			pad := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
			if i == 0 {
				fmt.Fprintf(b, "| %s%s ", cell, pad)
			} else {
				fmt.Fprintf(b, "| %s%s ", pad, cell)
			}
		}
		b.WriteString("|\n")
		if k > 0 {
			continue
		}
		for i, width := range widths {
			if i == 0 {
				b.WriteString("| " + strings.Repeat("-", width) + " ")
			} else {
				b.WriteString("| " + strings.Repeat("-", width-1) + ": ")
			}
		}
		b.WriteString("|\n")
	}
}

// short is a time with three significant digits.
func short(d time.Duration) string {
	ns := float64(d)
	for _, unit := range []struct {
		name string
		ns   float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if ns >= unit.ns {
			return digits(ns/unit.ns) + " " + unit.name
		}
	}
	return digits(ns) + " ns"
}

func digits(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), ".00")
}

func ratio(v float64) string { return digits(v) + " ×" }

func bytesText(n int64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if float64(n) >= unit.size {
			return digits(float64(n)/unit.size) + " " + unit.name
		}
	}
	return fmt.Sprintf("%d B", n)
}

// number has its thousands apart.
func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// sortBy sorts by a key, the smallest first.
func sortBy[T any, K cmp.Ordered](list []T, key func(T) K) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// writeTable shows a table that is measured in place of the report, and writes it to a file
// of -out and between the marks of -readme.
func writeTable(s settings, name string, m marks, text string) error {
	if _, err := os.Stdout.WriteString(text); err != nil {
		return err
	}
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.out, name), []byte(text), 0o644); err != nil {
		return err
	}
	if s.readme == "" {
		return nil
	}
	return between(s.readme, "-readme", m, text)
}

// timedCell is a cell of such a table: the median, the 99th percentile of several calls
// followed by more, and how many times our median that is.
func timedCell(name string, timed, ours timing, more string) string {
	cell := short(timed.Median)
	if timed.Calls > 1 {
		cell += " / " + short(timed.P99) + more
	}
	if name != us && ours.Median > 0 {
		cell += " (" + ratio(float64(timed.Median)/float64(ours.Median)) + ")"
	}
	return cell
}

// reachCell says which figure the design sets for a row.
func reachCell(reach time.Duration) string {
	if reach == 0 {
		return "–"
	}
	return "≤ " + short(reach)
}
