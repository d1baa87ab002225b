package query

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// Range is a part of a string: the bytes from Start up to but not including End.
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Matches returns the parts of a title that a keyword matches, as byte ranges in
// the title as it is, for a user interface to highlight. Of an engine that folds
// loosely, or searches by words, ask its own Matches. There is a range exactly
// if a listing with this Keyword finds a session of this title; so a blank keyword
// has none, nor has a title that is not valid UTF-8, which no session can have.
//
// A range covers whole characters with their combining marks, also where folding
// made more or fewer letters of them: "s" matches all of "ß", and a composed é
// all of a decomposed one. Ranges are in ascending order and do not touch:
// occurrences that overlap or stand side by side are one range.
//
// The cost is linear in the title and the keyword: below 1 µs for a short title in
// ASCII, some 4 µs for one in other letters, and 50 ms for a mebibyte of those.
func Matches(title, keyword string) []Range {
	return Query{Keyword: keyword}.Matches(title)
}

// Matches returns the parts of a title that the query's keyword matches literally, like
// the function [Matches]: with MatchAllTerms those of all terms, and none at all unless
// every term occurs.
func (q Query) Matches(title string) []Range {
	return q.MatchesIn(fold.Case, title)
}

// MatchesIn is Matches where titles and keywords are compared in another form.
func (q Query) MatchesIn(form fold.Form, title string) []Range {
	return matchTerms(form, title, q.Terms())
}

func matchTerms(form fold.Form, title string, terms []string) []Range {
	if !utf8.ValidString(title) {
		return nil
	}
	folded := form.Fold(title)
	var spans []Range // in the folded title
	for _, term := range terms {
		keyword := form.Fold(term)
		if keyword == "" {
			continue // nothing is left of it: it is no condition
		}
		n := len(spans)
		spans = appendOccurrences(spans, folded, keyword)
		if len(spans) == n {
			return nil
		}
	}
	if len(terms) > 1 {
		spans = united(spans)
	}
	if isASCII(title) {
		return spans
	}
	return unfold(form, title, spans)
}

// appendOccurrences appends what the occurrences of a folded keyword cover, those
// that overlap or touch as one. Each byte of the text is looked at once (Knuth,
// Morris and Pratt), since a title and a keyword can be long and repetitive.
func appendOccurrences(spans []Range, text, keyword string) []Range {
	first := strings.Index(text, keyword)
	if first < 0 || keyword == "" {
		return spans
	}
	// border[i] is the length of the longest proper prefix of keyword[:i+1] that is
	// its suffix too.
	border := make([]int, len(keyword))
	for i, k := 1, 0; i < len(keyword); i++ {
		for k > 0 && keyword[i] != keyword[k] {
			k = border[k-1]
		}
		if keyword[i] == keyword[k] {
			k++
		}
		border[i] = k
	}
	n := len(spans)
	for i, k := first, 0; i < len(text); i++ {
		for k > 0 && text[i] != keyword[k] {
			k = border[k-1]
		}
		if k == 0 {
			next := strings.Index(text[i:], keyword) // many times as fast, where there is none
			if next < 0 {
				break
			}
			i += next
		}
		if k++; k == len(keyword) {
			spans = appendUnited(spans, n, Range{i + 1 - k, i + 1})
			k = border[k-1]
		}
	}
	return spans
}

// appendUnited appends r, which must not start before the last of spans[from:],
// or lengthens that one.
func appendUnited(spans []Range, from int, r Range) []Range {
	if n := len(spans); n > from && r.Start <= spans[n-1].End {
		spans[n-1].End = max(spans[n-1].End, r.End)
		return spans
	}
	return append(spans, r)
}

func united(spans []Range) []Range {
	slices.SortFunc(spans, func(a, b Range) int { return cmp.Compare(a.Start, b.Start) })
	out := spans[:0]
	for _, r := range spans {
		out = appendUnited(out, 0, r)
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unfold turns spans of the folded title into ranges of the title.
func unfold(form fold.Form, title string, spans []Range) []Range {
	if len(spans) == 0 {
		return nil
	}
	out := make([]Range, 0, len(spans))
	at := 0 // in the folded title
	for seg, folded := range foldSegments(form, title) {
		from := at
		at += len(folded)
		if spans[0].Start < at && spans[0].End > from {
			out = appendUnited(out, 0, seg)
		}
		for spans[0].End <= at {
			if spans = spans[1:]; len(spans) == 0 {
				return out
			}
			if spans[0].Start < at {
				out = appendUnited(out, 0, seg)
			}
		}
	}
	return out
}

// foldSegments yields the segments of a title, each with what folding makes of it.
func foldSegments(form fold.Form, title string) iter.Seq2[Range, []byte] {
	return func(yield func(Range, []byte) bool) {
		form.Segments(title)(func(start, end int, folded []byte) bool { return yield(Range{start, end}, folded) })
	}
}
