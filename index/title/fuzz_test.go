package title_test

import (
	"strings"
	"testing"

	"github.com/sessiondex/sessiondex/index/title"
	"github.com/stretchr/testify/require"
)

// FuzzSearch compares a search with its definition, for titles given one a line and any
// keyword, before and after sealing and after every other title has changed.
func FuzzSearch(f *testing.F) {
	f.Add("invoice review\nbi-weekly report\n昨晚的会议记录", "voice")
	f.Add("weekly  report\nweekly report", "y r")
	f.Add("a b\na\tb\n\u00a0a", "a")
	f.Add("昨晚的会议记录很长\n今日は良い天気ですね", "会议记")
	f.Add("0123456789abcdef0123456789abcdef0123456789abcdef x", "9abc")
	f.Add("\xff\xc3\n\xa9 caf\xc3\xa9", "\xa9")
	f.Add(strings.Repeat("a giant title ", 50)+"\nsmall", "title a")
	f.Add("aaa aaa aaa aaaa\naaa", "aaa a")
	f.Add("👍🏽 ok\n👩‍👩‍👧‍👦", "🏽")
	f.Add("one\ntwo", "")
	f.Add("\n", "")
	f.Add("x", " x ")
	f.Fuzz(func(t *testing.T, text, keyword string) {
		x, err := title.New(&title.Options{SealTitles: 1, MaxSegment: 64, FanOut: 2, GiantBytes: 300})
		require.NoError(t, err)
		defer x.Close()
		// Every third ordinal has no title at first, and the last ones lie far away: the
		// segments have holes, or are scattered.
		var titles []string
		var changes []title.Change
		for i, s := range strings.Split(text, "\n") {
			if i%2 == 1 {
				titles = append(titles, "")
			}
			if i == 5 {
				titles = append(titles, make([]string, 200)...)
			}
			changes = append(changes, title.Change{Ord: uint32(len(titles)), Text: s})
			titles = append(titles, s)
		}
		check := func(v title.View) {
			search(t, v, titles, keyword)
			verify(t, v, titles)
			search(t, v, titles, titles[0])
		}
		check(x.Apply(changes))
		require.NoError(t, x.Wait(t.Context()))
		check(x.View())
		for i := range titles {
			if i%2 == 0 {
				titles[i] = titles[len(titles)-1-i] + keyword
				x.Apply([]title.Change{{Ord: uint32(i), Text: titles[i]}})
			}
		}
		check(x.View())
		require.NoError(t, x.Wait(t.Context()))
		check(x.View())
		require.Zero(t, x.Stats().Failures)
	})
}
