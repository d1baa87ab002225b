package title_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Titles as users write them, and what they might type to find them.
var (
	handPickedTitles = []string{
		"Invoice review", "Bi-Weekly report", "weekly  report, two blanks", "weekly\treport, a tab", "Re: weekly report",
		"STRASSE", "Straße nach Süden", "GROẞ und klein", "ÄRGER im Büro", "a\u0308rger, decomposed", "café crème", "cafe\u0301 cre\u0300me",
		"Борис Годунов", "борис", "ΟΔΟΣ ΕΡΜΟΥ", "οδός", "ὈΔΥΣΣΕΎΣ", "σίσυφος", "İSTANBUL", "istanbul", "ISPARTA ısparta",
		"ＡＢＣ ｆｕｌｌ ｗｉｄｔｈ", "ﬁle of ﬂowers", "K elvin", "Å ångström Å",
		"昨晚的会议记录", "机器学习 数据", "今日は良い天気ですね、散歩に行きましょう", "カタカナ", "ﾃｽﾄ", "데이터 분석 보고서를 작성하다", "ภาษาไทยไม่มีช่องว่างระหว่างคำ",
		"שלום עולם", "مرحبا بالعالم", "नमस्ते दुनिया", "tiếng Việt có dấu",
		"👍🏽 approved", "👩‍👩‍👧‍👦 family", "🇩🇪 flag", "❤️", "→ next -> step", "100% of_all *stars* \\path\\to \"quoted\" 'single' [brackets] what?",
		"C++ and C#", "a", "x y", "  leading and trailing  ", "\u00a0nbsp\u00a0", "\u2003em\u2003space\u3000ideographic",
		"https://example.com/a/very/long/path/that/no/dictionary/wants?q=1&r=2", "0123456789abcdef0123456789abcdef0123456789abcdef",
		"don’t—stop…believing", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaa aaa aaa", "line one\nline two", "\x00\x01 control\x7f",
		strings.Repeat("a giant prompt about invoices ", 40) + "end",
		strings.Repeat("無限の長い文章", 60),
		"", " ", "\t\u3000", "report",
	}
	handPickedKeywords = []string{
		"voice", "weekly rep", "weekly  rep", "weekly\trep", "y r", "y  r", "ly  report, t", "report", "REPORT", "re", "r", "e",
		"strasse", "straße", "STRAẞE", "ss", "ß", "ẞ", "ärger", "ÄRGER", "a\u0308", "é", "e\u0301", "crème", "\u0301",
		"борис", "БОРИС", "ΟΔΟΣ", "οδος", "οδός", "Σ", "ς", "σ", "i", "İ", "ı", "I", "\u0307", "istanbul", "İstanbul",
		"ＡＢＣ", "ａ", "ﬁ", "fi", "K", "k", "Å",
		"昨", "昨晚", "昨晚的", "昨晚的会议", "学习 数", "学", "机器学习", "天気", "良い天気ですね、散歩", "行きましょう", "タカ", "ﾃｽ", "분석", "보고서를 작성", "작성하다", "ภาษา", "ไม่มีช่อง",
		"עולם", "م", "العالم", "नम", "स्ते", "việt", "ệ",
		"👍", "👍🏽", "🏽", "👩‍👩", "\u200d", "🇩🇪", "🇩", "❤", "->", "→", "%", "_", "*", "\\", "\"", "'", "[", "]", "?", "*stars*", "100% of_all *", "\\path\\to \"q",
		"c++", "+", "#", "a", "x y", "x  y", "leading and", "and trailing", "nbsp", "em\u2003space", "em space", "space\u3000ideo",
		"https://", "example.com/a/very", "/path/that/no/dictionary", "q=1&r=2", "789abc", "f0", "0123456789abcdef0123456789abcdef0123456789abcdef",
		"’", "don’t", "t—s", "—stop…", "aaa", "aa aa", "a a", "aaa aaa aaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"one\nline", "one line", "\x01", "\x7f", "\x00",
		"giant prompt", "invoices a giant", "invoices end", "長い文章無限", "章無", "s a g",
		strings.Repeat("a giant prompt about invoices ", 39) + "a", strings.Repeat("a giant prompt about invoices ", 8) + "x",
		"one two three", "nothing has this", "qqq", "q", strings.Repeat("long ", 300) + "k", "re: weekly report", "and klein", "ß u",
		// None of these is trimmed; they must agree with strings.Contains too.
		" ", "  ", " report", "report ", "\t", "weekly ", " weekly", "\u3000", "", " a ", "\xff", "\xa9", "é"[:1], "a\xff",
	}
)

