//go:build !js

package words

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

// typosBetween counts typos with the full table (optimal string alignment).
func typosBetween(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range y {
		d[0][j+1] = j + 1
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			other := 1
			if x[i-1] == y[j-1] {
				other = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+other)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}

// naive reports whether a text has every word of a keyword, comparing tokens.
func naive(a *Analyser, keyword, text string, typing, typos bool) bool {
	asked, got := a.tokens(keyword), a.tokens(text)
	inPair := func(one token) bool {
		return one.single && slices.ContainsFunc(asked, func(o token) bool { return o.pair && o.start <= one.start && one.end <= o.end })
	}
	for i, want := range asked {
		if inPair(want) {
			continue
		}
		allowed := 0
		if n := utf8.RuneCountInString(want.term); typos && !want.pair {
			switch {
			case n >= 8:
				allowed = 2
			case n >= 4:
				allowed = 1
			}
		}
		if !slices.ContainsFunc(got, func(t token) bool {
			return t.term == want.term || typing && i == len(asked)-1 && strings.HasPrefix(t.term, want.term) || allowed > 0 && typosBetween(want.term, t.term) <= allowed
		}) {
			return false
		}
	}
	return len(asked) > 0 && text != ""
}

// scripts are words to make texts and keywords of.
var scripts = []string{
	"invoice", "Invoices", "invioce", "voice", "report", "repórt", "weekly", "don’t", "straße", "Łódź", "naïve", "İstanbul", "ab", "a", "x1.5",
	"昨晚", "数据", "会議の記録", "パソコン", "ﾊﾟｿ", "보고서를", "отчёт", "отчеты", "Новая", "ёлка", "άνθρωπος", "ΑΝΘΡΩΠΟΣ", "שָׁלוֹם", "مُحَمَّد", "हिन्दी", "ภาษาไทย",
	"supercalifragilisticexpialidocious", "->", "🚀", "in\u00advoice", "ﬁle",
}

// mistyped makes typos in a word.
func mistyped(r *rand.Rand, word string) string {
	runes := []rune(word)
	for range r.IntN(3) {
		if len(runes) < 2 {
			break
		}
		i := r.IntN(len(runes) - 1)
		switch r.IntN(4) {
		case 0:
			runes = slices.Delete(runes, i, i+1)
		case 1:
			runes = slices.Insert(runes, i, []rune("xои晚")[r.IntN(4)])
		case 2:
			runes[i] = []rune("eо昨")[r.IntN(3)]
		default:
			runes[i], runes[i+1] = runes[i+1], runes[i]
		}
	}
	return string(runes)
}

func phrase(r *rand.Rand, most int, word func(string) string) string {
	var out []string
	for range r.IntN(most + 1) {
		out = append(out, word(scripts[r.IntN(len(scripts))]))
	}
	return strings.Join(out, []string{" ", "  ", ", ", ""}[r.IntN(4)])
}

func TestSearchesAgreeWithTheNaiveTwin(t *testing.T) {
	r := testrand.New(t)
	for _, language := range []string{"", "en", "cjk"} {
		a, err := NewAnalyser(language)
		require.NoError(t, err)
		x, err := New(a, small())
		require.NoError(t, err)
		w := &twin{x: x, a: a}
		for range 30 {
			var changes []shell.Change
			for i := range 1 + r.IntN(25) { // new, renamed, deleted, and unchanged
				changes = append(changes, shell.Change{Ord: uint32(r.IntN(200)/25*25 + i), Text: phrase(r, 4, func(s string) string { return s })})
			}
			w.set(changes...)
			if r.IntN(4) == 0 { // else building may be under way, or not begun
				require.NoError(t, x.Wait(t.Context()))
			}
			for range 6 {
				keyword, typing, typos := phrase(r, 2, func(s string) string { return mistyped(r, s) }), r.IntN(2) == 0, r.IntN(2) == 0
				if r.IntN(3) == 0 && len(keyword) > 3 {
					keyword = strings.ToValidUTF8(keyword[:len(keyword)-r.IntN(3)], "")
				}
				var want []uint32
				for ord, text := range w.now {
					if naive(a, keyword, text, typing, typos) {
						want = append(want, uint32(ord))
					}
				}
				found, _, err := x.View().Search(t.Context(), a.Keyword(keyword, typing, typos))
				require.NoError(t, err)
				require.Equal(t, want, found.AppendTo(nil), "%q in %q, typing %v, typos %v", keyword, language, typing, typos)
			}
		}
		require.NoError(t, x.View().Verify(func(ord uint32) string { return w.now[ord] }, len(w.now)))
		require.NoError(t, x.Close())
		require.Zero(t, x.Stats().Failures, "%v", x.Stats().LastError)
	}
}

// A title that is searched, renamed and merged at the same time is always found under one
// of its names.
func TestSearchesWhileTitlesChange(t *testing.T) {
	a := defaultAnalyser(t)
	x, err := New(a, small())
	require.NoError(t, err)
	defer x.Close()
	const titles = 300
	names := []string{"the invoice of May", "the report of June"}
	write := func(name string) {
		var changes []shell.Change
		for ord := range uint32(titles) {
			changes = append(changes, shell.Change{Ord: ord, Text: fmt.Sprint(name, " ", ord)})
		}
		x.Apply(changes)
	}
	write(names[0])
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				v, n := x.View(), 0
				for _, word := range []string{"invioce", "reprot"} {
					found, _, err := v.Search(t.Context(), a.Keyword(word, false, true))
					if !assert.NoError(t, err) {
						return
					}
					n += found.N
				}
				assert.Equal(t, titles, n)
				_, err := v.Nearest(t.Context(), "invioce", 3)
				assert.NoError(t, err)
			}
		})
	}
	for i := range 40 {
		write(names[i%2])
		if i%8 == 7 {
			require.NoError(t, x.Wait(t.Context()))
		}
	}
	close(done)
	wg.Wait()
}

