package title

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/sessiondex/sessiondex/index/shell"
)

// dictionary is an immutable, sorted list of distinct terms with a suffix array
// over them: the terms that contain, start with or end with a string are found by
// binary search, whatever its length and script, and no term has to be compared
// one by one.
//
// Memory: 5 bytes a byte of ASCII text and 5 a term; a suffix starts at every
// rune, so scripts of several bytes a rune take less.
type dictionary struct {
	// text is each term followed by "\n", which marks their ends: no term holds
	// white space.
	text   []byte
	starts []uint32 // of each term in text, and one past the last
	// sa holds every suffix of every term, sorted by its bytes up to and with "\n",
	// as the number of the term, shifted, and the place in it. So a range of suffixes
	// gives its terms without a look at the text.
	sa    []uint32
	grams grams // look into sa
}

const (
	placeBits   = 5 // a word has at most maxWord = 32 bytes, a pair of runes 8
	maxTerms    = 1 << (32 - placeBits)
	maxDictText = 1<<31 - 1<<16
)

var _ [1<<placeBits - maxWord]struct{} // every word fits

// newDictionary takes distinct terms of at most maxWord bytes in ascending order. pace is called now and
// then and stops the work by returning false.
func newDictionary(terms []string, pace func() bool) (*dictionary, error) {
	n := 0
	for _, t := range terms {
		n += len(t) + 1
	}
	if n > maxDictText || len(terms) > maxTerms {
		return nil, fmt.Errorf("title: %d distinct words of %d bytes in one segment, more than %d or %d", len(terms), n, maxTerms, maxDictText)
	}
	d := &dictionary{text: make([]byte, 0, n), starts: make([]uint32, 0, len(terms)+1)}
	suffixes := 0
	for _, t := range terms {
		if len(t) > 1<<placeBits {
			return nil, fmt.Errorf("title: a word of %d bytes, more than %d: %q", len(t), 1<<placeBits, t)
		}
		d.starts = append(d.starts, uint32(len(d.text)))
		d.text = append(append(d.text, t...), '\n')
		suffixes += utf8.RuneCountInString(t)
	}
	d.starts = append(d.starts, uint32(len(d.text)))
	if !d.sortSuffixes(suffixes, pace) {
		return nil, shell.ErrAborted
	}
	d.grams = newGrams(d)
	return d, nil
}

// suffix is one to be sorted: its first eight bytes decide nearly always.
type suffix struct {
	key uint64
	at  uint32 // as in dictionary.sa
}

// place returns where a suffix starts in the text.
func (d *dictionary) place(at uint32) uint32 {
	return d.starts[at>>placeBits] + at&(1<<placeBits-1)
}

func (d *dictionary) sortSuffixes(n int, pace func() bool) bool {
	all := make([]suffix, 0, n)
	var head [8]byte
	for t := range d.starts[:len(d.starts)-1] {
		end := int(d.starts[t+1]) // one past the term's "\n"
		for p := int(d.starts[t]); p < end-1; p++ {
			if !utf8.RuneStart(d.text[p]) {
				continue
			}
			var key uint64
			if p+8 <= end {
				key = binary.BigEndian.Uint64(d.text[p:])
			} else {
				head = [8]byte{}
				copy(head[:], d.text[p:end])
				key = binary.BigEndian.Uint64(head[:])
			}
			all = append(all, suffix{key, uint32(t)<<placeBits | (uint32(p) - d.starts[t])})
		}
	}
	// Sorting by the first byte beforehand cuts the work into pieces between which
	// others can run, and saves a quarter of the comparisons.
	var bounds [257]int
	for i := range all {
		bounds[all[i].key>>56+1]++
	}
	for i := range 256 {
		bounds[i+1] += bounds[i]
	}
	next := bounds
	parted := make([]suffix, len(all))
	for _, s := range all {
		b := s.key >> 56
		parted[next[b]] = s
		next[b]++
	}
	d.sa = make([]uint32, len(parted))
	for b := range 256 {
		part := parted[bounds[b]:bounds[b+1]]
		if len(part) == 0 {
			continue
		}
		if !pace() {
			return false
		}
		slices.SortFunc(part, d.compareSuffixes)
		for i, s := range part {
			d.sa[bounds[b]+i] = s.at
		}
	}
	return true
}

func (d *dictionary) compareSuffixes(a, b suffix) int {
	if a.key != b.key {
		if a.key < b.key {
			return -1
		}
		return 1
	}
	i, j := d.place(a.at), d.place(b.at)
	for {
		x, y := d.text[i], d.text[j]
		if x != y {
			return int(x) - int(y)
		}
		if x == '\n' {
			// The same to the end: the word that it is all of comes first.
			const in = 1<<placeBits - 1
			if a.at&in != b.at&in {
				return int(a.at&in) - int(b.at&in)
			}
			return int(int64(a.at) - int64(b.at))
		}
		i++
		j++
	}
}

func (d *dictionary) len() int { return len(d.starts) - 1 }

func (d *dictionary) term(i int) []byte { return d.text[d.starts[i] : d.starts[i+1]-1] }

// termRange is a set of terms: those of a range of suffixes (a term that holds the
// string twice comes twice), or a range of term numbers.
type termRange struct {
	lo, hi   int
	suffixes bool
}

func (r termRange) len() int { return r.hi - r.lo }

