// Command gen writes tables.go of package fold from testdata/unicode.txt, which
// extract.mjs makes from the Unicode Character Database. go generate runs it in the
// directory of the package.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	d, err := read("testdata/unicode.txt")
	if err == nil {
		err = d.write("tables.go")
	}
	if err != nil {
		log.Fatal(err)
	}
}

// database is what folding needs of the Unicode Character Database.
type database struct {
	version  string
	class    map[rune]uint8  // canonical combining classes but 0
	decomp   map[rune][]rune // canonical decompositions, one step; not those of Hangul
	excluded map[rune]bool   // what nothing composes to
	fold     map[rune][]rune // full case folding (status C and F)
}

func read(name string) (*database, error) {
	d := &database{class: map[rune]uint8{}, decomp: map[rune][]rune{}, excluded: map[rune]bool{}, fold: map[rune][]rune{}}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if _, err := fmt.Sscanf(lines.Text(), "# Unicode %s", &d.version); err == nil {
			d.version = strings.TrimSuffix(d.version, ":")
			continue
		}
		if err := d.add(strings.Split(lines.Text(), ";")); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return d, lines.Err()
}

// add takes in a line, of which only the first four parts matter here.
func (d *database) add(parts []string) error {
	if len(parts) != 7 {
		return fmt.Errorf("%d parts, want 7", len(parts))
	}
	rs, err := sequence(parts[0])
	if err != nil || len(rs) != 1 {
		return fmt.Errorf("code point %q: %v", parts[0], err)
	}
	r := rs[0]
	class, err := strconv.ParseUint(parts[1], 10, 8)
	if err != nil {
		return err
	}
	if class != 0 {
		d.class[r] = uint8(class)
	}
	decomp, excluded := strings.CutPrefix(parts[2], "!")
	d.excluded[r] = excluded
	for to, part := range map[*map[rune][]rune]string{&d.decomp: decomp, &d.fold: parts[3]} {
		if rs, err = sequence(part); err != nil {
			return err
		}
		if rs != nil {
			(*to)[r] = rs
		}
	}
	return nil
}

func sequence(s string) ([]rune, error) {
	var out []rune
	for _, h := range strings.Fields(s) {
		n, err := strconv.ParseUint(h, 16, 32)
		if err != nil {
			return nil, err
		}
		out = append(out, rune(n))
	}
	return out, nil
}

// nfd returns the canonical decomposition of a code point but a Hangul syllable. The
// standard has it in canonical order already.
func (d *database) nfd(r rune) []rune {
	m, ok := d.decomp[r]
	if !ok {
		return []rune{r}
	}
	var out []rune
	for _, c := range m {
		out = append(out, d.nfd(c)...)
	}
	return out
}

// primary returns what a composed code point is composed of, and false if nothing
// ever composes to it.
func (d *database) primary(r rune) ([2]rune, bool) {
	m := d.decomp[r]
	if len(m) != 2 || d.excluded[r] {
		return [2]rune{}, false
	}
	return [2]rune(m), true
}

