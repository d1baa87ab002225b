package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTitlesAreOneLineEachAndOnce(t *testing.T) {
	c := newCollector()
	for _, text := range []string{
		"two\n lines \t here", "two lines here", "short", "", "a bell \a inside", "not UTF-8: \xff\xfe",
		strings.Repeat("x", maxTitle+1), strings.Repeat("x", maxTitle),
	} {
		c.add(text)
	}
	require.ElementsMatch(t, []string{"two lines here", strings.Repeat("x", maxTitle)}, strings.Split(strings.TrimSpace(c.text()), "\n"))
}

func TestTheOrderDependsOnTheTitlesAlone(t *testing.T) {
	one, other := newCollector(), newCollector()
	titles := strings.Fields("invoice1 invoice2 invoice3 invoice4 invoice5 invoice6 invoice7 invoice8")
	for i := range titles {
		one.add(titles[i])
		other.add(titles[len(titles)-1-i])
	}
	require.Equal(t, one.text(), other.text())
	require.NotEqual(t, strings.Join(titles, "\n")+"\n", one.text(), "neighbours in the alphabet should not be neighbours in the file")
}

func TestAFileWithTheRightSumIsNotMadeAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "known.txt")
	require.NoError(t, replaceFile(path, "one title\n"))
	sum, err := fileSum(path)
	require.NoError(t, err)
	// A source that can't be fetched: the registry must not be asked.
	collections["known"] = collection{sources: []source{{registry: "npm", name: "../no-such-package", file: "none"}}, sum: sum}
	defer delete(collections, "known")
	got, err := run(t.Context(), []string{"-dir", dir, "known"})
	require.NoError(t, err)
	require.Equal(t, path, got)

	require.NoError(t, os.WriteFile(path, []byte("changed\n"), 0o600))
	_, err = run(t.Context(), []string{"-dir", dir, "known"})
	require.Error(t, err, "a file with other bytes is made again")
}

func TestAnUnknownCollectionIsNamed(t *testing.T) {
	_, err := run(t.Context(), []string{"latin"})
	require.ErrorContains(t, err, `expected one of all, english, mixed, got ["latin"]`)
}
