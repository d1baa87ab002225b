package corpus

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// tongue is a language, its share of the titles (without missing and popular ones), and
// how many of 1,000 are canonically decomposed, as file names of macOS are.
type tongue struct {
	name       string
	weight     uint64
	decomposed int
}

var tongues = []tongue{
	{"en", 640, 0},
	{"de", 32, 40}, {"fr", 26, 50}, {"es", 26, 50}, {"pt", 18, 50}, {"tr", 14, 60}, {"pl", 12, 50}, {"vi", 16, 300},
	{"ru", 50, 30}, {"zh", 70, 0}, {"ja", 40, 40}, {"ko", 30, 60}, {"ar", 20, 0}, {"el", 10, 80}, {"xx", 16, 50},
}

// How many of 1,000 titles are …
const (
	untitledShare = 40
	popularShare  = 60
	twofoldShare  = 400 // made of two phrases
	emojiShare    = 30  // with an emoji at one end
	lowerShare    = 60
	upperShare    = 15
	cutShare      = 25 // cut off with an ellipsis, if long
	blanksShare   = 8  // with stray white space
)

// titler writes titles.
type titler struct {
	tongues       []spoken
	pick          weighted
	popular       *section
	emoji         *section
	task, subtask *section
	paragraph     *section
}

type spoken struct {
	title      *section
	decomposed int
}

func newTitler() *titler {
	all := languages()
	t := &titler{
		popular:   all["popular"].must("title"),
		emoji:     all["emoji"].must("title"),
		task:      all["en"].must("task"),
		subtask:   all["en"].must("subtask"),
		paragraph: all["en"].must("para"),
	}
	shares := make([]uint64, len(tongues))
	for i, tongue := range tongues {
		shares[i] = tongue.weight
		t.tongues = append(t.tongues, spoken{all[tongue.name].must("title"), tongue.decomposed})
	}
	t.pick = newWeighted(shares)
	return t
}

// write returns the title of a session: sometimes "", sometimes a popular one,
// otherwise a phrase of from or, if from is nil, of any language. b is an empty buffer.
func (t *titler) write(b []byte, d *dice, from *section) []byte {
	switch p := d.below(1000); {
	case p < untitledShare:
		return b
	case p < untitledShare+popularShare:
		b = t.popular.write(b, d)
		switch p := d.below(100); {
		case p < 12:
			b = bytes.ToLower(b)
		case p < 16:
			b = bytes.ToUpper(b)
		}
		return b
	}
	decomposed := 0
	if from == nil {
		spoken := &t.tongues[t.pick.draw(d)]
		from, decomposed = spoken.title, spoken.decomposed
	}
	b = from.write(b, d)
	if d.chance(twofoldShare) {
		b = append(b, joints[d.byRank(3)]...)
		b = from.write(b, d)
	}
	return t.vary(b, d, decomposed)
}

// joints are the separators between the halves of a twofold title.
var joints = [...]string{" – ", ", ", ". ", " / ", ": ", " | ", " + "}

// vary changes a title as people and programs do.
func (t *titler) vary(b []byte, d *dice, decomposed int) []byte {
	switch p := d.below(1000); {
	case p < lowerShare:
		b = bytes.ToLower(b)
	case p < lowerShare+upperShare:
		b = bytes.ToUpper(b)
	case p < lowerShare+upperShare+cutShare:
		b = cut(b, d.between(30, 60))
	case p < lowerShare+upperShare+cutShare+blanksShare:
		b = strayBlanks(b, d)
	}
	if decomposed > 0 && d.chance(decomposed) {
		b = norm.NFD.Bytes(b)
	}
	if d.chance(emojiShare) {
		if d.chance(600) {
			b = append(t.emoji.write(nil, d), append([]byte{' '}, b...)...)
		} else {
			b = t.emoji.write(append(b, ' '), d)
		}
	}
	return b
}

// cut cuts a title off at a number of characters, with an ellipsis.
func cut(b []byte, characters int) []byte {
	at := 0
	for range characters {
		_, size := utf8.DecodeRune(b[at:])
		if at += size; at == len(b) {
			return b
		}
	}
	return append(b[:at], "…"...)
}

// strayBlanks adds white space in unexpected places.
func strayBlanks(b []byte, d *dice) []byte {
	at := bytes.IndexByte(b, ' ')
	switch d.below(7) {
	case 0:
		return append(b, ' ')
	case 1:
		return append([]byte("  "), b...)
	case 2:
		return append(b, '\n')
	case 3:
		return append(append([]byte{'\t'}, b...), " \t"...)
	case 4:
		if at >= 0 {
			return bytes.Join([][]byte{b[:at], b[at+1:]}, []byte("  "))
		}
	case 5:
		if at >= 0 {
			b[at] = "\t\n"[d.below(2)]
		}
	default:
		if at >= 0 {
			return bytes.Join([][]byte{b[:at], b[at+1:]}, []byte("\u00a0"))
		}
	}
	return b
}

// Giant titles: whole prompts that were pasted where a title was expected.
const (
	giantEvery    = 50_000  // sessions for one giant title
	maxGiants     = 64      // in a corpus of any size
	minGiantN     = 1000    // smaller corpora have none, all others at least one
	firstGiant    = 20_000  // bytes; it keeps small files small
	largestGiant  = 675_773 // bytes; the second one, the size of the largest seen in practice
	giantDoubling = 5       // the others have 20 KB << 0…5 bytes
)

// giants returns how many giant titles a corpus of n sessions has.
func giants(n int) int {
	if n < minGiantN {
		return 0
	}
	return min(max(1, n/giantEvery), maxGiants)
}

// writeGiant appends the giant title with this number, from 0 up: paragraphs, lists
// and code over many lines.
func (t *titler) writeGiant(b []byte, d *dice, number int) []byte {
	size := firstGiant
	switch {
	case number == 1:
		size = largestGiant
	case number > 1:
		low := firstGiant << d.below(giantDoubling)
		size = d.between(low, 2*low)
	}
	start := len(b)
	for len(b)-start < size {
		if d.chance(900) {
			b = t.paragraph.write(b, d)
		} else {
			b = append(b, t.write(nil, d, nil)...)
		}
		b = append(b, '\n')
		if d.chance(250) {
			b = append(b, '\n')
		}
	}
	end := start + size
	for !utf8.RuneStart(b[end-1]) { // back to a boundary between characters
		end--
	}
	return bytes.TrimRight(b[:end-1], "\n")
}
