package sessiondex_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var documents = []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md", "bench/NOTES.md", "examples/README.md", "cluster/README.md", "httpapi/WRITES.md", "index/title/DESIGN.md", "index/words/DESIGN.md", "testdata/README.md"}

func TestDocumentsLinkToFilesThatExist(t *testing.T) {
	for _, name := range documents {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		links := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`).FindAllStringSubmatch(string(text), -1)
		for _, link := range links {
			_, err := os.Stat(filepath.Join(filepath.Dir(name), link[1]))
			assert.NoError(t, err, "%s links to it", name)
		}
	}
}

// inTests are the names that a pattern finds in the project's tests and checks, each with
// the folder of one of them.
func inTests(t *testing.T, pattern string) map[string]string {
	t.Helper()
	names := map[string]string{}
	found := regexp.MustCompile(pattern)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, ".ci/") && !strings.HasPrefix(path, "internal/testrand/") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range found.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = filepath.ToSlash(filepath.Dir(path))
		}
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

// CONTRIBUTING.md lists what one would otherwise have to search for: every package with
// fuzz targets, and every variable that tests read.
func TestCONTRIBUTINGListsWhatTestsCanDo(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	require.NoError(t, err)
	targets := inTests(t, `(?m)^func (Fuzz\w+)\(`)
	for name, folder := range targets {
		if folder != "." {
			folder = "./" + folder
		}
		assert.True(t, strings.Contains(string(text), "| `"+folder+"` |"), "CONTRIBUTING.md lacks %s, whose tests have %s", folder, name)
	}
	variables := inTests(t, `\b(SESSIONDEX_[A-Z_]*[A-Z])\b`)
	for name := range variables {
		// What the command itself reads is for its help to say.
		if !strings.HasPrefix(name, "SESSIONDEX_API_") && !strings.HasPrefix(name, "SESSIONDEX_BEARER_") {
			assert.True(t, strings.Contains(string(text), "`"+name), "CONTRIBUTING.md lacks %s", name)
		}
	}
	for _, m := range regexp.MustCompile("`(Fuzz\\w+|SESSIONDEX_[A-Z_]+)").FindAllStringSubmatch(string(text), -1) {
		assert.True(t, targets[m[1]] != "" || variables[m[1]] != "", "CONTRIBUTING.md lists %s, which is not there any more", m[1])
	}
}
