package title

import (
	"unicode"
	"unicode/utf8"
)

// letters holds, for each rune that is frequent in a segment, the bit array of the
// titles that have it: one-letter keywords would otherwise unite half of the
// dictionary. A rune that is not here is in so few terms that uniting them is
// quick. Titles that are set aside are left out.
type letters map[rune][]uint64

// A rune in more than one title of letterShare is frequent: a bit array then costs
// no more than a list of the titles. English text has some 45 of them, 6 bytes a
// title.
const letterShare = 32

// runePage counts 256 runes.
type runePage struct {
	last  [256]uint32 // the title that had the rune last, plus 1
	count [256]uint32
	bits  [256][]uint64
}

// newLetters returns nil if pace asks for it.
func newLetters(s *segment, pace func() bool) letters {
	var pages [unicode.MaxRune>>8 + 1]*runePage
	each := func(f func(p *runePage, i uint8, doc uint32)) bool {
		giants := s.giants
		for doc, text := range s.titles {
			if doc%paceEvery == 0 && !pace() {
				return false
			}
			if len(giants) > 0 && giants[0].doc == uint32(doc) {
				aside := giants[0].aside
				giants = giants[1:]
				if aside {
					continue
				}
			}
			if len(text) > 0 && pages[0] == nil {
				pages[0] = new(runePage)
			}
			for i := 0; i < len(text); {
				if c := text[i]; c < utf8.RuneSelf {
					f(pages[0], c, uint32(doc))
					i++
					continue
				}
				r, n := utf8.DecodeRuneInString(text[i:])
				p := pages[r>>8]
				if p == nil {
					p = new(runePage)
					pages[r>>8] = p
				}
				f(p, uint8(r), uint32(doc))
				i += n
			}
		}
		return true
	}
	if !each(func(p *runePage, i uint8, doc uint32) {
		if p.last[i] != doc+1 {
			p.last[i] = doc + 1
			p.count[i]++
		}
	}) {
		return nil
	}
	l := letters{}
	for n, p := range pages {
		if p == nil {
			continue
		}
		for i, count := range p.count {
			if r := rune(n<<8 | i); int(count)*letterShare > s.len() && !unicode.IsSpace(r) {
				p.bits[i] = make([]uint64, (len(s.titles)+63)/64)
				l[r] = p.bits[i]
			}
		}
	}
	if !each(func(p *runePage, i uint8, doc uint32) {
		if w := p.bits[i]; w != nil {
			w[doc>>6] |= 1 << (doc & 63)
		}
	}) {
		return nil
	}
	return l
}
