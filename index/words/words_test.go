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

	"github.com/blevesearch/vellum/levenshtein"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
	"github.com/sessiondex/sessiondex/internal/bitarray"
)

func defaultAnalyser(t testing.TB) *Analyser {
	a, err := NewAnalyser("")
	require.NoError(t, err)
	return a
}

func terms(a *Analyser, text string) (out []string) {
	for _, t := range a.tokens(text) {
		out = append(out, t.term)
	}
	return out
}

func TestTheDefaultAnalyser(t *testing.T) {
	a := defaultAnalyser(t)
	for text, want := range map[string][]string{
		"":                                    nil,
		" -> !?":                              nil,
		"Weekly report, Q3":                   {"weekly", "report", "q3"},
		"Don’t STOP":                          {"don't", "stop"},
		"Café Łódź İstanbul":                  {"cafe", "lodz", "istanbul"},
		"Große STRASSE":                       {"grosse", "strasse"},
		"e-mail e‑mail":                       {"e", "mail", "e", "mail"},
		"in\u00advoice":                       {"invoice"},
		"in\u200bvoi\u200b\u200bce\u200b now": {"invoice", "now"},
		"ﾊﾟｿ":                                 {"パ", "パソ", "ソ"},
		"Ёлка Йод":                            {"елка", "йод"},
		"昨晚的":                                 {"昨", "昨晚", "晚", "晚的", "的"},
		"API设计":                               {"api", "设", "设计", "计"},
		"보고서 API를":                            {"보", "보고", "고", "고서", "서", "api", "를"},
		"昨 晚":                                 {"昨", "晚"},
		"ภาษา":                                {"ภ", "ภา", "า", "าษ", "ษ", "ษา", "า"},
		"हिन्दी में":                          {"हिन्दी", "में"},
		"שָׁלוֹם":                             {"שלום"},
		"3.14 v2":                             {"3.14", "v2"},
		"🚀 launch":                            {"launch"},
	} {
		assert.Equal(t, want, terms(a, text), "%q", text)
	}
}

// Pairs that users of other session lists complain about.
func TestWhatPeopleType(t *testing.T) {
	a := defaultAnalyser(t)
	for _, c := range []struct {
		title, keyword string
		typing, typos  bool
		want           bool
	}{
		{"Café notes", "cafe", false, false, true},
		{"cafe notes", "Café", false, false, true},
		{"Invoice 7", "invioce", false, true, true},
		{"Invoice 7", "invioce", false, false, false},
		{"Don’t panic", "don't", false, false, true},
		{"Łódź trip", "lodz", false, false, true},
		{"İstanbul", "istanbul", false, false, true},
		{"ISTANBUL", "İstanbul", false, false, true},
		{"パソコン入門", "ﾊﾟｿｺﾝ", false, false, true},
		{"Новогодняя ёлка", "елка", false, false, true},
		{"Новогодняя елка", "ЁЛКА", false, false, true},
		{"мой отчет", "мои", false, false, false},
		{"昨晚的数据", "晚", false, false, true},
		{"昨晚的数据", "数据", false, false, true},
		{"昨晚的数据", "据数", false, false, false},
		{"보고서를 작성", "보고서", false, false, true},
		{"Invoice review", "review invo", true, false, true},
		{"Invoice review", "invo review", true, false, false},
		{"Invoice review", "invo", false, false, false},
		{"Quarterly report", "quaterly reprot", false, true, true},
		{"Quarterly report", "qutrly report", false, true, false},
		{"the cat", "hte", false, true, false},
		{"ワールド", "ﾜｰﾙﾄﾞ", false, false, true},
		{"report", "->", false, false, false},
		{"", "report", false, false, false},
	} {
		k := a.Keyword(c.keyword, c.typing, c.typos)
		assert.Equal(t, c.want, k.Match(c.title), "%+v", c)
		assert.Equal(t, c.want, k.Ranges(c.title) != nil, "%+v", c)
		if c.want {
			assert.Empty(t, k.Missing(c.title))
		}
	}
}

