package sessiondex_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// layers are the folders of the module from the bottom up. A package imports packages of
// lower layers, and of its own folder's subfolders, and no others: so nothing that asks
// knows what answers, and nothing that answers knows who asked. A folder stands for all
// below it that is not named itself. The order in which they are listed here is that of
// ARCHITECTURE.md.
var layers = [][]string{
	{"internal"}, // tools that know nothing of sessions
	{"schema", "store"},
	{"query", "index"},
	{"query/plan"},
	{"internal/live"},
	{""}, // the library itself
	{"httpapi", "sources", "internal/corpus", "internal/oracle"},
	{"webui"},
	{"cmd"},
}

// soleImporters are modules that one package alone may import, so that they could be
// replaced there.
var soleImporters = map[string][]string{
	"github.com/blevesearch/":  {"index/words"},
	"go.etcd.io/bbolt":         {"store"},
	"github.com/tidwall/btree": {"index"},
}

const modulePath = "github.com/sessiondex/sessiondex"

// listed is what "go list" tells of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// packages returns those of the module, by their folders.
func packages(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	text, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		require.NoError(t, err, string(failed.Stderr))
	}
	require.NoError(t, err)
	out := map[string]listed{}
	for in := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p listed
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		folder, ok := folderOf(p.ImportPath)
		require.True(t, ok, p.ImportPath)
		out[folder] = p
	}
	require.Greater(t, len(out), 10)
	return out
}

// folderOf returns the folder of a package of this module.
func folderOf(importPath string) (string, bool) {
	if importPath == modulePath {
		return "", true
	}
	return strings.CutPrefix(importPath, modulePath+"/")
}

// layerOf returns the layer of a folder: that of the longest name that it is in.
func layerOf(folder string) int {
	best, length := -1, -1
	for i, names := range layers {
		for _, name := range names {
			if len(name) > length && (folder == name || name != "" && strings.HasPrefix(folder, name+"/")) {
				best, length = i, len(name)
			}
		}
	}
	return best
}

// mayImport reports whether a package in one folder may import that of another.
func mayImport(from, to string) bool {
	a, b := layerOf(from), layerOf(to)
	if b < a {
		return true
	}
	// A folder's own parts: index uses index/title and that index/set.
	first := func(folder string) string { name, _, _ := strings.Cut(folder, "/"); return name }
	return a == b && first(from) == first(to)
}

func TestImportsRunOneWay(t *testing.T) {
	for folder, p := range packages(t) {
		if !assert.GreaterOrEqual(t, layerOf(folder), 0, "%q is in no layer; add it to the table", folder) {
			continue
		}
		for _, path := range p.Imports {
			if to, ok := folderOf(path); ok {
				assert.True(t, mayImport(folder, to), "%q imports %q, which is not below it", folder, to)
			}
		}
	}
}

// What a package may not depend on, however many packages are between.
func TestWhatAsksDoesNotLinkWhatAnswers(t *testing.T) {
	all := packages(t)
	for folder, forbidden := range map[string][]string{
		"query":  {"index", "query/plan", "store", ""},
		"schema": {"index", "query", "store", ""},
		"index":  {"query", "schema/x", "store", ""},
		"":       {"httpapi", "webui", "sources", "cmd", "internal/corpus", "internal/oracle"},
	} {
		p, ok := all[folder]
		if !ok {
			continue
		}
		for _, path := range p.Deps {
			to, ok := folderOf(path)
			assert.False(t, ok && slices.Contains(forbidden, to), "%q depends on %q", folder, to)
		}
	}
}

func TestOnePackageKnowsEachLibrary(t *testing.T) {
	all := packages(t)
	for library, allowed := range soleImporters {
		importers := map[string]bool{}
		for folder, p := range all {
			if slices.ContainsFunc(p.Imports, func(path string) bool { return strings.HasPrefix(path, library) }) {
				importers[folder] = true
				assert.Contains(t, allowed, folder, "imports %s", library)
			}
		}
		assert.LessOrEqual(t, len(importers), 1, "packages that import %s", library)
	}
}

// What only the command needs is linked by no program that imports the library.
func TestTheLibraryLinksOnlyWhatItNeeds(t *testing.T) {
	for _, path := range packages(t)[""].Deps {
		for _, library := range []string{"modernc.org/", "github.com/klauspost/compress", "golang.org/x/term", "github.com/fsnotify/", "github.com/prometheus/", "github.com/spf13/", "github.com/rivo/", "github.com/stretchr/"} {
			assert.False(t, strings.HasPrefix(path, library), "the library links %s", path)
		}
	}
}

func TestLayersAreFoundByTheLongestName(t *testing.T) {
	assert.True(t, mayImport("query/plan", "query"))
	assert.True(t, mayImport("query/plan", "index/set"))
	assert.True(t, mayImport("index", "index/title/segment"))
	assert.True(t, mayImport("cmd/sessiondex", ""))
	assert.True(t, mayImport("internal/oracle", "internal/fold"))
	for _, up := range [][2]string{
		{"query", "index"}, {"index", "query"}, {"query", "query/plan"}, {"index/title", "query"}, {"store", "schema"},
		{"", "httpapi"}, {"internal/fold", "query"}, {"internal/live", ""}, {"", "internal/oracle"}, {"httpapi", "webui"},
	} {
		assert.False(t, mayImport(up[0], up[1]), "%q imports %q", up[0], up[1])
	}
}
