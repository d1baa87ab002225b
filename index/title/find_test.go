package title

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFinderFindsWhatIsContained(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	draw := func(letters string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	for range 50_000 {
		letters := []string{"a", "ab", "aqz", "e\xe6\x98", "abcdefgh "}[r.IntN(5)]
		text, keyword := draw(letters, r.IntN(80)), draw(letters, r.IntN(6))
		if i := r.IntN(len(text) + 1); r.IntN(2) == 0 {
			keyword = text[i:min(len(text), i+r.IntN(20))]
		}
		f := newFinder(keyword)
		require.Equal(t, strings.Contains(text, keyword), f.in(text), "%q in %q", keyword, text)
	}
	f := newFinder(strings.Repeat("a", 1000) + "b" + strings.Repeat("a", 1000))
	require.False(t, f.in(strings.Repeat("ab", 100_000)))
	require.True(t, f.in(strings.Repeat("ab", 100_000)+f.text))
}