// stages brings titles through every stage of their life in an index, and calls
// check at each of them.
func stages(t *testing.T, titles []string, check func(t *testing.T, v title.View, titles []string)) {
	noLeaks(t)
	w := newTwin(t, small())
	all := func(texts []string) (changes []title.Change) {
		for i, s := range texts {
			changes = append(changes, title.Change{Ord: uint32(i), Text: s})
		}
		return changes
	}
	run := func(name string, m moment) {
		t.Run(name, func(t *testing.T) { check(t, m.v, m.titles) })
	}

	w.apply(all(titles)...)
	fresh := w.moment()
	run("fresh", fresh)
	w.settle()
	run("sealed", w.moment())
	for i := range 10 { // beside other titles, with which they are merged
		for k := range 10 {
			w.apply(title.Change{Ord: uint32(len(titles) + 10*i + k), Text: titles[(i*7+k)%len(titles)]})
		}
		w.settle()
	}
	require.NotZero(t, w.x.Stats().Merges)
	merged := w.moment()
	run("merged", merged)
	turned := append(append([]string{}, titles[1:]...), titles[0])
	w.apply(all(turned)...)
	run("renamed", w.moment())
	w.settle()
	run("renamed and sealed", w.moment())
	w.apply(all(make([]string, len(titles)))...)
	run("deleted", w.moment())
	w.settle()
	run("deleted and merged", w.moment())
	w.apply(all(titles)...)
	run("put again", w.moment())
	w.settle()
	run("put again and sealed", w.moment())
	run("earlier view: fresh", fresh)
	run("earlier view: merged", merged)
	require.NoError(t, w.x.Close())
	run("closed", w.moment())
}

func TestASearchFindsWhatContainsTheKeyword(t *testing.T) {
	var titles []string
	for _, s := range handPickedTitles {
		titles = append(titles, fold.String(s))
	}
	stages(t, titles, func(t *testing.T, v title.View, titles []string) {
		for _, k := range handPickedKeywords {
			search(t, v, titles, fold.String(k))
		}
		verify(t, v, titles)
	})
}

func TestEveryPieceOfATitleFindsIt(t *testing.T) {
	titles := []string{
		"sync the q3 numbers", "昨晚的会议记录 很长的一句话没有空格 end", "path/to/some/long/file/name_with_parts.go:120 fails", "naïve café №5 — ok",
	}
	stages(t, titles, func(t *testing.T, v title.View, titles []string) {
		for _, s := range titles[:4] {
			for i := range s {
				for k := i + 1; k <= len(s); k++ {
					search(t, v, titles, s[i:k])
				}
			}
		}
	})
}

func TestInvalidTextIsFoundByItsBytes(t *testing.T) {
	titles := []string{"ok \xff here", "\xc3", "caf\xc3\xa9", "\xa9 stray", "mixed \xe6\x98 cut", "fine"}
	stages(t, titles, func(t *testing.T, v title.View, titles []string) {
		for _, k := range []string{"\xff", "\xa9", "é", "\xc3", "k \xff h", "\xe6\x98", "\xe6\x98 cut", "cut", "fine", "\x98", "\ufffd"} {
			search(t, v, titles, k)
		}
	})
}