// each calls f with the number of each term of the range.
func (d *dictionary) each(r termRange, f func(term uint32)) {
	if !r.suffixes {
		for t := r.lo; t < r.hi; t++ {
			f(uint32(t))
		}
		return
	}
	for _, at := range d.sa[r.lo:r.hi] {
		f(at >> placeBits)
	}
}

// take moves the next terms of the range to buf and returns their number.
func (d *dictionary) take(r *termRange, buf []uint32) int {
	n := min(r.len(), len(buf))
	if r.suffixes {
		for i, at := range d.sa[r.lo : r.lo+n] {
			buf[i] = at >> placeBits
		}
	} else {
		for i := range buf[:n] {
			buf[i] = uint32(r.lo + i)
		}
	}
	r.lo += n
	return n
}

// containing returns the terms that contain s, which must not be empty, nor hold
// white space, nor start within a rune.
func (d *dictionary) containing(s string) termRange {
	if len(s) > maxWord || !d.mayContain(s) {
		return termRange{}
	}
	return d.suffixRange(s, false)
}

// ending returns the terms that end with s.
func (d *dictionary) ending(s string) termRange {
	if len(s) > maxWord || !d.mayContain(s) {
		return termRange{}
	}
	return d.suffixRange(s, true)
}

// mayContain is false if no term contains s, and one of its grams tells.
func (d *dictionary) mayContain(s string) bool {
	for i := 1; i+maxGram <= len(s); i++ {
		if utf8.RuneStart(s[i]) {
			if _, ok := d.grams.find(s[i:], false); !ok {
				return false
			}
		}
	}
	return true
}

// suffixRange returns the suffixes that begin with s, or, with end, are s.
func (d *dictionary) suffixRange(s string, end bool) termRange {
	g, ok := d.grams.find(s, end)
	if !ok {
		return termRange{}
	}
	if len(s) < maxGram || len(s) == maxGram && !end {
		return g.suffixes()
	}
	from, to := int(g.suffix), int(g.suffixEnd)
	lo := from + sort.Search(to-from, func(i int) bool { return d.compareAt(d.sa[from+i], s, end) >= 0 })
	// Most ranges are short: look for the end in growing steps.
	hi, step := lo, 1
	for hi < to && d.compareAt(d.sa[hi], s, end) == 0 {
		lo2 := hi + 1
		hi += step
		step *= 2
		if hi >= to || d.compareAt(d.sa[hi], s, end) != 0 {
			hi = min(hi, to)
			hi = lo2 + sort.Search(hi-lo2, func(i int) bool { return d.compareAt(d.sa[lo2+i], s, end) != 0 })
			break
		}
	}
	return termRange{lo, hi, true}
}

// compareAt compares the beginning of a suffix with s, and, with end, the byte after it
// with "\n".
func (d *dictionary) compareAt(at uint32, s string, end bool) int {
	text := d.text[d.place(at):]
	c := strings.Compare(view(text[:min(len(s), len(text))]), s)
	if c == 0 && end {
		return int(text[len(s)]) - '\n'
	}
	return c
}

// starting returns the terms that start with s.
func (d *dictionary) starting(s string) termRange {
	g, ok := d.grams.find(s, false)
	if !ok {
		return termRange{}
	}
	from, to := int(g.term), int(g.termEnd)
	if len(s) <= maxGram {
		return termRange{lo: from, hi: to}
	}
	lo := from + sort.Search(to-from, func(i int) bool { return view(d.term(from+i)) >= s })
	hi := lo + sort.Search(to-lo, func(i int) bool { return !strings.HasPrefix(view(d.term(lo+i)), s) })
	return termRange{lo: lo, hi: hi}
}

// equal returns the term s, or none.
func (d *dictionary) equal(s string) termRange {
	r := d.ending(s)
	if r.len() == 0 {
		return termRange{}
	}
	// Of equal suffixes that of the shortest term comes first.
	at := d.sa[r.lo]
	if at&(1<<placeBits-1) != 0 {
		return termRange{}
	}
	t := int(at >> placeBits)
	return termRange{lo: t, hi: t + 1}
}

func (d *dictionary) bytes() int {
	return cap(d.text) + 4*(cap(d.starts)+cap(d.sa)) + 20*cap(d.grams)
}

// check compares every part of the dictionary with its definition.
func (d *dictionary) check() error {
	suffixes := 0
	for i := range d.len() {
		t := d.term(i)
		if i > 0 && bytes.Compare(d.term(i-1), t) >= 0 {
			return fmt.Errorf("terms %q and %q are out of order", d.term(i-1), t)
		}
		if len(t) == 0 || bytes.IndexByte(t, '\n') >= 0 {
			return fmt.Errorf("term %d is %q", i, t)
		}
		suffixes += utf8.RuneCount(t)
	}
	if len(d.sa) != suffixes {
		return fmt.Errorf("%d suffixes for %d runes", len(d.sa), suffixes)
	}
	for i, at := range d.sa {
		if t := at >> placeBits; int(t) >= d.len() || d.place(at) >= d.starts[t+1]-1 {
			return fmt.Errorf("suffix %d is in no term", i)
		}
	}
	for i := range len(d.sa) - 1 {
		if d.compareSuffixes(suffix{at: d.sa[i]}, suffix{at: d.sa[i+1]}) >= 0 {
			return fmt.Errorf("suffixes %d and %d are out of order", i, i+1)
		}
	}
	return d.grams.check(d)
}

// view returns the bytes as a string without a copy; they must not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