func TestRangesAreThoseOfTheOriginalText(t *testing.T) {
	a := defaultAnalyser(t)
	for _, c := range []struct{ title, keyword, want string }{
		{"Das Café am Eck", "cafe", "Das [Café] am Eck"},
		{"ﾊﾟｿｺﾝ入門", "パソ", "[ﾊﾟｿ]ｺﾝ入門"},
		{"昨晚的会议", "晚的会", "昨[晚的会]议"},
		{"Straße der Straßen", "strasse", "[Straße] der Straßen"},
		{"an Invoice, invoice", "invoice", "an [Invoice], [invoice]"},
		{"a in\u00advoice\u00ad!", "invoice", "a [in\u00advoice\u00ad]!"},
	} {
		got, at := "", 0
		for _, r := range a.Keyword(c.keyword, false, false).Ranges(c.title) {
			got += c.title[at:r[0]] + "[" + c.title[r[0]:r[1]] + "]"
			at = r[1]
		}
		assert.Equal(t, c.want, got+c.title[at:], "%q", c.keyword)
	}
}

// typosAway returns all words that are one typo away from a word.
func typosAway(word string, letters string) (out []string) {
	r := []rune(word)
	for i := range len(r) + 1 {
		for _, l := range letters {
			out = append(out, string(r[:i])+string(l)+string(r[i:]))
			if i < len(r) {
				out = append(out, string(r[:i])+string(l)+string(r[i+1:]))
			}
		}
		if i < len(r) {
			out = append(out, string(r[:i])+string(r[i+1:]))
		}
		if i+1 < len(r) {
			out = append(out, string(r[:i])+string(r[i+1])+string(r[i])+string(r[i+2:]))
		}
	}
	return out
}

func TestATypoIsOneOfFour(t *testing.T) {
	for _, w := range []string{"отчет", "naïve", "word"} {
		for _, one := range typosAway(w, "xо") {
			assert.True(t, within([]rune(w), one, 1), "%s %s", w, one)
			for _, two := range typosAway(one, "y") {
				assert.True(t, within([]rune(w), two, 2) || distance([]rune(w), two, 9) == 3, "%s %s %s", w, one, two)
			}
		}
	}
	assert.False(t, within([]rune("word"), "wxyd", 1))
}

// twin is an index beside the plain slice that it must agree with.
type twin struct {
	x   *Index
	a   *Analyser
	now []string
}

func small() *shell.Options {
	return &shell.Options{SealTitles: 8, SealAfter: time.Nanosecond, MaxSegment: 100, FanOut: 2, CacheBytes: 20_000}
}

func (w *twin) set(changes ...shell.Change) {
	for _, c := range changes {
		for int(c.Ord) >= len(w.now) {
			w.now = append(w.now, "")
		}
		w.now[c.Ord] = c.Text
	}
	w.x.Apply(changes)
}

func (w *twin) check(t testing.TB, k *Keyword) {
	var want []uint32
	for ord, text := range w.now {
		if k.Match(text) {
			want = append(want, uint32(ord))
		}
	}
	found, _, err := w.x.View().Search(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, want, found.AppendTo(nil), "%q", k.Key())
	require.Equal(t, len(want), found.N)
}

