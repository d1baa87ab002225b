package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// words are the keywords that the questions ask for, chosen from the data by how
// many titles they are in. No keyword contains another of a different list: who
// remembers answers would know too much.
type words struct {
	Some   []string `json:"some"`   // three letters and more, in up to 1 % of the titles
	Others []string `json:"others"` // as common as those, to be asked with filters
	Many   []string `json:"many"`   // three letters, in about 10 % of the titles
	Two    []string `json:"two"`    // two letters
	One    []string `json:"one"`    // one letter or sign
	CJK    []string `json:"cjk"`    // two characters of Chinese or Japanese
	Phrase []string `json:"phrase"` // two words with the white space between
	Typed  []string `json:"typed"`  // words of eight letters and more, to be typed
	Absent []string `json:"absent"` // in no title; see absent.go
}

// wordSample is how many titles words are chosen from.
const wordSample = 50_000

// chooseWords counts in how many titles of the sample each part occurs, and makes
// sure of all titles that the absent keywords are in none.
func chooseWords(d dataset) (words, error) {
	all, err := d.sessions()
	if err != nil {
		return words{}, err
	}
	step, i, n := max(1, d.N/wordSample), 0, 0
	t := tally{counts{}, counts{}, counts{}, counts{}, counts{}, counts{}}
	for s := range all {
		if i++; i%step == 0 && !s.IsSubSession && !s.IsTaskSession && s.Title != "" && len(s.Title) < 4096 {
			n++
			t.add(n, fold.String(s.Title))
		}
	}
	w := t.choose(n)
	w.Absent = t.absent(&w).missing(all)
	return w, nil
}

// tally is how often the parts of titles occur.
type tally struct{ tokens, pairs, one, two, three, han counts }

// add counts the parts of the title with this number, from 1.
func (t *tally) add(number int, title string) {
	fields := strings.Fields(title)
	for i, f := range fields {
		if !letters(f) {
			continue
		}
		if len(f) >= 3 {
			t.tokens.add(number, f)
		}
		if i > 0 && letters(fields[i-1]) {
			if pair := fields[i-1] + " " + f; strings.Contains(title, pair) {
				t.pairs.add(number, pair)
			}
		}
	}
	for i := range len(title) {
		if title[i] > ' ' && title[i] < 0x7F {
			t.one.add(number, title[i:i+1])
		}
		if i+2 <= len(title) && letters(title[i:i+2]) {
			t.two.add(number, title[i:i+2])
		}
		if i+3 <= len(title) && letters(title[i:i+3]) {
			t.three.add(number, title[i:i+3])
		}
	}
	runes := []rune(title)
	for i := 1; i < len(runes); i++ {
		if ideograph(runes[i-1]) && ideograph(runes[i]) {
			t.han.add(number, string(runes[i-1:i+1]))
		}
	}
}

// choose picks words from n titles. There are enough of each kind that a median of
// questions asked once is one.
func (t *tally) choose(n int) words {
	var w words
	// Nearest first to 1 % from below; titles that hold the word inside another
	// bring it a little higher.
	some := t.tokens.near(n/110, n/1000, n/100, 400)
	// Each begins with another letter, so that the first letters are new as well.
	fill(&w.Typed, some, 8, func(s string) bool { return len(s) >= typedLetters && !w.typedFirst(s) })
	fill(&w.Many, t.three.near(n/10, n/15, n/7, 200), 16, w.apart)
	// In turn, so that both lists have words of the same frequency.
	for _, s := range some {
		list, most := &w.Some, 40
		if len(w.Others) < 24 && len(w.Others) < len(w.Some)/2 {
			list, most = &w.Others, 24
		}
		fill(list, []string{s}, most, w.apart)
	}
	fill(&w.Phrase, t.pairs.near(n/500, 1, n/50, 400), 24, func(s string) bool { return len(s) >= 7 && w.apart(s) })
	// These may be a part of those above, and so are asked after them, and before
	// the words that are typed.
	fill(&w.Two, t.two.near(n/10, n/100, n, 300), 24, func(s string) bool { return !w.inTyped(s) })
	fill(&w.One, t.one.near(n/2, n/500, n, 90), 24, func(s string) bool { return !w.typedFirst(s) })
	fill(&w.CJK, t.han.near(n/100, 1, n, 100), 24, w.apart)
	return w
}

// apart reports that s neither contains nor is part of a word chosen so far.
func (w *words) apart(s string) bool {
	for _, list := range [][]string{w.Some, w.Others, w.Many, w.Phrase, w.CJK, w.Typed} {
		for _, other := range list {
			if strings.Contains(s, other) || strings.Contains(other, s) {
				return false
			}
		}
	}
	return true
}

// typedFirst reports that a word to be typed begins with the first letter of s.
func (w *words) typedFirst(s string) bool {
	return slices.ContainsFunc(w.Typed, func(typed string) bool { return typed[0] == s[0] })
}

func (w *words) inTyped(s string) bool {
	return slices.ContainsFunc(w.Typed, func(typed string) bool { return strings.Contains(typed, s) })
}

// counts holds, by text, the number of titles with it and the last of them.
type counts map[string]seen

type seen struct{ titles, last int }

// add counts the text for a title, once.
func (c counts) add(title int, text string) {
	if s := c[text]; s.last != title {
		c[text] = seen{s.titles + 1, title}
	}
}

// near returns at most limit texts whose count is between least and most, those
// nearest to the target first.
func (c counts) near(target, least, most, limit int) []string {
	var out []string
	for text, s := range c {
		if s.titles >= max(least, 1) && s.titles <= most {
			out = append(out, text)
		}
	}
	distance := func(text string) int { return max(c[text].titles-target, target-c[text].titles) }
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(a), distance(b)), strings.Compare(a, b))
	})
	return out[:min(limit, len(out))]
}

// fill appends to the list what is ok, until it is full.
func fill(list *[]string, from []string, most int, ok func(string) bool) {
	for _, s := range from {
		if len(*list) < most && ok(s) {
			*list = append(*list, s)
		}
	}
}

// letters reports that s is letters of the Latin alphabet without accents.
func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return s != ""
}

func ideograph(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }
