package title

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func always() bool { return true }

func dictionaryOf(t testing.TB, terms []string) *dictionary {
	d, err := newDictionary(terms, always)
	require.NoError(t, err)
	require.NoError(t, d.check())
	return d
}

func termsIn(d *dictionary, r termRange) (terms []string) {
	d.each(r, func(t uint32) { terms = append(terms, string(d.term(int(t)))) })
	slices.Sort(terms)
	return slices.Compact(terms)
}

func TestADictionaryFindsTermsByTheirParts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	letters := []rune("ab\x00é昨晚👍\x01\x7f")
	word := func(n int) string {
		var s []rune
		for range n {
			s = append(s, letters[r.IntN(len(letters))])
		}
		return string(s)
	}
	for _, size := range []int{0, 1, 2, 10, 2000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var terms []string
			for range size {
				if w := word(1 + r.IntN(12)); len(w) <= maxWord {
					terms = append(terms, w)
				}
			}
			slices.Sort(terms)
			terms = slices.Compact(terms)
			d := dictionaryOf(t, terms)
			require.Equal(t, len(terms), d.len())
			for range 500 {
				s := word(1 + r.IntN(4))
				for name, c := range map[string]struct {
					got  termRange
					want func(term string) bool
				}{
					"containing": {d.containing(s), func(term string) bool { return strings.Contains(term, s) }},
					"starting":   {d.starting(s), func(term string) bool { return strings.HasPrefix(term, s) }},
					"ending":     {d.ending(s), func(term string) bool { return strings.HasSuffix(term, s) }},
					"equal":      {d.equal(s), func(term string) bool { return term == s }},
				} {
					var want []string
					for _, term := range terms {
						if c.want(term) {
							want = append(want, term)
						}
					}
					require.Equal(t, want, termsIn(d, c.got), "%s %q", name, s)
				}
			}
		})
	}
}

func TestADictionaryRefusesLongWords(t *testing.T) {
	_, err := newDictionary([]string{strings.Repeat("x", maxWord)}, always)
	require.NoError(t, err)
	_, err = newDictionary([]string{strings.Repeat("x", maxWord+1)}, always)
	require.ErrorContains(t, err, "33 bytes")
}

func TestTheCheckOfADictionaryNoticesDamage(t *testing.T) {
	for name, damage := range map[string]func(d *dictionary){
		"order of terms":    func(d *dictionary) { d.text[0] = 'z' },
		"order of suffixes": func(d *dictionary) { d.sa[3], d.sa[4] = d.sa[4], d.sa[3] },
		"missing suffix":    func(d *dictionary) { d.sa = d.sa[1:] },
		"doubled suffix":    func(d *dictionary) { d.sa[2] = d.sa[1] },
		"gram of others":    func(d *dictionary) { d.grams.slot(gramKey("ter")).suffix-- },
		"gram cut short":    func(d *dictionary) { d.grams.slot(gramKey("m01")).suffixEnd-- },
		"gram without term": func(d *dictionary) { d.grams.slot(gramKey("t")).termEnd-- },
		"gram of other terms": func(d *dictionary) {
			g := d.grams.slot(gramKey("rm0"))
			g.term, g.termEnd = 0, 1
		},
		"missing gram":      func(d *dictionary) { d.grams.slot(gramKey("9\n")).key = 0 },
		"suffix of nothing": func(d *dictionary) { d.sa[1] = d.sa[1]&^(1<<placeBits-1) | 20 },
	} {
		var terms []string
		for i := range 100 {
			terms = append(terms, fmt.Sprintf("term%03d", i))
		}
		d := dictionaryOf(t, terms)
		damage(d)
		assert.Error(t, d.check(), name)
	}
}

func TestTheTermsOfATitle(t *testing.T) {
	for _, c := range []struct {
		title string
		terms []string
		long  bool
	}{
		{"", nil, false},
		{" \t\u3000\u0085\u00a0\u2003\u1680\u2028 ", nil, false},
		{"one two", []string{"one", "two"}, false},
		{"\u00a0one\u3000two\u2003", []string{"one", "two"}, false},
		{"c++ (c#)", []string{"c++", "(c#)"}, false},
		{"昨晚", []string{"昨晚"}, false},
		{"昨晚的会", []string{"昨晚的会"}, false},
		{"昨晚的会议", []string{"昨晚", "晚的", "的会", "会议"}, true},
		{"ab昨晚的会 x", []string{"ab", "b昨", "昨晚", "晚的", "的会", "x"}, true},
		{"today’s—meeting", []string{"today’s—meeting"}, false},
		{"0123456789abcdef0123456789abcdef", []string{"0123456789abcdef0123456789abcdef"}, false},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", append(slices.Repeat([]string{"aa"}, 31), "ab"), true},
		{"привет мир", []string{"привет", "мир"}, false},
		{"\u200b\ufeff", []string{"\u200b\ufeff"}, false},
	} {
		p := partsOf(c.title)
		assert.Equal(t, c.terms, p.terms, "%q", c.title)
		assert.Equal(t, c.long, p.long, "%q", c.title)
		assert.Equal(t, strings.Fields(c.title), runs(c.title), "%q", c.title)
	}
}

func runs(s string) []string {
	all := []string{}
	for i := 0; ; {
		from, to := nextRun(s, i)
		if from == len(s) {
			return all
		}
		all = append(all, s[from:to])
		i = to
	}
}

// A title has all boundary bits of every phrase in it.
func TestBoundaryBitsOfAPhraseAreThoseOfItsTitles(t *testing.T) {
	titles := []string{"a b", "ab cd ef", " x  yy\tzzz ", "昨晚 的 会议", "one two three four", "é è", "a"}
	for _, s := range titles {
		g := partsOf(s).bits
		for i := range s {
			for k := i + 1; k <= len(s); k++ {
				if k := keywordOf(s[i:k]); k.strategy == phrase {
					assert.Zero(t, k.bits&^g, "%q in %q", k.text, s)
				}
			}
		}
	}
	g := partsOf("report weekly").bits
	assert.NotZero(t, keywordOf("weekly report").bits&^g, "the words are there, but not adjacent")
}

func keywordOf(text string) (k keyword) {
	k.set(text)
	return k
}

func partsOf(title string) (p parts) {
	p.set(title)
	return p
}
