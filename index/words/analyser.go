//go:build !js

package words

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ar" // the languages that there are
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ckb"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/da"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fa"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fi"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hi"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hu"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/it"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/nl"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/no"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pl"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pt"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ro"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ru"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/sv"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/registry"
	boundaries "github.com/blevesearch/segment"

	"github.com/sessiondex/sessiondex/internal/fold"
)

// The names under which the parts of the default analyser are in bleve's registry.
const (
	defaultName   = "sessiondex"
	tokenizerName = "sessiondex_words"
	filterName    = "sessiondex_loose"
)

func init() {
	must := func(err error) {
		if err != nil {
			panic(err) // a name is taken: of the program, not of its input
		}
	}
	must(registry.RegisterTokenizer(tokenizerName, func(map[string]any, *registry.Cache) (analysis.Tokenizer, error) {
		return tokenizer{}, nil
	}))
	must(registry.RegisterTokenFilter(filterName, func(map[string]any, *registry.Cache) (analysis.TokenFilter, error) {
		return looseFilter{}, nil
	}))
	must(registry.RegisterAnalyzer(defaultName, func(_ map[string]any, cache *registry.Cache) (analysis.Analyzer, error) {
		t, err := cache.TokenizerNamed(tokenizerName)
		if err != nil {
			return nil, err
		}
		f, err := cache.TokenFilterNamed(filterName)
		if err != nil {
			return nil, err
		}
		return &analysis.DefaultAnalyzer{Tokenizer: t, TokenFilters: []analysis.TokenFilter{f}}, nil
	}))
}

// Analyser cuts texts into tokens and brings each into the form in which it is compared.
// It is safe for concurrent use.
type Analyser struct {
	a     analysis.Analyzer
	plain bool // the default one
	parts bool // a zero-width non-joiner parts words
}

// NewAnalyser returns the analyser of a name: "" is the default one, for any script;
// other names are those of bleve, such as "de" or "cjk".
//
// The default analyser cuts by the word boundaries of Unicode and folds loosely (see
// fold.Loose). Scripts that do not part words, and Korean, are cut into single
// characters and pairs of neighbours.
func NewAnalyser(name string) (*Analyser, error) {
	plain := name == ""
	if plain {
		name = defaultName
	}
	a, err := registry.NewCache().AnalyzerNamed(name)
	if err != nil || a == nil {
		return nil, fmt.Errorf("words: there is no analyser %q", name)
	}
	return &Analyser{a, plain, name == persian}, nil
}

// persian is the one language whose analyser begins with a filter of characters, which
// makes spaces of non-joiners and loses count of the bytes.
const persian = "fa"

// token is a term of a text, and which of its bytes it stands for.
type token struct {
	term       string
	start, end int
	pair       bool // two characters of a script that does not part words
	single     bool // one of those
}

// tokens analyses a text.
func (a *Analyser) tokens(text string) []token {
	if a.plain {
		if out, ok := asciiTokens(text); ok {
			return out
		}
	}
	return a.analyse(text)
}

// analyse has bleve analyse a text.
func (a *Analyser) analyse(text string) []token {
	p := prefolded{text: text}
	if !a.plain {
		p = prefold(text, a.parts)
	}
	stream := a.a.Analyze([]byte(p.text)) // a copy: filters may write to it
	out := make([]token, 0, len(stream))
	for _, t := range stream {
		if len(t.Term) > 0 {
			start, end := p.original(t.Start, t.End)
			out = append(out, token{string(t.Term), start, end, t.Type == analysis.Double, t.Type == analysis.Single})
		}
	}
	return out
}

// tokenizer cuts by the word boundaries of Unicode, as bleve's own does, with two
// differences: it keeps the letters of scripts for which those rules want a dictionary,
// and a zero-width space, which nobody sees, does not part a word.
type tokenizer struct{}

func (tokenizer) Tokenize(text []byte) analysis.TokenStream {
	var out analysis.TokenStream
	s := boundaries.NewWordSegmenterDirect(text)
	start, glued := 0, -1 // glued: the end of a zero-width space behind a word
	for s.Segment() {
		b := s.Bytes()
		end := start + len(b)
		n := len(out)
		switch {
		case !hasLetter(b):
			if string(b) == zeroWidthSpace && n > 0 && (out[n-1].End == start || glued == start) {
				glued = end
			}
		case glued == start:
			out[n-1].Term, out[n-1].End = text[out[n-1].Start:end], end
		default:
			out = append(out, &analysis.Token{Term: b, Start: start, End: end, Position: len(out) + 1, Type: analysis.AlphaNumeric})
		}
		start = end
	}
	return out
}

const zeroWidthSpace = "\u200b"

func hasLetter(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return true
		}
		b = b[n:]
	}
	return false
}

// looseFilter folds tokens loosely, and cuts those of scripts that do not part words
// into their characters and the pairs of neighbours.
type looseFilter struct{}

func (looseFilter) Filter(in analysis.TokenStream) analysis.TokenStream {
	out := make(analysis.TokenStream, 0, len(in))
	var before *analysis.Token // the last character of such a script
	for _, t := range in {
		var word *analysis.Token // under way
		fold.LooseSegments(string(t.Term))(func(start, end int, folded []byte) bool {
			start, end = t.Start+start, t.Start+end
			r, _ := utf8.DecodeRune(folded)
			switch {
			case len(folded) == 0: // nothing that can be seen
				if word != nil {
					word.End = end
				}
			case !unspaced(r):
				if word == nil {
					word = &analysis.Token{Start: start, Type: analysis.AlphaNumeric}
					out = append(out, word)
				}
				word.Term, word.End = append(word.Term, folded...), end
			default:
				word = nil
				one := &analysis.Token{Term: append([]byte(nil), folded...), Start: start, End: end, Type: analysis.Single}
				if before != nil && before.End == start {
					out = append(out, &analysis.Token{
						Term: append(append([]byte(nil), before.Term...), folded...), Start: before.Start, End: end, Type: analysis.Double,
					})
				}
				out = append(out, one)
				before = one
			}
			return true
		})
	}
	for i, t := range out {
		t.Position = i + 1
	}
	return out
}

// unspaced reports whether a character is of a script that does not put spaces between
// words, or of Korean, which puts them between words with their particles.
func unspaced(r rune) bool {
	switch {
	case r < 0xe00:
		return false
	case r <= 0xeff, // Thai, Lao
		0x1000 <= r && r <= 0x109f, // Burmese
		0x1780 <= r && r <= 0x17ff, // Khmer
		0x2e80 <= r && r <= 0x2fdf, // radicals
		0x3005 <= r && r <= 0x3007, 0x3021 <= r && r <= 0x3029,
		0x3040 <= r && r <= 0x318f, // kana, bopomofo, Hangul letters
		0x31a0 <= r && r <= 0x31ff,
		0x3400 <= r && r <= 0x9fff, // Han
		0xac00 <= r && r <= 0xd7a3, // Hangul syllables
		0xf900 <= r && r <= 0xfaff,
		0x1b000 <= r && r <= 0x1b16f,
		0x20000 <= r && r <= 0x3ffff:
		return true
	}
	return false
}
