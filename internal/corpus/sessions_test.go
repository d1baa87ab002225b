package corpus_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

// sample is large enough for rare traits to occur.
var sample = corpus.Options{N: 60_000, Seed: 7}

func share(n, of int) float64 { return float64(n) / float64(of) }

func count(sessions []sessiondex.Session, is func(sessiondex.Session) bool) int {
	n := 0
	for _, s := range sessions {
		if is(s) {
			n++
		}
	}
	return n
}

func TestTheSameOptionsGiveTheSameSessions(t *testing.T) {
	o := corpus.Options{N: 3000, Seed: 42}
	sequence := corpus.Sessions(o)
	first := slices.Collect(sequence)
	require.Len(t, first, o.N)
	assert.Equal(t, first, slices.Collect(sequence), "a sequence starts over")
	assert.Equal(t, first, slices.Collect(corpus.Sessions(o)))

	o.Seed++
	other := slices.Collect(corpus.Sessions(o))
	for i := range other {
		require.NotEqual(t, first[i].ID, other[i].ID)
	}
}

func TestOmittingExtraChangesNothingElse(t *testing.T) {
	with := slices.Collect(corpus.Sessions(corpus.Options{N: 5000, Seed: 5}))
	without := slices.Collect(corpus.Sessions(corpus.Options{N: 5000, Seed: 5, OmitExtra: true}))
	extra := 0
	for i := range with {
		require.Contains(t, with[i].Extra, "\"thread_id\":\"thread_")
		require.Contains(t, with[i].Extra, "\"session_status_v2\":")
		if strings.Contains(with[i].Extra, `"agent":`) {
			extra++
		}
		with[i].Extra = ""
	}
	assert.Equal(t, with, without)
	assert.InDelta(t, 0.5, share(extra, len(with)), 0.05)
}

func TestEverySessionIsValidAndEveryIDUnique(t *testing.T) {
	ids := map[string]bool{}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for s := range corpus.Sessions(sample) {
		require.NoError(t, s.Validate())
		require.Regexp(t, uuid, s.ID)
		require.False(t, ids[s.ID], s.ID)
		ids[s.ID] = true
	}
	assert.Len(t, ids, sample.N)
}

func TestTimesLieInTheTwoYearsAndTie(t *testing.T) {
	first := corpus.Reference.AddDate(-2, 0, 0)
	created, updated := map[time.Time]int{}, map[time.Time]int{}
	weekend, untouched, fine, whole, last := 0, 0, 0, 0, 0
	var previous time.Time
	for s := range corpus.Sessions(sample) {
		require.False(t, s.CreatedAt.Before(first), s.CreatedAt)
		require.False(t, s.UpdatedAt.Before(s.CreatedAt), s.ID)
		require.False(t, s.UpdatedAt.After(corpus.Reference), s.UpdatedAt)
		require.Equal(t, time.UTC, s.CreatedAt.Location())
		require.WithinRange(t, s.CreatedAt, previous.Add(-time.Second), corpus.Reference, "in the order of creation")
		previous = s.CreatedAt
		created[s.CreatedAt]++
		updated[s.UpdatedAt]++
		if day := s.CreatedAt.Weekday(); day == time.Saturday || day == time.Sunday {
			weekend++
		}
		if s.CreatedAt.Equal(s.UpdatedAt) {
			untouched++
		}
		switch {
		case s.CreatedAt.Nanosecond() == 0:
			whole++
		case s.CreatedAt.Nanosecond()%1000 != 0:
			fine++
		}
		if s.CreatedAt.After(corpus.Reference.AddDate(-1, 0, 0)) {
			last++
		}
	}
	tied := 0
	for _, n := range created {
		if n >= 10 {
			tied += n
		}
	}
	assert.InDelta(t, 0.01, share(tied, sample.N), 0.005, "in bursts")
	assert.Greater(t, slices.Max(slices.Collect(maps.Values(updated))), 9)
	assert.InDelta(t, 0.07, share(weekend, sample.N), 0.03)
	assert.InDelta(t, 0.12, share(untouched, sample.N), 0.04)
	assert.InDelta(t, 0.07, share(whole, sample.N), 0.02)
	assert.InDelta(t, 0.04, share(fine, sample.N), 0.02)
	assert.Greater(t, share(last, sample.N), 0.6, "it grows")
}

func TestPresetsHideWhatTheySay(t *testing.T) {
	for _, c := range []struct {
		preset           corpus.Preset
		sub, task, hides float64
	}{
		{corpus.Default, 0.08, 0.15, 0.225},
		{corpus.Hidden, 0.12, 0.815, 0.925},
	} {
		o := sample
		o.Preset = c.preset
		sub, task, hidden := 0, 0, 0
		for s := range corpus.Sessions(o) {
			if s.IsSubSession {
				sub++
			}
			if s.IsTaskSession {
				task++
			}
			if s.IsSubSession || s.IsTaskSession {
				hidden++
			}
		}
		assert.InDelta(t, c.sub, share(sub, o.N), 0.01, c.preset)
		assert.InDelta(t, c.task, share(task, o.N), 0.01, c.preset)
		assert.InDelta(t, c.hides, share(hidden, o.N), 0.01, c.preset)
	}
}

