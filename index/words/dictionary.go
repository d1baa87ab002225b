//go:build !js

package words

import (
	"math/bits"
	"sort"
	"strings"
	"unicode/utf8"
)

// dictionary is the terms of a segment in ascending order. It is immutable.
//
// bleve's own dictionary, a finite state transducer, says which documents have a term.
// This one says which terms begin with a prefix, and which lie within some typos of a
// word: it passes over a digest of every term, some 1 ns each, and compares the few whose
// letters are nearly those of the word. Automata over the transducer take ten times as
// long, since two typos in the first letters leave most of it open.
type dictionary struct {
	text    string   // the terms, one after another
	ends    []uint32 // where each ends
	digests []digest
}

func newDictionary(terms []string) *dictionary {
	d := &dictionary{text: strings.Join(terms, ""), ends: make([]uint32, len(terms)), digests: make([]digest, len(terms))}
	end := 0
	for i, t := range terms {
		end += len(t)
		d.ends[i], d.digests[i] = uint32(end), digestOf(t)
	}
	return d
}

func (d *dictionary) len() int { return len(d.ends) }

// term returns the term of a number.
func (d *dictionary) term(i int) string {
	from := uint32(0)
	if i > 0 {
		from = d.ends[i-1]
	}
	return d.text[from:d.ends[i]]
}

// bytes returns the memory of the dictionary.
func (d *dictionary) bytes() int { return len(d.text) + 12*len(d.ends) }

// starting returns the range of the terms that begin with a prefix.
func (d *dictionary) starting(prefix string) (from, to int) {
	from = sort.Search(len(d.ends), func(i int) bool { return d.term(i) >= prefix })
	to = from + sort.Search(len(d.ends)-from, func(i int) bool { return !strings.HasPrefix(d.term(from+i), prefix) })
	return from, to
}

// eachNear calls f with the numbers of the terms within some typos of a word, until f
// returns an error. It asks goOn now and then, and ends where that is false.
func (d *dictionary) eachNear(word []rune, typos int, goOn func() bool, f func(i int) error) error {
	want := digestOf(string(word))
	for i, got := range d.digests {
		if i%(1<<16) == 0 && !goOn() {
			return nil
		}
		if want.near(got, typos) && within(word, d.term(i), typos) {
			if err := f(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachFor calls f with the numbers of the terms that a prefix or typos of t allow, each
// once, until f returns an error; see eachNear for goOn.
func (d *dictionary) eachFor(t *term, goOn func() bool, f func(i int) error) error {
	from, to := 0, 0
	if t.prefix {
		from, to = d.starting(t.text)
		for i := from; i < to; i++ {
			if err := f(i); err != nil {
				return err
			}
		}
	}
	if t.typos == 0 {
		return nil
	}
	return d.eachNear(t.runes, t.typos, goOn, func(i int) error {
		if from <= i && i < to {
			return nil // f has had it
		}
		return f(i)
	})
}

// digest is the set of a term's letters, each as one of 56 bits, and above it how many
// there are, 255 for more.
type digest uint64

const digestLetters = 56

func digestOf(term string) digest {
	var d digest
	for _, r := range term {
		// Lower-case letters of ASCII, and digits, have bits of their own.
		switch {
		case 'a' <= r && r <= 'z':
			d |= 1 << (r - 'a')
		case '0' <= r && r <= '9':
			d |= 1 << (26 + r - '0')
		default:
			d |= 1 << (36 + uint32(r)*0x9e3779b1>>16%(digestLetters-36))
		}
	}
	return d | digest(min(utf8.RuneCountInString(term), 255))<<digestLetters
}

// near reports whether a term may lie within some typos of another: a typo takes away
// one letter and adds one at the most.
func (d digest) near(o digest, typos int) bool {
	if bits.OnesCount64(uint64(d^o)<<(64-digestLetters)) > 2*typos {
		return false
	}
	longer := int(d>>digestLetters) - int(o>>digestLetters)
	return -typos <= longer && longer <= typos
}
