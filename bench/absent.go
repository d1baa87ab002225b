package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/fold"
)

// absences are keywords that no title should have, by their kind. Easy ones are
// made of parts that no title has either; the hard ones of parts that are frequent,
// which an index of parts cannot tell from a hit without a look at more.
type absences [][]string

// absentOfAKind is how many keywords of each kind are asked for; there are some more
// to choose from, since one may be in a title after all.
const (
	absentOfAKind = 11
	absentToSpare = 5
)

// absent makes keywords that are in no title of the sample. None contains another, or
// a word that was chosen already: a memory of those would answer.
func (t *tally) absent(w *words) absences {
	made := make(absences, 6)
	used := slices.Clone(w.Two) // those of two letters are asked later, so only equal ones matter
	add := func(kind int, s string) {
		apart := w.apart(s) && !slices.ContainsFunc(used, func(o string) bool { return len(o) > 2 && (strings.Contains(o, s) || strings.Contains(s, o)) })
		if apart && len(made[kind]) < absentOfAKind+absentToSpare {
			made[kind], used = append(made[kind], s), append(used, s)
		}
	}
	// A generator of its own, so that the same data gives the same keywords for ever.
	state := uint64(0x9E3779B97F4A7C15)
	below := func(n int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int(state >> 33 % uint64(n))
	}
	letter := func(alphabet string) rune { r := []rune(alphabet); return r[below(len(r))] }
	common := t.tokens.near(1<<30, 3, 1<<30, 300)
	han := t.han.near(1<<30, 2, 1<<30, 200)
	for range 400 {
		var nonsense, cyrillic strings.Builder
		for range 6 {
			nonsense.WriteRune(letter("bcdfghjklmnpqrstvwxz"))
			cyrillic.WriteRune(letter("бвгджзклмнпрстфхцчшщ"))
		}
		add(0, nonsense.String())
		add(1, fmt.Sprintf("%04d-%05d-%03d", below(10_000), below(100_000), below(1000)))
		add(2, cyrillic.String())
		if len(common) < 2 {
			continue
		}
		// The beginning of one frequent word and the end of another.
		if a, b := common[below(len(common))], common[below(len(common))]; len(a) >= 6 && len(b) >= 6 {
			if s := a[:4] + b[len(b)-4:]; t.tokens[s].titles == 0 {
				add(3, s)
			}
		}
		// Two frequent words that do not stand beside each other.
		if s := common[below(len(common))] + " " + common[below(len(common))]; t.pairs[s].titles == 0 {
			add(4, s)
		}
		if len(han) > 1 {
			a, b := []rune(han[below(len(han))]), []rune(han[below(len(han))])
			if s := string([]rune{a[0], b[1]}); t.han[s].titles == 0 {
				add(5, s)
			}
		}
	}
	return made
}

// missing looks through all titles that the default listing shows, and returns the
// keywords that are in none, some of each kind.
func (a absences) missing(all iter.Seq[sessiondex.Session]) []string {
	left := make(absences, len(a))
	for i := range a {
		left[i] = slices.Clone(a[i])
	}
	for s := range all {
		if s.IsSubSession || s.IsTaskSession || s.Title == "" {
			continue
		}
		title := fold.String(s.Title)
		for i := range left {
			left[i] = slices.DeleteFunc(left[i], func(word string) bool { return strings.Contains(title, word) })
		}
	}
	var out []string
	for i := range absentOfAKind {
		for _, kind := range left {
			if i < len(kind) {
				out = append(out, kind[i])
			}
		}
	}
	return out
}
