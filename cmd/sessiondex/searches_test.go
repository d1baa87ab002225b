package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

// searchedFile returns a file of the sessions to search.
func searchedFile(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	for _, s := range corpus.SearchedSessions() {
		line, err := json.Marshal(s)
		require.NoError(t, err)
		b.Write(append(line, '\n'))
	}
	path := filepath.Join(t.TempDir(), "searched.jsonl")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

// flagsOf turns parameters of the endpoint into flags of the command.
func flagsOf(t *testing.T, params string) (flags []string) {
	t.Helper()
	v, err := url.ParseQuery(params)
	require.NoError(t, err)
	for name := range v {
		flags = append(flags, "--"+strings.ReplaceAll(name, "_", "-")+"="+v.Get(name))
	}
	return flags
}

func titlesOf(t *testing.T, jsonl string) (titles []string) {
	t.Helper()
	for line := range strings.Lines(jsonl) {
		var s struct{ Title string }
		require.NoError(t, json.Unmarshal([]byte(line), &s), line)
		titles = append(titles, s.Title)
	}
	return titles
}

func TestWhatPeopleTypeIsFoundOnTheCommandLine(t *testing.T) {
	file := searchedFile(t)
	for fold, searches := range map[string][][]corpus.Search{
		"case": {corpus.WordSearches, corpus.LiteralSearches}, "loose": {corpus.LooseSearches},
	} {
		for _, table := range searches {
			for _, search := range table {
				args := append([]string{"list", "--data", file, "--format", "jsonl", "--fold", fold, "--field", "preview=last_message_preview:text"}, flagsOf(t, search.Params)...)
				status, out, errs := cli(t, "", args...)
				require.Equal(t, 0, status, "%v: %s", args, errs)
				assert.ElementsMatch(t, search.Found, titlesOf(t, out), "%v", args)
			}
		}
	}
}

func TestCommandsFoldLooselyOnRequest(t *testing.T) {
	file := searchedFile(t)
	db := filepath.Join(t.TempDir(), "sessions.db")
	status, _, errs := cli(t, "", "import", file, "--db", db)
	require.Equal(t, 0, status, errs)
	for _, c := range []struct{ fold, want string }{{"case", ""}, {"loose", "Łódź trip"}, {"case", ""}} { // a file stores no folding
		for _, command := range []string{"list", "export"} {
			status, out, errs := cli(t, "", command, "--db", db, "--query", "lodz", "--fold", c.fold, "--format", "jsonl")
			require.Equal(t, 0, status, errs)
			assert.Equal(t, c.want, strings.Join(titlesOf(t, out), ""), command)
		}
	}
	status, _, errs = cli(t, "", "prune", "--db", db, "--query", "lodz", "--fold", "loose", "--older-than", "1d")
	require.Equal(t, 0, status, errs)
	_, out, _ := cli(t, "", "list", "--db", db, "--query", "Łódź", "--format", "jsonl")
	assert.Empty(t, out)

	status, _, errs = cli(t, "", "list", "--data", file, "--fold", "tight")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, `want case or loose, got "tight"`)
}

func TestListOfAServerSuggestsKeywordsToo(t *testing.T) {
	e, err := sessiondex.New(nil)
	require.NoError(t, err)
	defer e.Close()
	require.NoError(t, e.Put(t.Context(), corpus.SearchedSessions()...))
	at, _ := serveEngine(t, e, "")
	status, out, errs := cli(t, "", "list", "--url", "http://"+at, "--api-key", "demo", "--query", "lodzz")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, "0 sessions. Did you mean łódź (1)? They are found with --match words.\n", out)
}

func TestWordsThatAreTurnedOffAreAFaultOfTheQuery(t *testing.T) {
	e, err := sessiondex.New(&sessiondex.Options{Words: &sessiondex.WordOptions{Off: true}})
	require.NoError(t, err)
	defer e.Close()
	at, _ := serveEngine(t, e, "")
	status, _, errs := cli(t, "", "list", "--url", "http://"+at, "--api-key", "demo", "--match", "words", "--query", "cafe")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "turned off")
}
