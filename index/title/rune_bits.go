package title

import (
	"math/bits"
	"unicode"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/bitarray"
)

// runeBits holds, for each rune that is frequent in a segment, the bit array of the
// titles that have it: one-letter keywords would otherwise unite half of the
// dictionary. A rune that is not here is in so few terms that uniting them is
// quick. Titles that are set aside are left out.
type runeBits map[rune][]uint64

// A rune in more than one title of letterShare is frequent: a bit array then costs
// no more than a list of the titles. English text has some 45 of them, 6 bytes a
// title.
const letterShare = 32

// runePage counts 256 runes, but those of ASCII.
type runePage struct {
	last  [256]uint32 // the title that had the rune last, plus 1
	count [256]uint32
	bits  [256][]uint64
}

// newRuneBits returns nil if pace asks for it.
func newRuneBits(s *segment, pace func() bool) runeBits {
	// The ASCII letters of a title are 128 bits, which are looked at once for each
	// letter that it has, however often.
	ascii := make([][2]uint64, s.Limit())
	var count [utf8.RuneSelf]uint32
	var wide []uint32 // the titles with others
	var pages [unicode.MaxRune>>8 + 1]*runePage
	giants := s.giants
	for doc, text := range s.Texts {
		if doc%paceEvery == 0 && !pace() {
			return nil
		}
		if len(giants) > 0 && giants[0].doc == uint32(doc) {
			unindexed := giants[0].unindexed
			giants = giants[1:]
			if unindexed {
				continue
			}
		}
		var seen [2]uint64
		others := false
		for i := 0; i < len(text); {
			if c := text[i]; c < utf8.RuneSelf {
				seen[c>>6] |= 1 << (c & 63)
				i++
				continue
			}
			others = true
			r, n := utf8.DecodeRuneInString(text[i:])
			p := pages[r>>8]
			if p == nil {
				p = new(runePage)
				pages[r>>8] = p
			}
			if p.last[uint8(r)] != uint32(doc)+1 {
				p.last[uint8(r)] = uint32(doc) + 1
				p.count[uint8(r)]++
			}
			i += n
		}
		ascii[doc] = seen
		for half, w := range seen {
			for ; w != 0; w &= w - 1 {
				count[half<<6+bits.TrailingZeros64(w)]++
			}
		}
		if others {
			wide = append(wide, uint32(doc))
		}
	}

	l := runeBits{}
	frequent := func(r rune, count uint32) []uint64 {
		if int(count)*letterShare <= s.Len() || unicode.IsSpace(r) {
			return nil
		}
		l[r] = make([]uint64, bitarray.Limbs(s.Limit()))
		return l[r]
	}
	var rows [utf8.RuneSelf][]uint64
	var kept [2]uint64
	for r := range rows {
		if rows[r] = frequent(rune(r), count[r]); rows[r] != nil {
			kept[r>>6] |= 1 << (r & 63)
		}
	}
	for n, p := range pages {
		if p != nil {
			for i, count := range p.count {
				p.bits[i] = frequent(rune(n<<8|i), count)
			}
		}
	}
	for doc, seen := range ascii {
		if doc%(16*paceEvery) == 0 && !pace() {
			return nil
		}
		for half, w := range seen {
			for w &= kept[half]; w != 0; w &= w - 1 {
				rows[half<<6+bits.TrailingZeros64(w)][doc>>6] |= 1 << (doc & 63)
			}
		}
	}
	for i, doc := range wide {
		if i%paceEvery == 0 && !pace() {
			return nil
		}
		for _, r := range s.Texts[doc] {
			if r >= utf8.RuneSelf {
				if w := pages[r>>8].bits[uint8(r)]; w != nil {
					w[doc>>6] |= 1 << (doc & 63)
				}
			}
		}
	}
	return l
}