func TestTheIndexFindsWhatAnalysingFinds(t *testing.T) {
	pieces := []string{"invoice", "Invoices", "invioce", "voice", "report", "repórt", "weekly", "昨晚", "会議の記録", "パソコン", "отчёт", "отчеты",
		"don’t", "straße", "ab", "a", "naïve", "보고서", "supercalifragilisticexpialidociousandmore"}
	keywords := []string{"invoice", "invioce", "inv", "voices", "report weekly", "reprot wekly", "昨", "昨晚", "録", "ﾊﾟｿｺﾝ", "отчет", "отче", "don't",
		"strasse", "a", "nai", "보고", "supercalifragilisticexpialidociousandmroe", "nothing", "zzzzzzzzzz", "-"}
	rng := rand.New(rand.NewPCG(7, 8))
	a := defaultAnalyser(t)
	x, err := New(a, small())
	require.NoError(t, err)
	w := &twin{x: x, a: a}
	defer func() {
		require.NoError(t, x.Close())
		require.Zero(t, x.Stats().Failures, "%v", x.Stats().LastError)
	}()
	for round := range 60 {
		var changes []shell.Change
		for i := range 1 + rng.IntN(20) {
			ord := uint32(rng.IntN(150)/20*20 + i)
			var text []string
			for range rng.IntN(4) {
				text = append(text, pieces[rng.IntN(len(pieces))])
			}
			changes = append(changes, shell.Change{Ord: ord, Text: strings.Join(text, " ")})
		}
		w.set(changes...)
		if round%7 == 0 {
			require.NoError(t, x.Wait(t.Context()))
		}
		for _, text := range keywords {
			w.check(t, a.Keyword(text, rng.IntN(2) == 0, rng.IntN(2) == 0))
		}
		if round%20 == 0 {
			require.NoError(t, x.View().Verify(func(ord uint32) string { return w.now[ord] }, len(w.now)))
		}
	}
	require.NotZero(t, x.Stats().Merges)
}

// It finds the terms that the naive count finds and that bleve's automata accept.
func TestTheDictionaryCountsTyposLikeTheTwinAndBleve(t *testing.T) {
	var builders [2]*levenshtein.LevenshteinAutomatonBuilder
	for i := range builders {
		var err error
		builders[i], err = levenshtein.NewLevenshteinAutomatonBuilder(uint8(i+1), true)
		require.NoError(t, err)
	}

	rng := rand.New(rand.NewPCG(9, 10))
	a := defaultAnalyser(t)
	var list []shell.Text
	word := func(n int) string {
		r := make([]rune, n)
		for i := range r {
			r[i] = []rune("abcé界")[rng.IntN(4)]
		}
		return string(r)
	}
	for i := range 3000 {
		list = append(list, shell.Text{Ord: uint32(i), Text: word(3 + rng.IntN(8))})
	}
	s, err := a.builder()(list, nil, func() bool { return true })
	require.NoError(t, err)
	require.NoError(t, s.Check())
	for range 120 {
		k := a.Keyword(word(4+rng.IntN(7)), rng.IntN(2) == 0, true)
		docs, _, err := s.search(k, func() bool { return true })
		require.NoError(t, err)
		var got, want []uint32
		if docs != nil {
			got = bitarray.Append(nil, docs.Limbs, 0, bitarray.Count(docs.Limbs))
			docs.Release()
		}
		for _, one := range list {
			if k.Match(one.Text) {
				want = append(want, one.Ord)
			}
		}
		require.Equal(t, want, slices.Clip(got), "%q", k.Key())
		for _, one := range k.terms {
			if one.typos == 0 {
				continue
			}
			dfa, err := builders[one.typos-1].BuildDfa(one.text, uint8(one.typos))
			require.NoError(t, err)
			r, err := s.bleve.reader()
			require.NoError(t, err)
			var near, accepted []string
			require.NoError(t, s.terms.eachNear(one.runes, one.typos, func() bool { return true }, func(i int) error {
				near = append(near, s.terms.term(i))
				return nil
			}))
			for it := r.dict.AutomatonIterator(dfa, nil, nil); ; {
				e, err := it.Next()
				require.NoError(t, err)
				if e == nil {
					break
				}
				accepted = append(accepted, e.Term)
			}
			require.Equal(t, accepted, near, "%q", one.text)
		}
	}
}

