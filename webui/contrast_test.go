package webui

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pairs are the colours in front of others, by the names of custom properties, with the
// contrast that WCAG 2.2 requires (1.4.3, 1.4.11): 4.5 for text, 3 for what outlines a
// control or has a meaning.
var pairs = []struct {
	on, under []string
	least     float64
}{
	{[]string{"text", "quiet", "accent"}, []string{"page", "panel", "hover", "chosen"}, 4.5},
	{[]string{"text"}, []string{"mark", "fault"}, 4.5},
	{[]string{"bad", "asks"}, []string{"page"}, 4.5}, // a button that deletes, a star
	{[]string{"on-accent"}, []string{"accent"}, 4.5}, // the main button, the pill
	{[]string{"page"}, []string{"text"}, 4.5},        // a toast
	{[]string{"edge", "accent"}, []string{"page", "panel", "chosen"}, 3},
	{[]string{"good", "bad", "busy", "asks", "off"}, []string{"page", "panel", "hover", "chosen"}, 3},
	{[]string{"bad"}, []string{"fault"}, 3},
	{[]string{"bars"}, []string{"page"}, 3},
	{[]string{"accent"}, []string{"bars-out"}, 3}, // the bars that a brush keeps, beside the others
}

// decoration are the colours of lines without a meaning of their own.
var decoration = []string{"line", "rule"}

// In light and in dark. Axe checks what is on the screen; this checks what can be.
func TestColoursHaveEnoughContrast(t *testing.T) {
	sheet, err := files.ReadFile("page/app.css")
	require.NoError(t, err)
	tokens := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);`).FindAllStringSubmatch(string(sheet), -1) {
		tokens[m[1]] = [2]string{m[2], m[3]}
	}
	var texts, named []string
	for _, p := range pairs {
		if p.least == 4.5 {
			texts = append(texts, p.on...)
		}
		named = slices.Concat(named, p.on, p.under)
		for _, on := range p.on {
			for _, under := range p.under {
				for i, mode := range []string{"light", "dark"} {
					require.Contains(t, tokens, on)
					require.Contains(t, tokens, under)
					got := contrast(t, tokens[on][i], tokens[under][i])
					assert.GreaterOrEqual(t, got, p.least, "%s on %s, %s: %.2f", on, under, mode, got)
				}
			}
		}
	}
	for name := range tokens {
		assert.Contains(t, append(named, decoration...), name, "a colour that is in no pair")
	}

	// The pairs have every colour that the rules use.
	for _, m := range regexp.MustCompile(`[{;] *color: ([^;}]+)`).FindAllStringSubmatch(string(sheet), -1) {
		if name, ok := tokenOf(m[1]); m[1] != "inherit" {
			assert.True(t, ok && slices.Contains(texts, name), "color: %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:background|fill|border-color): ([^;}]+)`).FindAllStringSubmatch(string(sheet), -1) {
		if name, ok := tokenOf(m[1]); ok {
			assert.Contains(t, append(named, decoration...), name, m[0])
		} else {
			assert.Regexp(t, `^(none|transparent|rgb\(0 0 0 / \d+%\)|light-dark\(rgb\(0 0 0 / \d%\), rgb\(255 255 255 / \d+%\)\))$`, m[1], "a colour without a name")
		}
	}
}

var ofToken = regexp.MustCompile(`^var\(--([\w-]+)\)$`)

func tokenOf(value string) (name string, ok bool) {
	m := ofToken.FindStringSubmatch(value)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// contrast returns the ratio of WCAG 2.
func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(t *testing.T, hex string) (sum float64) {
	t.Helper()
	for i, part := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err, hex)
		c := float64(n) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += part * c
	}
	return sum
}

func TestContrastAgreesWithTheRecommendationsExamples(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want string
	}{{"#000000", "#ffffff", "21.00"}, {"#777777", "#ffffff", "4.48"}, {"#767676", "#ffffff", "4.54"}, {"#ff0000", "#ffffff", "4.00"}} {
		require.Equal(t, c.want, fmt.Sprintf("%.2f", contrast(t, c.a, c.b)))
	}
}
