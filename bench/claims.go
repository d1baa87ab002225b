package main

import (
	"fmt"
	"strings"
	"time"
)

// The figures that the project's README names, each as a link to the row of the
// report that it is from.

// claim is a row of the README's table that is a question of the report.
type claim struct {
	question string
	// text is what the README calls it; a %s in it is the number of matches.
	text string
}

var claimed = []claim{
	{"default listing, first page", "default listing, first page"},
	{"default listing, a quarter down", "default listing, a quarter down"},
	{"2 states × 2 channels × type, offset 1,000", "2 states × 2 channels × type, offset 1,000"},
	{"one application", "one application (%s sessions)"},
	{"one week, sorted by title", "one week, sorted by title"},
	{"keyword of 3+ letters, up to 1 % hits", "a new keyword, %s hits"},
	{"keyword of 1 letter", "a new keyword of one letter"},
	{"next page of a keyword, 10 % hits", "next page of a keyword"},
}

// sqliteName is the candidate that has a column of its own in the README.
const sqliteName = "sqlite-mattn"

// shownAs are the names of the peers in the README.
var shownAs = map[string]string{
	"slice": "a slice", sqliteName: "SQLite", "sqlite-modernc": "SQLite (modernc)", "duckdb": "DuckDB", "go-memdb": "go-memdb", "bleve": "bleve",
}

// claims is the text with the figures. page is the path to the file with the rows.
func (r *report) claims(page string) string {
	z := r.main()
	link := func(text string, name ...string) string {
		return fmt.Sprintf("[%s](%s#%s)", text, page, anchor(append([]string{z.key()}, name...)...))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Medians of one run on %d cores (%s) with %s:\n\n", r.Machine.Cores, r.Machine.CPU, z.title())
	b.WriteString("| question | sessiondex | fastest other | | SQLite (FTS5 trigram) |\n|---|---:|---:|---|---:|\n")
	for _, c := range claimed {
		ours, ok := z.row(us, c.question)
		if !ok || ours.Missing != "" {
			continue
		}
		text := c.text
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, number(ours.Total))
		}
		fastest, name, sqlite := "", "", ""
		if peer, best, ok := z.fastest(c.question); ok {
			fastest, name = link(short(best), c.question), shownAs[peer]
		}
		if row, ok := z.row(sqliteName, c.question); ok && row.Missing == "" {
			sqlite = link(short(row.Median), c.question)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", text, link(short(ours.Median), c.question), fastest, name, sqlite)
	}
	// kind is the part of the anchors of the rows of candidates.
	perCandidate := func(text, kind string, of func(*result) time.Duration) {
		ours := z.result(us)
		if ours == nil || of(ours) == 0 {
			return
		}
		fastest, sqlite := "", ""
		var best *result
		for _, peer := range z.peers() {
			if of(&peer) > 0 && (best == nil || of(&peer) < of(best)) {
				best = &peer
			}
		}
		name := ""
		if best != nil {
			fastest, name = link(short(of(best)), kind, best.Name), shownAs[best.Name]
		}
		if peer := z.result(sqliteName); peer != nil && of(peer) > 0 {
			sqlite = link(short(of(peer)), kind, sqliteName)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", text, link(short(of(ours)), kind, us), fastest, name, sqlite)
	}
	perCandidate("one update", "write", func(r *result) time.Duration { return r.Update.Median })
	perCandidate("load, titles indexed", "store", func(r *result) time.Duration { return r.Load })

	if ours := z.result(us); ours != nil {
		fmt.Fprintf(&b, "\nMemory: %s of heap per session beyond the sessions' own bytes.\n", link(fmt.Sprintf("%d B", z.overhead(ours)), "figure", overheadFigure))
	}
	if file := z.result("sessiondex-durable"); file != nil && file.Open > 0 {
		fmt.Fprintf(&b, "A file with as many opens, to the first listing, in %s.\n", link(short(file.Open), "store", file.Name))
	}
	return b.String()
}