func TestAGiantTitleIsFoundAnywhereInIt(t *testing.T) {
	prose := strings.Repeat("lorem ipsum dolor ", 4000) + "needle-in-the-middle https://example.com/path/to/a/needleful/page.html " + strings.Repeat("sit amet ", 4000)
	var dump strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&dump, "%x needle%d\n", i*7919, i)
	}
	w := newTwin(t, &title.Options{SealTitles: 3})
	w.apply(title.Change{Ord: 3, Text: prose}, title.Change{Ord: 5, Text: "needle of the usual size"}, title.Change{Ord: 9, Text: dump.String()})
	for range 2 {
		for _, k := range []string{
			"needle", "lorem", "in-the", "dolor needle", "middle sit", "t", "pf", "usual", "sit amet sit", "dolor sit",
			"needle777", "needlefu", "ample.com/path/to", "com/paths", "orem.com", "needle19999\n", "needle20000", "0 needle", "needle 0", "n", "zq", "ordinary",
		} {
			search(t, w.v, w.now, k)
		}
		w.settle()
		require.Equal(t, 1, w.x.Stats().Segments)
	}
	assert.Less(t, w.x.Stats().SegmentBytes, (len(prose)+dump.Len())/3, "giants must not fill the dictionary")
	assert.Equal(t, title.SearchStats{Segments: 1, Scanned: 1}, search(t, w.v, w.now, "nowhere"), "only the dump is unindexed")
}

// In one segment: bitmaps of every kind, united and intersected.
func TestWordsOfThousandsOfTitlesReadFewTitles(t *testing.T) {
	const titles = 12_000
	w := newTwin(t, &title.Options{CacheBytes: -1})
	var changes []title.Change
	for i := range titles {
		s := fmt.Sprintf("n%d", i)
		for d, word := range []string{"", "always", "even", "third", "fourth", "fifth", "sixth", "seventh"} {
			if d > 0 && i%d == 0 {
				s += " " + word
			}
		}
		if i%97 == 0 {
			s += " 昨晚的会议记录很长"
		}
		changes = append(changes, title.Change{Ord: uint32(i), Text: s})
	}
	w.apply(changes...)
	w.settle()
	require.Equal(t, 1, w.x.Stats().Segments)
	for range 2 {
		for _, k := range []string{"ven", "th", "thi", "ird", "ays", "even", "fth", "a", "v", "n1", "1", "99", "会议记", "晚的", "fifth", "xth"} {
			assert.LessOrEqual(t, search(t, w.v, w.now, k).Verified, titles/97+1, k)
		}
		// With the number of titles that may be read without matching.
		for k, misses := range map[string]int{"even third": 150, "rd fou": 150, "third sixth": 700, "fth six": 150, "even seventh": 150, "n77 al": 32, "ys even third fourth": 150} {
			found, stats, err := w.v.Search(t.Context(), k)
			require.NoError(t, err)
			search(t, w.v, w.now, k)
			assert.LessOrEqual(t, stats.Verified, found.N+misses, k)
		}
		for i := 0; i < titles; i += 5 {
			w.apply(title.Change{Ord: uint32(i)})
		}
	}
}

// And of near misses: in another order, with other white space between, within longer
// words and long runs.
func TestPhrasesOfFrequentPairs(t *testing.T) {
	w := newTwin(t, &title.Options{CacheBytes: -1})
	kinds := []string{
		"the remote work of %d", "remote working, part %d", "so remote work", "remote  work %d", "remote\twork %d", "%d work remote",
		"remote worker %d remote work", "remotework %d", "a work %d of remote", "remote: work %d", "会議の記録です work %d remote work",
		"remote 会議の記録です、とても長い %d", "remote\u00a0work %d", strings.Repeat("the remote work is remote work ", 400) + "%d",
	}
	var changes []title.Change
	for i := range 300 * len(kinds) {
		if i%17 == 0 {
			continue // untitled
		}
		if kind := kinds[i%len(kinds)]; i >= len(kinds)*10 && len(kind) > 1000 {
			continue // ten giants are enough
		} else {
			changes = append(changes, title.Change{Ord: uint32(i), Text: fmt.Sprintf(kind, i)})
		}
	}
	w.apply(changes...)
	w.settle()
	for round := range 2 {
		for _, k := range []string{"remote work", "ote work", "e w", "te wor", "remote working", "e work", "remote worker", "mote work", "k remote", "work remote w"} {
			search(t, w.v, w.now, k)
		}
		for _, k := range []string{"remote  work", "remote\twork", "remote\u00a0work", "remote 会議", "の記録です work", "remote work ", " remote work", "e work of", "remote: w", "remote works", "mote\nwork"} {
			search(t, w.v, w.now, k)
		}
		if round == 0 {
			for i := 0; i < len(w.now); i += 3 {
				w.apply(title.Change{Ord: uint32(i)})
			}
		}
	}
}