func TestOneSegmentIsSearchedConcurrently(t *testing.T) {
	a := defaultAnalyser(t)
	x, err := New(a, &shell.Options{CacheBytes: -1, SealTitles: 100, SealAfter: time.Nanosecond})
	require.NoError(t, err)
	defer x.Close()
	var changes []shell.Change
	for i := range uint32(4000) {
		changes = append(changes, shell.Change{Ord: i, Text: fmt.Sprintf("word%d in report %d about thing%d", i%97, i, i%13)})
	}
	x.Apply(changes)
	require.NoError(t, x.Wait(t.Context()))
	require.Zero(t, x.Stats().Buffered)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				n := (i*7 + g*31) % 97
				found, _, err := x.View().Search(t.Context(), a.Keyword(fmt.Sprintf("report word%d", n), i%2 == 0, i%3 == 0))
				if !assert.NoError(t, err) {
					return
				}
				want := 0
				for _, c := range changes {
					if a.Keyword(fmt.Sprintf("report word%d", n), i%2 == 0, i%3 == 0).Match(c.Text) {
						want++
					}
					if i > 4 {
						break // the first few are enough to be counted
					}
				}
				if i <= 4 {
					assert.Equal(t, want, found.N)
				}
				assert.NotZero(t, found.N)
			}
		})
	}
	wg.Wait()
}

func TestNearestWordsComeFirst(t *testing.T) {
	a := defaultAnalyser(t)
	x, err := New(a, small())
	require.NoError(t, err)
	defer x.Close()
	var changes []shell.Change
	for i := range uint32(60) {
		changes = append(changes, shell.Change{Ord: i, Text: fmt.Sprint([]string{"invoice", "invoices", "voice"}[i%3], " ", i)})
	}
	x.Apply(changes)
	for range 2 {
		got, err := x.View().Nearest(t.Context(), "invioce", 5)
		require.NoError(t, err)
		require.NotEmpty(t, got)
		assert.Equal(t, Near{"invoice", "invoice", 1, 20}, got[0])
		got, err = x.View().Nearest(t.Context(), "qqqqqqq", 5)
		require.NoError(t, err)
		assert.Empty(t, got)
		require.NoError(t, x.Wait(t.Context()))
	}
}

// A suggestion is a word that texts have, not its analysed form.
func TestNearestWordsAreWrittenAsTextsWriteThem(t *testing.T) {
	for _, c := range []struct {
		language, typed, want string
		texts                 []string
	}{
		{"en", "relaeses", "releases", []string{"Releases of May", "releases", "a release"}},
		{"de", "Rechnugen", "rechnungen", []string{"Die Rechnungen", "Rechnung 7", "RECHNUNGEN von gestern"}},
		{"", "lodz", "łódź", []string{"Łódź", "in Łódź", "lodz"}},
		{"", "invioce", "invoice", []string{"Invoice", "INVOICE"}},
	} {
		a, err := NewAnalyser(c.language)
		require.NoError(t, err)
		x, err := New(a, small())
		require.NoError(t, err)
		var changes []shell.Change
		for i := range 30 {
			changes = append(changes, shell.Change{Ord: uint32(i), Text: c.texts[i%len(c.texts)]})
		}
		x.Apply(changes)
		for range 2 {
			got, err := x.View().Nearest(t.Context(), c.typed, 3)
			require.NoError(t, err)
			require.NotEmpty(t, got, c.typed)
			assert.Equal(t, c.want, got[0].Word, "%+v", got)
			assert.True(t, a.Keyword(got[0].Word, false, false).Match(c.texts[0]), "the suggestions find them")
			assert.Equal(t, c.want, a.NearestIn(slices.Values(c.texts), c.typed, 3)[0].Word)
			require.NoError(t, x.Wait(t.Context()))
		}
		require.NoError(t, x.Close())
	}
}

// The fast path for ASCII must cut as bleve does.
func FuzzASCIIIsCutAsAnyText(f *testing.F) {
	for _, s := range []string{"", "Don't stop", "a_b c__ _ 1.5,3 v2.0: a:b a'b' 'x' 1'2 a.1 1.a a,b 1:2", "e-mail x+y", "a..b", "a'", "_a_", "A1_b2"} {
		f.Add(s)
	}
	a := defaultAnalyser(f)
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := asciiTokens(s)
		if !ok {
			return
		}
		want := a.analyse(s)
		if len(want)+len(got) > 0 {
			require.Equal(t, want, got, "%q", s)
		}
	})
}