func TestSubSessionsBranchOffEarlierSessions(t *testing.T) {
	seen := map[string]sessiondex.Session{}
	subs, found, orphans, both := 0, 0, 0, 0
	for s := range corpus.Sessions(sample) {
		if s.IsSubSession {
			subs++
			parent, ok := seen[s.ParentSessionID]
			switch {
			case ok:
				found++
				require.False(t, parent.IsSubSession)
				require.Equal(t, parent.AppID, s.AppID)
			case s.ParentSessionID != "":
				orphans++
			}
		} else {
			require.Empty(t, s.ParentSessionID)
		}
		if s.IsTaskSession {
			require.Contains(t, corpus.TriggerTypes(), s.TriggerType)
		} else {
			require.Empty(t, s.AOPAssetID+s.TriggerType)
		}
		if s.IsSubSession && s.IsTaskSession {
			both++
		}
		seen[s.ID] = s
	}
	assert.InDelta(t, 0.92, share(found, subs), 0.02)
	assert.InDelta(t, 0.06, share(orphans, subs), 0.02)
	assert.Positive(t, both)
}

func TestAllValuesOccurMostFrequentFirst(t *testing.T) {
	sessions := slices.Collect(corpus.Sessions(sample))
	tasks := slices.DeleteFunc(slices.Clone(sessions), func(s sessiondex.Session) bool { return !s.IsTaskSession })
	for _, c := range []struct {
		name     string
		sessions []sessiondex.Session
		values   []string
		value    func(sessiondex.Session) string
		none     bool
	}{
		{"state", sessions, corpus.States(), func(s sessiondex.Session) string { return s.State }, false},
		{"source_channel", sessions, corpus.SourceChannels(), func(s sessiondex.Session) string { return s.SourceChannel }, true},
		{"session_type", sessions, corpus.SessionTypes(), func(s sessiondex.Session) string { return s.SessionType }, false},
		{"trigger_type", tasks, corpus.TriggerTypes(), func(s sessiondex.Session) string { return s.TriggerType }, false},
	} {
		counts := map[string]int{}
		for _, s := range c.sessions {
			counts[c.value(s)]++
		}
		for _, value := range c.values {
			assert.Positive(t, counts[value], "%s %q", c.name, value)
			assert.LessOrEqual(t, counts[value], counts[c.values[0]], "%s %q", c.name, value)
		}
		delete(counts, "")
		assert.Len(t, counts, len(c.values), c.name)
		assert.Equal(t, c.none, count(c.sessions, func(s sessiondex.Session) bool { return c.value(s) == "" }) > 0, c.name)
	}
}

func TestAppsHaveOneGiantAndALongTail(t *testing.T) {
	counts := map[string]int{}
	o := corpus.Options{N: 300_000, Seed: 3, OmitExtra: true}
	for s := range corpus.Sessions(o) {
		counts[s.AppID]++
	}
	scaled := func(rank int) float64 { return share(counts[corpus.AppID(rank)], o.N) * 1e6 }
	assert.InDelta(t, 230_000, scaled(0), 23_000)
	assert.InDelta(t, 700, scaled(55), 150, "what benchmarks take as an application with 700 sessions in a million")
	delete(counts, "")
	assert.InDelta(t, corpus.DefaultApps, len(counts), 50)
	sizes := slices.Sorted(maps.Values(counts))
	assert.InDelta(t, 100, share(sizes[len(sizes)/2], o.N)*1e6, 30)
}

func TestValueIDsAreDistinct(t *testing.T) {
	for _, id := range []func(int) string{corpus.AppID, corpus.WorkspaceID, corpus.AssetID} {
		seen := make(map[string]bool, corpus.MaxValues)
		for rank := range corpus.MaxValues {
			seen[id(rank)] = true
		}
		assert.Len(t, seen, corpus.MaxValues)
	}
}

