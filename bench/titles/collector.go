package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths of what is taken for a title, in bytes.
const (
	minTitle = 8
	maxTitle = 300
)

// collector keeps each title once.
type collector struct{ titles map[string][sha256.Size]byte }

func newCollector() *collector { return &collector{map[string][sha256.Size]byte{}} }

// add takes a text as a title if it makes one: its white space becomes single blanks,
// and what is too short, too long or holds control characters is left out.
func (c *collector) add(text string) {
	title := strings.Join(strings.Fields(text), " ")
	if len(title) < minTitle || len(title) > maxTitle || !utf8.ValidString(title) || strings.ContainsFunc(title, unicode.IsControl) {
		return
	}
	c.titles[title] = sha256.Sum256([]byte(title))
}

// text returns the titles, one a line, in the order of their hashes: neighbours have
// nothing in common, and the order is the same in every run.
func (c *collector) text() string {
	type line struct {
		title string
		hash  [sha256.Size]byte
	}
	lines := make([]line, 0, len(c.titles))
	for title, hash := range c.titles {
		lines = append(lines, line{title, hash})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), strings.Compare(a.title, b.title))
	})
	var out strings.Builder
	for _, l := range lines {
		out.WriteString(l.title)
		out.WriteByte('\n')
	}
	return out.String()
}