func TestRenamingDoesNotGrowTheIndex(t *testing.T) {
	const titles, rounds, writes = 3000, 8, 3000
	r := testrand.New(t)
	a := defaultAnalyser(t)
	x, err := New(a, &shell.Options{SealTitles: 64, SealAfter: time.Millisecond, CacheBytes: -1})
	require.NoError(t, err)
	defer x.Close()
	name := func(i int) string { return fmt.Sprintf("report %d about the invoice of client %x", i%977, i%3571) }
	var all []shell.Change
	for i := range titles {
		all = append(all, shell.Change{Ord: uint32(i), Text: name(i)})
	}
	x.Apply(all)
	require.NoError(t, x.Wait(t.Context()))
	fresh, before := x.Stats(), int64(heap())
	for round := range rounds {
		for range writes {
			x.Apply([]shell.Change{{Ord: uint32(r.IntN(titles)), Text: name(r.IntN(1 << 20))}})
		}
		x.Apply(all)
		require.NoError(t, x.Wait(t.Context()))
		s := x.Stats()
		require.Equal(t, titles, s.Titles)
		require.LessOrEqual(t, s.Segments, fresh.Segments+16, "round %d: %+v", round, s)
		require.LessOrEqual(t, 3*s.Deleted, titles+16, "round %d: %+v", round, s)
		require.Less(t, s.SegmentBytes, 2*fresh.SegmentBytes+1<<20, "round %d: %+v", round, s)
	}
	assert.Less(t, int64(heap())-before, int64(fresh.SegmentBytes+2<<20), "%+v", fresh)
}

// FuzzWords compares an index with the naive twin, checks that highlights lie within the
// text, and that words are missing exactly where it does not match.
func FuzzWords(f *testing.F) {
	for _, s := range [][2]string{
		{"Café au lait", "cafe"}, {"Don’t panic", "don't pnaic"}, {"昨晚的数据", "晚的"}, {"ﾊﾟｿｺﾝ", "パソ"}, {"a\xffb", "\xff"}, {"", ""}, {"in\u200bvoice", "invoice"},
		{"ß ẞ ŉ İ", "ss i"}, {"🚀👩‍💻", "->"}, {"ภาษาไทย", "ษา"}, {"e\u0301\u0301x", "ex"}, {"3.14,15 a.b", "3.14"},
	} {
		f.Add(s[0], s[1], byte(3))
	}
	analysers := []*Analyser{defaultAnalyser(f)}
	for _, name := range []string{"en", "de", "cjk", "fa", "tr"} {
		a, err := NewAnalyser(name)
		require.NoError(f, err)
		analysers = append(analysers, a)
	}
	f.Fuzz(func(t *testing.T, text, keyword string, mode byte) {
		if len(text)+len(keyword) > 1000 || !utf8.ValidString(text) || !utf8.ValidString(keyword) {
			return
		}
		typing, typos := mode&1 != 0, mode&2 != 0
		a := analysers[int(mode>>2)%len(analysers)]
		k := a.Keyword(keyword, typing, typos)
		want := naive(a, keyword, text, typing, typos)
		require.Equal(t, want, k.Match(text), "%q in %q", keyword, text)
		ranges := k.Ranges(text)
		require.Equal(t, want, len(ranges) > 0)
		at := -1
		for _, r := range ranges {
			require.Less(t, at, r[0])
			require.Less(t, r[0], r[1])
			require.LessOrEqual(t, r[1], len(text))
			require.True(t, utf8.ValidString(text[r[0]:r[1]]), "%q", text)
			at = r[1]
		}
		if text != "" {
			require.Equal(t, want, len(k.Missing(text)) == 0)
			s, err := a.builder()([]shell.Text{{Ord: 0, Text: text}}, nil, func() bool { return true })
			require.NoError(t, err)
			require.NoError(t, s.Check())
			docs, _, err := s.search(k, func() bool { return true })
			require.NoError(t, err)
			require.Equal(t, want, docs != nil && docs.Contains(0) && !k.IsEmpty(), "%q in a segment of %q", keyword, text)
		}
	})
}
