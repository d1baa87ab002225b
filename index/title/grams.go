package title

import "fmt"

// grams tell, for every one, two and three bytes with which a suffix of a dictionary
// begins, which suffixes those are, and which terms begin with them. A search of the
// suffix array waits for memory three times at each of its twenty steps; grams
// answer up to three bytes with one look, leave some hundred suffixes to be searched
// for more, and refuse most keywords that no word contains.
//
// A suffix ends with "\n" here, which counts as one of the bytes. It is an open hash
// table, of five slots for four grams: some 35,000 to 60,000 slots in a segment of
// 250,000 titles, 3 to 5 bytes a title.
type grams []gram

type gram struct {
	key               uint32 // of gramKey; 0: the slot is free
	suffix, suffixEnd uint32 // in dictionary.sa
	term, termEnd     uint32
}

const maxGram = 3

// gramKey tells up to maxGram bytes apart, and their number.
func gramKey(s string) uint32 {
	switch len(s) {
	case 1:
		return 1<<24 | uint32(s[0])
	case 2:
		return 2<<24 | uint32(s[0]) | uint32(s[1])<<8
	default:
		return 3<<24 | uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16
	}
}

// suffixes returns the terms that contain the gram.
func (g *gram) suffixes() termRange { return termRange{int(g.suffix), int(g.suffixEnd), true} }

// text returns the bytes of a gram.
func (g *gram) text() string {
	return string([]byte{byte(g.key), byte(g.key >> 8), byte(g.key >> 16)}[:g.key>>24])
}

// asciiPair is whether a gram is two letters of ASCII.
func (g *gram) asciiPair() bool {
	return g.key>>24 == 2 && g.key&0x8080 == 0 && byte(g.key>>8) != '\n'
}

// slot returns the slot of a key, a free one if the key is not there.
func (g grams) slot(key uint32) *gram {
	i := int(uint64(key*0x9e3779b1) * uint64(len(g)) >> 32)
	for g[i].key != key && g[i].key != 0 {
		if i++; i == len(g) {
			i = 0
		}
	}
	return &g[i]
}

// find returns the entry of the first bytes of s, and false if no suffix begins
// with them. end says that a "\n" follows.
func (g grams) find(s string, end bool) (*gram, bool) {
	key := gramKey(s)
	if end && len(s) < maxGram {
		key += 1<<24 + '\n'<<(8*len(s))
	}
	e := g.slot(key)
	return e, e.key != 0
}

// newGrams makes the grams of a dictionary that is otherwise complete.
func newGrams(d *dictionary) grams {
	var all []gram
	var last [maxGram + 1]int // the latest gram of each length, in all
	var before [maxGram]byte
	for i, at := range d.sa {
		p := d.place(at)
		same := i > 0
		for k := range uint32(maxGram) {
			c := d.text[p+k]
			if same = same && before[k] == c; same {
				all[last[k]].suffixEnd = uint32(i + 1)
			} else {
				before[k] = c
				last[k] = len(all)
				all = append(all, gram{key: gramKey(view(d.text[p : p+k+1])), suffix: uint32(i), suffixEnd: uint32(i + 1)})
			}
			if c == '\n' {
				break
			}
		}
	}
	g := make(grams, len(all)+len(all)/4+1)
	for _, e := range all {
		*g.slot(e.key) = e
	}
	for t := range d.len() {
		term := view(d.term(t))
		for k := 1; k <= min(len(term), maxGram); k++ {
			e := g.slot(gramKey(term[:k]))
			if e.termEnd == 0 {
				e.term = uint32(t)
			}
			e.termEnd = uint32(t + 1)
		}
	}
	return g
}

// check compares the grams with the dictionary.
func (g grams) check(d *dictionary) error {
	suffixes, terms := make([]int, maxGram+1), make([]int, maxGram+1)
	for _, e := range g {
		if e.key == 0 {
			continue
		}
		n := int(e.key >> 24)
		s := e.text()
		suffixes[n] += int(e.suffixEnd - e.suffix)
		terms[n] += int(e.termEnd - e.term)
		for _, at := range d.sa[e.suffix:e.suffixEnd] {
			if d.compareAt(at, s, false) != 0 {
				return fmt.Errorf("gram %q has a suffix of another", s)
			}
		}
		for t := e.term; t < e.termEnd; t++ {
			if term := view(d.term(int(t))); len(term) < n || term[:n] != s {
				return fmt.Errorf("gram %q has the term %q", s, term)
			}
		}
	}
	// None is missing: those of a length have every suffix, and every term, that is
	// as long.
	for _, at := range d.sa {
		left := int(d.starts[at>>placeBits+1] - d.place(at))
		for n := 1; n <= min(left, maxGram); n++ {
			suffixes[n]--
		}
	}
	for t := range d.len() {
		for n := 1; n <= min(len(d.term(t)), maxGram); n++ {
			terms[n]--
		}
	}
	for n := 1; n <= maxGram; n++ {
		if suffixes[n] != 0 || terms[n] != 0 {
			return fmt.Errorf("the grams of %d bytes lack %d suffixes and %d terms", n, -suffixes[n], -terms[n])
		}
	}
	return nil
}