func TestTitlesLookLikeTitles(t *testing.T) {
	sessions := slices.Collect(corpus.Sessions(sample))
	bytes, untitled := 0, 0
	words, exact := map[string]int{}, map[string]int{}
	scripts := map[string]int{}
	traits := map[string]int{}
	for _, s := range sessions {
		if s.Title == "" {
			untitled++
			continue
		}
		if len(s.Title) > 10_000 {
			continue
		}
		bytes += len(s.Title)
		exact[s.Title]++
		for word := range strings.FieldsSeq(s.Title) {
			words[strings.ToLower(word)]++
		}
		scripts[script(s.Title)]++
		for name, has := range map[string]bool{
			"trimmed":    strings.TrimSpace(s.Title) != s.Title,
			"lines":      strings.ContainsAny(s.Title, "\n\t"),
			"double":     strings.Contains(s.Title, "  "),
			"decomposed": norm.NFC.String(s.Title) != s.Title,
			"ß":          strings.Contains(s.Title, "ß"),
			"İ":          strings.ContainsAny(s.Title, "İı"),
			"%":          strings.Contains(s.Title, "%"),
			"_":          strings.Contains(s.Title, "_"),
			"->":         strings.Contains(s.Title, "->"),
			"C++":        strings.Contains(s.Title, "C++"),
			"quote":      strings.Contains(s.Title, `"`),
			"URL":        strings.Contains(s.Title, "https://"),
			"joiner":     strings.Contains(s.Title, "\u200d"),
			"skin":       strings.ContainsAny(s.Title, "🏽🏾🏼🏿🏻"),
			"cut":        strings.HasSuffix(s.Title, "…"),
			"lower":      strings.ToLower(s.Title) == s.Title,
			"upper":      len(s.Title) > 5 && strings.ToUpper(s.Title) == s.Title,
			"voice":      strings.Contains(s.Title, "voice"),
			"昨晚":         strings.Contains(s.Title, "昨晚"),
		} {
			if has {
				traits[name]++
			}
		}
	}
	titled := len(sessions) - untitled
	assert.InDelta(t, 0.035, share(untitled, len(sessions)), 0.01)
	assert.InDelta(t, 50, share(bytes, titled), 6, "mean length in bytes")
	for name, want := range map[string]float64{
		"Latin": 0.70, "accents": 0.12, "Cyrillic": 0.04, "Han": 0.07, "Kana": 0.035, "Hangul": 0.025, "Arabic": 0.013, "Hebrew": 0.004, "Greek": 0.008,
	} {
		assert.InEpsilon(t, want, share(scripts[name], titled), 0.4, name)
	}
	for name := range traits {
		assert.Greater(t, traits[name], 5, name)
	}
	assert.Len(t, traits, 19)
	assert.Greater(t, len(words), 25_000, "the vocabulary")
	assert.Greater(t, exact["New session"], 100)
	assert.Greater(t, exact["new session"], 20)
}

// script names the script of a title's letters, the rarer one if there are several.
func script(title string) string {
	found := "Latin"
	for _, r := range title {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			return "Kana"
		case unicode.Is(unicode.Hangul, r):
			return "Hangul"
		case unicode.Is(unicode.Arabic, r) && r != '\u0640':
			return "Arabic"
		case unicode.Is(unicode.Hebrew, r):
			return "Hebrew"
		case unicode.Is(unicode.Greek, r):
			return "Greek"
		case unicode.Is(unicode.Cyrillic, r):
			return "Cyrillic"
		case unicode.Is(unicode.Han, r):
			found = "Han"
		case found == "Latin" && r >= 0x80 && unicode.IsLetter(r):
			found = "accents"
		}
	}
	return found
}

func TestTheVocabularyGrowsWithTheCorpus(t *testing.T) {
	words := map[string]bool{}
	var sizes []int
	for s := range corpus.Sessions(corpus.Options{N: 160_000, Seed: 9, OmitExtra: true}) {
		for word := range strings.FieldsSeq(strings.ToLower(s.Title)) {
			words[word] = true
		}
		sizes = append(sizes, len(words))
	}
	grown := share(sizes[159_999], sizes[39_999])
	assert.Greater(t, grown, 2.0, "four times the titles have more words")
	assert.Less(t, grown, 3.9, "but not in proportion")
}

func TestGiantTitlesAreFewAndBounded(t *testing.T) {
	for _, c := range []struct {
		n     int
		sizes []int
	}{
		{999, nil},
		{2000, []int{20_000}},
		{100_000, []int{20_000, 675_773}},
	} {
		var sizes []int
		for s := range corpus.Sessions(corpus.Options{N: c.n, Seed: 1, OmitExtra: true}) {
			if len(s.Title) > 5000 {
				sizes = append(sizes, len(s.Title))
				assert.Greater(t, strings.Count(s.Title, "\n"), 20)
				assert.True(t, utf8.ValidString(s.Title))
			}
		}
		require.Len(t, sizes, len(c.sizes))
		for i, want := range c.sizes {
			assert.InDelta(t, want, sizes[i], 10)
		}
	}
	giants, largest := 0, 0
	for s := range corpus.Sessions(corpus.Options{N: 400_000, Seed: 2, OmitExtra: true}) {
		if len(s.Title) > 5000 {
			giants++
			largest = max(largest, len(s.Title))
		}
	}
	assert.Equal(t, 8, giants)
	assert.LessOrEqual(t, largest, sessiondex.DefaultMaxTitleBytes)
}

func BenchmarkSessions(b *testing.B) {
	for name, omit := range map[string]bool{"extra": false, "plain": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			const batch = 100_000
			n := 0
			for b.Loop() {
				for range corpus.Sessions(corpus.Options{N: batch, Seed: 1, OmitExtra: omit}) {
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "sessions/s")
		})
	}
}