// folded returns the case folding of a sequence of code points.
func (d *database) folded(rs []rune) []rune {
	var out []rune
	for _, r := range rs {
		if m, ok := d.fold[r]; ok {
			out = append(out, m...)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// nfc composes a sequence in canonical order, which has no Hangul.
func (d *database) nfc(rs []rune, pairs map[[2]rune]rune) []rune {
	var out []rune
	starter, last := -1, -1 // last class after the starter
	for _, r := range rs {
		class := int(d.class[r])
		if starter >= 0 && last < class {
			if c, ok := pairs[[2]rune{out[starter], r}]; ok {
				out[starter] = c
				continue
			}
		}
		if class == 0 {
			starter, last = len(out), -1
		} else {
			last = class
		}
		out = append(out, r)
	}
	return out
}

const (
	lastRune   = 0x10ffff
	blockShift = 7
	blockLen   = 1 << blockShift
)

// property is what is known of a code point; see prop in package fold.
type property struct {
	class            uint8
	joins            bool
	nfd, folded, all string
}

func (d *database) write(name string) error {
	pairs := map[[2]rune]rune{}
	second := map[rune]bool{}
	for r := range d.decomp {
		if p, ok := d.primary(r); ok {
			pairs[p] = r
			second[p[1]] = true
		}
	}
	for r := rune(0x1161); r <= 0x1175; r++ {
		second[r] = true // Hangul vowels
	}
	for r := rune(0x11a8); r <= 0x11c2; r++ {
		second[r] = true // Hangul finals
	}

	props := []property{{}}
	number := map[property]int{{}: 0}
	values := make([]int, lastRune+1)
	for r := range rune(lastRune + 1) {
		if r >= 0xac00 && r <= 0xd7a3 {
			continue // by rule
		}
		nfd := d.nfd(r)
		first := d.folded(nfd)[0]
		p := property{class: d.class[r]}
		p.joins = d.class[nfd[0]] != 0 || d.class[first] != 0 || second[first]
		if s := string(nfd); s != string(r) {
			p.nfd = s
		}
		if m, ok := d.fold[r]; ok {
			p.folded = string(m)
		}
		if s := string(d.nfc(d.folded(nfd), pairs)); s != string(r) {
			p.all = s
		}
		n, ok := number[p]
		if !ok {
			n = len(props)
			number[p] = n
			props = append(props, p)
		}
		values[r] = n
	}
	return d.writeTables(name, props, values, pairs)
}

func (d *database) writeTables(name string, props []property, values []int, pairs map[[2]rune]rune) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by internal/fold/gen from Unicode %s. DO NOT EDIT.\n\npackage fold\n\n", d.version)
	fmt.Fprintf(&b, "// UnicodeVersion is the version of Unicode that folding follows.\nconst UnicodeVersion = %q\n\n", d.version)

	// Equal blocks are kept once; after the last code point with a property there are none.
	end := len(values)
	for end > 0 && values[end-1] == 0 {
		end--
	}
	var index []int
	var blocks [][]int
	for at := 0; at < end; at += blockLen {
		block := values[at : at+blockLen]
		i := slices.IndexFunc(blocks, func(o []int) bool { return slices.Equal(o, block) })
		if i < 0 {
			i = len(blocks)
			blocks = append(blocks, block)
		}
		index = append(index, i)
	}
	if len(blocks) > 256 || len(props) > 1<<16 {
		return fmt.Errorf("%d blocks and %d properties are too many for the tables", len(blocks), len(props))
	}
	fmt.Fprintf(&b, "const blockShift = %d\n\n", blockShift)
	fmt.Fprintf(&b, "// blockOf gives the block of values of each run of code points.\nvar blockOf = [%d]uint8{", len(index))
	list(&b, index)
	fmt.Fprintf(&b, "}\n\n// blocks give the number of the prop of each code point.\nvar blocks = [%d][1 << blockShift]uint16{\n", len(blocks))
	for _, block := range blocks {
		fmt.Fprint(&b, "{")
		list(&b, block)
		fmt.Fprint(&b, "},\n")
	}
	fmt.Fprintf(&b, "}\n\nvar props = [%d]prop{\n", len(props))
	for _, p := range props {
		fmt.Fprintf(&b, "{%d, %v, %s, %s, %s},\n", p.class, p.joins,
			strconv.QuoteToASCII(p.nfd), strconv.QuoteToASCII(p.folded), strconv.QuoteToASCII(p.all))
	}
	fmt.Fprintf(&b, "}\n\n// composed lists the primary composites by what they are composed of, in order.\nvar composed = [%d]composite{\n", len(pairs))
	keys := make([][2]rune, 0, len(pairs))
	for p := range pairs {
		keys = append(keys, p)
	}
	slices.SortFunc(keys, func(a, b [2]rune) int { return slices.Compare(a[:], b[:]) })
	for _, p := range keys {
		fmt.Fprintf(&b, "{%#x, %#x, %#x},\n", p[0], p[1], pairs[p])
	}
	fmt.Fprint(&b, "}\n")
	src, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(name, src, 0o644)
}

func list(b *bytes.Buffer, ns []int) {
	for i, n := range ns {
		if i%24 == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(b, "%d, ", n)
	}
	b.WriteByte('\n')
}
