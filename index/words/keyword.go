//go:build !js

package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Keyword is what is searched for: a text must have all of its tokens. It is immutable and safe for concurrent use.
type Keyword struct {
	analyser *Analyser
	key      string
	terms    []*term
}

// term is one token of a keyword.
type term struct {
	text   string
	runes  []rune
	prefix bool // a token that begins with it will do
	typos  int  // a token within this many typos will do
}

// Keyword analyses a keyword. With typing, the last token may be the beginning of a
// word; with typos, tokens of 4 to 7 letters may have one typo, longer ones two.
func (a *Analyser) Keyword(text string, typing, typos bool) *Keyword {
	return a.keyword(keywordKey(text, typing, typos))
}

// A key holds a keyword and how it matches: match sets are known by it.
func keywordKey(text string, typing, typos bool) string {
	flags := byte('0')
	if typing {
		flags |= 1
	}
	if typos {
		flags |= 2
	}
	return string(flags) + text
}

func (a *Analyser) keyword(key string) *Keyword {
	k := &Keyword{analyser: a, key: key}
	tokens := a.tokens(key[1:])
	// A character that is part of a pair says nothing beside the pair.
	tokens = withoutPaired(tokens)
	typing, typos := key[0]&1 != 0, key[0]&2 != 0
	byText := map[string][]*term{}
	for i, t := range tokens {
		one := &term{text: t.term, prefix: typing && i == len(tokens)-1}
		if n := utf8.RuneCountInString(t.term); typos && !t.pair && n >= 4 {
			one.typos, one.runes = 1, []rune(t.term)
			if n >= 8 {
				one.typos = 2
			}
		}
		same := func(o *term) bool { return o.prefix == one.prefix || !o.prefix }
		if !slices.ContainsFunc(byText[t.term], same) {
			k.terms = append(k.terms, one)
			byText[t.term] = append(byText[t.term], one)
		}
	}
	return k
}

// withoutPaired drops the characters that are part of a pair, which stands beside them.
func withoutPaired(tokens []token) []token {
	kept := make([]token, 0, len(tokens))
	for i, t := range tokens {
		paired := i > 0 && tokens[i-1].pair && t.end <= tokens[i-1].end ||
			i+1 < len(tokens) && tokens[i+1].pair && tokens[i+1].start <= t.start
		if !t.single || !paired {
			kept = append(kept, t)
		}
	}
	return kept
}

// Key identifies the keyword and how it matches.
func (k *Keyword) Key() string { return k.key }

// Words returns how many different tokens the keyword has.
func (k *Keyword) Words() int { return len(k.terms) }

// IsEmpty reports whether the keyword has no token, and so matches nothing.
func (k *Keyword) IsEmpty() bool { return len(k.terms) == 0 }

// Match reports whether a text matches.
func (k *Keyword) Match(text string) bool {
	return !k.IsEmpty() && text != "" && k.missing(k.analyser.tokens(text)) < 0
}

// missing returns the number of a term that none of some tokens matches; -1 if there is
// none.
func (k *Keyword) missing(tokens []token) int {
	for i := range k.terms {
		if !slices.ContainsFunc(tokens, func(t token) bool { return k.terms[i].matches(t.term) }) {
			return i
		}
	}
	return -1
}

// matches reports whether a token will do for a term.
func (t *term) matches(token string) bool {
	return token == t.text || t.prefix && strings.HasPrefix(token, t.text) || t.typos > 0 && within(t.runes, token, t.typos)
}

// Missing says, word by word, what the keyword wants and a text does not have.
func (k *Keyword) Missing(text string) []string {
	if k.IsEmpty() {
		return []string{"a keyword with a word in it"}
	}
	tokens := k.analyser.tokens(text)
	var out []string
	for i := range k.terms {
		t := k.terms[i]
		if !slices.ContainsFunc(tokens, func(o token) bool { return t.matches(o.term) }) {
			out = append(out, t.String())
		}
	}
	return out
}

// String says what is wanted.
func (t *term) String() string {
	typos := "1 typo"
	if t.typos > 1 {
		typos = strconv.Itoa(t.typos) + " typos"
	}
	switch {
	case t.prefix && t.typos > 0:
		return fmt.Sprintf("a word that begins with %q or is within %s of it", t.text, typos)
	case t.prefix:
		return fmt.Sprintf("a word that begins with %q", t.text)
	case t.typos > 0:
		return fmt.Sprintf("a word within %s of %q", typos, t.text)
	}
	return fmt.Sprintf("the word %q", t.text)
}

// Ranges returns the parts of a text that match, as pairs of the first byte and one past
// the last, in ascending order and apart; nil unless the text matches.
func (k *Keyword) Ranges(text string) [][2]int {
	tokens := k.analyser.tokens(text)
	if k.IsEmpty() || k.missing(tokens) >= 0 {
		return nil
	}
	var out [][2]int
	for _, o := range tokens {
		if slices.ContainsFunc(k.terms, func(t *term) bool { return t.matches(o.term) }) {
			out = append(out, [2]int{o.start, o.end})
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	n := 0
	for _, r := range out[1:] {
		if r[0] <= out[n][1] {
			out[n][1] = max(out[n][1], r[1])
		} else {
			n++
			out[n] = r
		}
	}
	return out[:n+1]
}
