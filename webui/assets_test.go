package webui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// No more and no less.
func TestVendoredFilesAreThosePinned(t *testing.T) {
	var pins struct {
		Packages []struct {
			Name, Version, Licence string
			Files                  map[string]string
		}
	}
	text, err := os.ReadFile("vendor.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &pins))
	pinned := make(map[string]string)
	for _, p := range pins.Packages {
		require.NotEmpty(t, p.Version)
		require.NotEmpty(t, p.Licence)
		require.Contains(t, p.Files, "LICENSE")
		for name, sum := range p.Files {
			pinned[p.Name+"/"+name] = sum
		}
	}
	found := make(map[string]string)
	require.NoError(t, fs.WalkDir(files, "page/vendor", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		sum := sha256.Sum256(body)
		found[strings.TrimPrefix(name, "page/vendor/")] = hex.EncodeToString(sum[:])
		return err
	}))
	require.Equal(t, pinned, found)
}

func TestThePageIsSmall(t *testing.T) {
	a, err := loadAssets()
	require.NoError(t, err)
	total := 0
	for name, f := range a.files {
		if !strings.HasSuffix(name, "LICENSE") {
			total += min(len(f.zipped), len(f.body))
		}
	}
	require.NotZero(t, total)
	t.Logf("%d bytes", total)
	require.LessOrEqual(t, total, 50<<10)
}

// Only comments on lines of their own are removed, and every line keeps its number.
func TestScriptsAreSentWithoutComments(t *testing.T) {
	got := withoutComments([]byte("// a\n/** b */\n/**\n * c\n */\n  x('//', '/* d */'); // e\n/** @type {x} */ y = 1;\n\tz * 2;\n"))
	require.Equal(t, "\n\n\n\n\nx('//', '/* d */'); // e\n/** @type {x} */ y = 1;\nz * 2;\n", string(got))

	a, err := loadAssets()
	require.NoError(t, err)
	for name, f := range a.files {
		source, err := files.ReadFile("page/" + name)
		require.NoError(t, err)
		switch {
		case strings.HasPrefix(name, "vendor/"):
			require.Equal(t, string(source), string(f.body), name)
		case strings.HasSuffix(name, ".js"):
			require.Equal(t, strings.Count(string(source), "\n"), strings.Count(string(f.body), "\n"), name)
			require.NotContains(t, string(f.body), "\n//", name)
		}
	}
}

func TestFilesHaveTheirMediaType(t *testing.T) {
	a, err := loadAssets()
	require.NoError(t, err)
	for name, f := range a.files {
		require.NotEmpty(t, f.mime, name)
	}
	require.Equal(t, "text/javascript; charset=utf-8", a.files["app.js"].mime)
}
