package corpus

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// drawn returns how often each title comes up in n draws from a file with this text.
func drawn(t *testing.T, text string, n int) map[string]int {
	t.Helper()
	l, err := compile(text, languages()["en"])
	require.NoError(t, err)
	d := newDice(1, 1)
	out := map[string]int{}
	for range n {
		out[string(l.must("title").write(nil, &d))]++
	}
	return out
}

func TestNotationOfPhrases(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[title]\nplain, with # and [brackets]", "plain, with # and [brackets]"},
		{"# a comment\n\n[title]\n#include", "#include"},
		{"[title]\n{a}-{^a}\n[a]\nx", "x-X"},
		{"[title]\n{^a}\n[a]\nöl", "Öl"},
		{"[title]\n{^a}\n[a]\n数", "数"},
		{"[title]\n{^a}!\n[a]\n{-}", "!"},
		{"[title]\nmap{}{{x}}", "map{}{x}"},
		{"[title]\n@5 five", "five"},
		{"[title]\n@five", "@five"},
		{"[title]\n{weekly}\n[weekly]\nown sections first", "own sections first"},
	} {
		assert.Equal(t, map[string]int{c.want: 20}, drawn(t, c.text, 20), c.text)
	}
	assert.Len(t, drawn(t, "[title]\na; b;c\nd", 200), 4)
	assert.Len(t, drawn(t, "[title]\n{month}", 2000), 12, "sections of English are at hand")

	weighted := drawn(t, "[title]\n@30 often\n@10 seldom\n@0 never", 4000)
	assert.InDelta(t, 3000, weighted["often"], 150)
	assert.InDelta(t, 1000, weighted["seldom"], 150)
	assert.Len(t, weighted, 2)
}

func TestFaultyNotationIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"lost":                 `text before the first section: "lost"`,
		"[a]\nx\n[a]\ny":       "section [a] occurs twice",
		"[a]":                  "section [a]: no phrases",
		"[a]\nsay {what}":      `section [a]: unknown slot {what} in "say {what}"`,
		"[a]\nsay {n":          `section [a]: slot without end in "say {n"`,
		"[a]\n@many x":         `section [a]: faulty weight in "@many x"`,
		"[a]\n@123456789 much": `section [a]: faulty weight in "@123456789 much"`,
	} {
		_, err := compile(text, nil)
		assert.EqualError(t, err, want)
	}
}

func TestTheVocabularyIsLarge(t *testing.T) {
	words := map[string]map[string]bool{}
	entries, err := langFiles.ReadDir("lang")
	require.NoError(t, err)
	require.Len(t, entries, len(languages()), "every file is compiled")
	for _, entry := range entries {
		text, err := langFiles.ReadFile("lang/" + entry.Name())
		require.NoError(t, err)
		set := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "[") {
				continue
			}
			for word := range strings.FieldsFuncSeq(strings.ToLower(line), func(r rune) bool {
				return !unicode.IsLetter(r) && !unicode.IsMark(r)
			}) {
				set[word] = true
			}
		}
		words[strings.TrimSuffix(entry.Name(), ".txt")] = set
	}
	assert.Greater(t, len(words["en"]), 2500)
	for _, tongue := range tongues {
		assert.Greater(t, len(words[tongue.name]), 70, tongue.name)
	}
}
