//go:build !js

package words

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// prefolded is a text as it is given to a language's analyser: folded by case and width,
// and composed. bleve's own filters take letters apart whose lower case is shorter, and
// lose the end of their word ("İstanbul", "GROẞ"), know nothing of composition, and lose
// count of the bytes where they change the width of characters.
type prefolded struct {
	text string
	// segs are the segments of the text, in order; nil if it was folded already.
	segs []segmentEnd
}

// segmentEnd is where a segment ends, folded and as it was.
type segmentEnd struct{ folded, was int }

const (
	dottedI   = "i\u0307" // the folded form of İ, which is to find i
	nonJoiner = "\u200c"  // it parts words in Persian
)

// prefold folds a text. With spaces, a zero-width non-joiner becomes a space.
func prefold(text string, spaces bool) prefolded {
	spaces = spaces && strings.Contains(text, nonJoiner)
	if !spaces && fold.String(text) == text && !strings.ContainsFunc(text, isOfOtherWidth) {
		return prefolded{text: text}
	}
	p := prefolded{segs: make([]segmentEnd, 0, len(text))}
	out := make([]byte, 0, len(text)+8)
	fold.LooseSegments(text)(func(start, end int, loose []byte) bool {
		folded := loose
		if r, _ := utf8.DecodeRuneInString(text[start:]); !isOfOtherWidth(r) {
			folded = []byte(fold.String(text[start:end]))
		}
		if rest, ok := bytes.CutPrefix(folded, []byte(dottedI)); ok {
			folded = append([]byte{'i'}, rest...)
		}
		if spaces {
			folded = bytes.ReplaceAll(folded, []byte(nonJoiner), []byte(" "))
		}
		out = append(out, folded...)
		p.segs = append(p.segs, segmentEnd{len(out), end})
		return true
	})
	p.text = string(out)
	return p
}

// isOfOtherWidth reports whether a character is the full-width or half-width form of
// another.
func isOfOtherWidth(r rune) bool { return 0xff01 <= r && r <= 0xffee }

// original returns which bytes of the text as it was stand for some of the folded one.
func (p *prefolded) original(from, to int) (int, int) {
	if p.segs == nil || from == to {
		return from, to
	}
	first := sort.Search(len(p.segs), func(i int) bool { return p.segs[i].folded > from })
	last := first + sort.Search(len(p.segs)-first, func(i int) bool { return p.segs[first+i].folded >= to })
	start := 0
	if first > 0 {
		start = p.segs[first-1].was
	}
	return start, p.segs[min(last, len(p.segs)-1)].was
}
