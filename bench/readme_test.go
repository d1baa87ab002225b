package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every figure in the project's README links to its row of the report.
func TestTheReadmeClaimsWhatTheReportSays(t *testing.T) {
	claims := checkClaims(t, filepath.Join("..", "README.md"))
	assert.GreaterOrEqual(t, claims, 25, "links from the README to rows of the report")
}

func TestAWrongClaimIsNamed(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("rows.md", "| <a id=\"a\"></a>one | 8.89 ms (1423 ×) |\n| <a id=\"b\"></a>two | 11.6 ms |\n\n<a id=\"c\"></a>Between 163\nand 199 MB.\n\nNot 7.\n<a id=\"d\"></a><a id=\"d\"></a>")
	for claim, want := range map[string]string{
		"[8.89 ms](rows.md#a)":                             "",
		"[163 and 199 MB](rows.md#c), [1423 ×](rows.md#a)": "",
		"[8.8 ms](rows.md#a)":                              "8.8 ms",
		"[89 ms](rows.md#a)":                               "89 ms",
		"[11.6 ms](rows.md#a)":                             "11.6 ms",
		"[7](rows.md#c)":                                   "7",
		"[8.89 ms](rows.md#e)":                             "0 anchors",
		"[8.89 ms](rows.md#d)":                             "2 anchors",
		"[8.89 ms](other.md#a)":                            "other.md",
	} {
		write("README.md", "# Head\n\n"+claim+"\n")
		n, faults := wrongClaims(filepath.Join(dir, "README.md"))
		if want == "" {
			assert.Empty(t, faults, claim)
			assert.Positive(t, n)
			continue
		}
		require.Len(t, faults, 1, claim)
		assert.ErrorContains(t, faults[0], want, claim)
	}
}

// checkClaims fails the test for every figure that is not in its row, and returns how many
// figures there are.
func checkClaims(t *testing.T, readme string) int {
	t.Helper()
	n, faults := wrongClaims(readme)
	for _, fault := range faults {
		assert.NoError(t, fault)
	}
	return n
}

var (
	links   = regexp.MustCompile(`\[([^\]]+)\]\(([^)#:]*\.md)#([^)]+)\)`)
	anchors = regexp.MustCompile(`<a id="([^"]+)"></a>`)
)

// wrongClaims follows the links of a page to anchors in other pages: the text of each is a
// figure, and must be in the row of the anchor or, outside of tables, in its paragraph.
func wrongClaims(path string) (n int, faults []error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, []error{err}
	}
	for _, link := range links.FindAllStringSubmatch(string(text), -1) {
		n++
		figure, file, name := link[1], filepath.Join(filepath.Dir(path), filepath.FromSlash(link[2])), link[3]
		page, err := os.ReadFile(file)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		at := fmt.Sprintf(`<a id="%s"></a>`, name)
		if found := strings.Count(string(page), at); found != 1 {
			faults = append(faults, fmt.Errorf("%s: %s: %d anchors %q in %s", path, figure, found, name, file))
			continue
		}
		_, row, _ := strings.Cut(string(page), at)
		end := "\n\n"
		if before, _, _ := strings.Cut(string(page), at); strings.HasSuffix(before, "| ") {
			end = "\n"
		}
		row, _, _ = strings.Cut(row, end)
		row = strings.Join(strings.Fields(row), " ")
		// Whole figures only: 89 ms is not 8.89 ms.
		if !regexp.MustCompile(`(^|[^0-9.,])` + regexp.QuoteMeta(figure) + `($|[^0-9])`).MatchString(row) {
			faults = append(faults, fmt.Errorf("%s says %q, but row %s of %s is: %s", path, figure, name, file, row))
		}
	}
	return n, faults
}

func TestTheNotesLinkToRowsOfTheReport(t *testing.T) {
	report, err := os.ReadFile(filepath.Join("results", "report.md"))
	require.NoError(t, err)
	known := map[string]bool{}
	for _, a := range anchors.FindAllStringSubmatch(string(report), -1) {
		known[a[1]] = true
	}
	notes, err := os.ReadFile("NOTES.md")
	require.NoError(t, err)
	found := regexp.MustCompile(`\]\(results/report\.md#([^)]+)\)`).FindAllStringSubmatch(string(notes), -1)
	require.NotEmpty(t, found)
	for _, link := range found {
		assert.True(t, known[link[1]], "the report has no row %q", link[1])
	}
}