func TestSearchStatsCountTheWork(t *testing.T) {
	w := newTwin(t, &title.Options{SealTitles: 4, GiantBytes: 100})
	w.apply(title.Change{Ord: 0, Text: "alpha beta"}, title.Change{Ord: 1, Text: "alphabet soup"},
		title.Change{Ord: 2, Text: "beta alpha"}, title.Change{Ord: 3, Text: strings.Repeat("omega", 30) + "\xff"})
	assert.Equal(t, title.SearchStats{Scanned: 4}, search(t, w.v, w.now, "alpha"))
	w.settle()
	w.apply(title.Change{Ord: 4, Text: "fresh"})
	assert.Equal(t, title.SearchStats{Segments: 1, Terms: 2, Scanned: 2}, search(t, w.v, w.now, "lpha"), "the giant and the fresh one are scanned")
	assert.True(t, search(t, w.v, w.now, "lpha").Cached)
	assert.Equal(t, title.SearchStats{Segments: 1, Terms: 3, Scanned: 2, Verified: 1}, search(t, w.v, w.now, "a b"),
		"alpha and beta end with an a, beta starts with a b")
}

func TestALongerKeywordSearchesTheKnownMatchesOnly(t *testing.T) {
	w := newTwin(t, &title.Options{SealAfter: 1})
	var changes []title.Change
	for i := range uint32(5000) {
		changes = append(changes, title.Change{Ord: i, Text: fmt.Sprintf("title %d with some", i)})
	}
	w.apply(changes...)
	w.settle()
	assert.NotZero(t, search(t, w.v, w.now, "title 4999").Segments)
	assert.Equal(t, title.SearchStats{Verified: 1}, search(t, w.v, w.now, "title 4999 wi"))
	assert.Equal(t, title.SearchStats{Verified: 1}, search(t, w.v, w.now, "title 4999 wix"))
	assert.Equal(t, title.SearchStats{}, search(t, w.v, w.now, "title 4999 wix昨晚"), "there are no matches to narrow")
	w.apply(title.Change{Ord: 6000, Text: "title 4999 wix昨晚"})
	assert.True(t, search(t, w.v, w.now, "title 4999 wix").Cached)
	search(t, w.v, w.now, "title 4999 wix昨")
}

func TestACancelledSearchEnds(t *testing.T) {
	w := newTwin(t, small())
	w.apply(title.Change{Ord: 0, Text: "anything"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := w.v.Search(ctx, "any")
	require.ErrorIs(t, err, context.Canceled)

	// Cancelled on the way: the context ends after some checks.
	for i := range 3000 {
		w.apply(title.Change{Ord: uint32(i), Text: strings.Repeat("some words ", i%40)})
	}
	onTheWay := 0
	for _, k := range []string{"s w", "ords", "w", " "} {
		for left := range 12 {
			_, _, err := w.v.Search(&dyingContext{t.Context(), left}, k)
			if err != nil {
				require.ErrorIs(t, err, context.Canceled)
				onTheWay += min(left, 1)
			}
		}
		search(t, w.v, w.now, k)
	}
	require.Positive(t, onTheWay, "no search checks its context more than once")
}

// dyingContext is cancelled after a number of calls of Err.
type dyingContext struct {
	context.Context
	left int
}

func (c *dyingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A title can be a whole prompt, so the context is checked by bytes and not by titles:
// every 256 KiB, whether they are scanned, unindexed or candidates.
func TestTheContextIsCheckedWithinLargeTitles(t *testing.T) {
	for about, large := range map[string]string{
		"unindexed": strings.Repeat("x", 300<<10) + " y",
		"of words":  strings.Repeat("some words again ", 18<<10) + " y",
	} {
		w := newTwin(t, small())
		for i := range 6 {
			w.apply(title.Change{Ord: uint32(i), Text: large})
		}
		require.NoError(t, w.x.Wait(t.Context()))
		w.v = w.x.View()
		for _, k := range []string{"x y z", "words some", " "} {
			c := &dyingContext{t.Context(), 1 << 20}
			_, stats, err := w.v.Search(c, k)
			require.NoError(t, err)
			read := stats.Scanned + stats.Verified
			require.GreaterOrEqual(t, 1<<20-c.left, read, "%s: %q reads %d titles", about, k, read)
		}
	}
}
