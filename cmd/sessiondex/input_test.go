package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func aLine(id, title string) string {
	return fmt.Sprintf(`{"id":%q,"title":%q,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`, id, title)
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

func TestListServeAndImportReadEveryForm(t *testing.T) {
	dir := t.TempDir()
	text := read(t, sample)
	_, page, _ := cli(t, "", "list", "--data", sample, "--format", "json", "--limit", "500")
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(w, text)
	require.NoError(t, w.Close())
	z, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	for name, file := range map[string]struct {
		text  string
		count int
	}{
		"array.json":  {"[" + strings.Join(strings.Split(strings.TrimSpace(text), "\n"), ",\n") + "]", 2000},
		"page.json":   {page, 500},
		"lines.gz":    {zipped.String(), 2000},
		"lines.zst":   {string(z.EncodeAll([]byte(text), nil)), 2000},
		"joined.txt":  {"\uFEFF" + strings.TrimSpace(text) + "\uFEFF" + aLine("z", "z"), 2001},
		"utf16.jsonl": {"\xff\xfe" + strings.Join(strings.SplitAfter(aLine("z", "z"), ""), "\x00") + "\x00", 1},
	} {
		path := write(t, filepath.Join(dir, name), file.text)
		all := []string{"--include-sub-sessions", "--include-task-sessions", "--format", "json", "--limit", "3"}
		total := fmt.Sprintf(`"total":%d}`, file.count)
		status, listed, errs := cli(t, "", append([]string{"list", "--data", path}, all...)...)
		require.Equal(t, 0, status, "%s: %s", name, errs)
		assert.Contains(t, listed, total)
		status, piped, errs := cli(t, file.text, append([]string{"list", "--data", "-"}, all...)...)
		require.Equal(t, 0, status, "%s: %s", name, errs)
		assert.Equal(t, listed, piped, name)
		status, _, errs = cli(t, "", "import", "--db", path+".db", path)
		require.Equal(t, 0, status, "%s: %s", name, errs)
		_, imported, _ := cli(t, "", append([]string{"list", "--db", path + ".db"}, all...)...)
		assert.Equal(t, listed, imported, name)
	}
	s := startServe(t, "--data", filepath.Join(dir, "lines.gz"), "--allow-anonymous", "--quiet")
	_, body := ask(t, s.url+"/api/v0/sessions?limit=1&include_sub_sessions=true&include_task_sessions=true")
	assert.Contains(t, body, `"total":2000}`)
	s.end()
	assert.Equal(t, 0, s.wait(t))

	status, out, errs := cli(t, "", "list", "--data", write(t, filepath.Join(dir, "x.zip"), "PK\x03\x04"))
	assert.Equal(t, 1, status)
	assert.Empty(t, out)
	assert.Contains(t, errs, "x.zip: cannot be read as sessions: it is a zip archive")
	half := write(t, filepath.Join(dir, "half.gz"), zipped.String()[:zipped.Len()/2])
	for _, args := range [][]string{{"list", "--skip-invalid", "--data", half}, {"import", "--skip-invalid", "--db", filepath.Join(dir, "half.db"), half}} {
		status, _, errs = cli(t, "", args...)
		assert.Equal(t, 1, status, "%q", args)
		assert.Contains(t, errs, "gzip: unexpected EOF")
	}
}

// Every command that reads files also warns of it.
func TestTheLastLineOfAnIDCounts(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "twice.jsonl"), aLine("a", "first")+"\n"+aLine("b", "other")+"\n\n"+aLine("a", "second")+"\n"+aLine("a", "third")+"\n")
	said := path + `: line 4 has the id "a" of line 1; the last line of an id counts` + "\n" + path + ": 2 lines have the id of an earlier one; the last counts\n"
	status, out, errs := cli(t, "", "list", "--data", path, "--format", "jsonl", "--sort-by", "title")
	require.Equal(t, 0, status, errs)
	assert.Equal(t, said, errs)
	assert.Equal(t, 2, strings.Count(out, "\n"))
	assert.Contains(t, out, `"title":"third"`)
	for _, batch := range []string{"1", "1000"} { // across batches, and within one
		db := filepath.Join(dir, batch+".db")
		status, _, errs = cli(t, "", "import", "--db", db, "--batch", batch, path)
		require.Equal(t, 0, status, errs)
		assert.Contains(t, errs, said)
		_, exported, _ := cli(t, "", "export", "--db", db)
		assert.Equal(t, 2, strings.Count(exported, "\n"))
		assert.Contains(t, exported, `"title":"third"`)
	}
	s := startServe(t, "--data", path, "--allow-anonymous", "--quiet")
	_, body := ask(t, s.url+"/api/v0/sessions/a")
	assert.Contains(t, body, `"title":"third"`)
	s.end()
	assert.Equal(t, 0, s.wait(t))
}

func TestSkipInvalidNamesEachLineInEveryCommand(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "in.jsonl"), aLine("a", "one")+"\n{\"id\":\"b\"}\n"+aLine("c", "cut")[:40]+"\n\xff\n"+aLine("d", "four"))
	reasons := []string{`line 2: invalid session "b": created_at: must be there`, "line 3: ", "line 4: "}
	check := func(status int, errs string) {
		t.Helper()
		assert.Equal(t, 3, status)
		for _, reason := range reasons {
			assert.Contains(t, errs, path+": "+reason)
		}
		assert.Equal(t, 3, strings.Count(errs, "; left out\n"), errs)
	}
	status, out, errs := cli(t, "", "list", "--data", path, "--skip-invalid", "--format", "json")
	check(status, errs)
	assert.Contains(t, out, `"total":2}`)
	rejects := filepath.Join(dir, "rejects")
	status, out, errs = cli(t, "", "list", "--data", path, "--skip-invalid", "--reject", rejects, "--format", "jsonl")
	check(status, errs)
	assert.Equal(t, 2, strings.Count(out, "\n"))
	var kept []reject
	for _, line := range strings.Split(strings.TrimSpace(read(t, rejects)), "\n") {
		var r reject
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		kept = append(kept, r)
	}
	require.Len(t, kept, 3)
	assert.Equal(t, reject{Line: 2, Reason: `invalid session "b": created_at: must be there`, Text: `{"id":"b"}`}, kept[0])
	assert.Equal(t, aLine("c", "cut")[:40], kept[1].Text)
	assert.Equal(t, []byte("\xff"), kept[2].Bytes)

	// import writes rejects by default, each time to a new file.
	for _, name := range []string{"in.jsonl.rejected", "in.jsonl.rejected-2", "in.jsonl.rejected-3"} {
		status, _, errs = cli(t, "", "import", "--db", filepath.Join(dir, "x.db"), "--skip-invalid", path)
		check(status, errs)
		assert.Contains(t, errs, "2 sessions imported, 3 lines rejected (in "+filepath.Join(dir, name)+")")
		assert.Equal(t, read(t, rejects), read(t, filepath.Join(dir, name)))
	}
	s := startServe(t, "--data", path, "--skip-invalid", "--allow-anonymous", "--quiet", "--reject", filepath.Join(dir, "served"))
	_, body := ask(t, s.url+"/api/v0/sessions")
	assert.Contains(t, body, `"total":2}`)
	s.end()
	assert.Equal(t, 0, s.wait(t))
	assert.Equal(t, read(t, rejects), read(t, filepath.Join(dir, "served")))
}

// Neither a file, nor the input, nor the database.
func TestRejectsOverwriteNothing(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "x.db")
	status, _, errs := cli(t, "", "import", "--db", db, sample)
	require.Equal(t, 0, status, errs)
	before := read(t, db)
	text := aLine("a", "one") + "\n{}\n"
	path := write(t, filepath.Join(dir, "in.jsonl"), text)
	other := write(t, filepath.Join(dir, "notes.txt"), "precious")
	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling")))
	for _, victim := range []string{db, path, other, filepath.Join(dir, "dangling")} {
		for _, args := range [][]string{{"import", "--db", db, path}, {"import", "--db", filepath.Join(dir, "new.db"), path}, {"list", "--data", path}} {
			args = append([]string{args[0], "--skip-invalid", "--reject", victim}, args[1:]...)
			status, out, errs := cli(t, "", args...)
			assert.Equal(t, 2, status, "%q: %s", args, errs)
			assert.Empty(t, out)
			assert.Contains(t, errs, victim+" exists, and is not overwritten")
		}
	}
	assert.True(t, before == read(t, db))
	assert.Equal(t, text, read(t, path))
	assert.Equal(t, "precious", read(t, other))
	assert.NoFileExists(t, filepath.Join(dir, "new.db"))
	assert.NoFileExists(t, filepath.Join(dir, "nowhere"))
	// A database that does not exist yet.
	fresh := filepath.Join(dir, "fresh.db")
	status, _, errs = cli(t, "", "import", "--db", fresh, "--skip-invalid", "--reject", filepath.Join(dir, "sub", "..", "fresh.db"), path)
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "is the database")
	assert.NoFileExists(t, fresh)
}

func TestEveryLineRejectedIsAFailure(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "in.jsonl"), "{}\nnonsense\n")
	db := filepath.Join(dir, "x.db")
	for _, args := range [][]string{{"import", "--db", db, "--skip-invalid", path}, {"list", "--data", path, "--skip-invalid"}, {"serve", "--allow-anonymous", "--data", path, "--skip-invalid"}} {
		status, out, errs := cli(t, "", args...)
		assert.Equal(t, 1, status, "%q", args)
		assert.Empty(t, out)
		assert.Contains(t, errs, "no line is a session, 2 rejected")
	}
	assert.NoFileExists(t, db)
	// A file without any line is no failure.
	status, _, errs := cli(t, "", "import", "--db", db, "-")
	assert.Equal(t, 0, status, errs)
	assert.FileExists(t, db)
}

// A database that existed before stays.
func TestAFailedImportLeavesNoDatabase(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "x.db")
	for _, args := range [][]string{{"--db", db, filepath.Join(dir, "none.jsonl")}, {"--db", db, "-"}, {"--db", db, "/dev/zero"}, {"--db", db, dir}} {
		status, _, errs := cli(t, "nonsense\n"+aLine("a", "one"), append([]string{"import"}, args...)...)
		assert.Equal(t, 1, status, errs)
		assert.Contains(t, errs, "0 imported before")
		assert.NoFileExists(t, db)
	}
	// A missing directory is named as it was given.
	missing := filepath.Join(dir, "no", "such", "x.db")
	status, _, errs := cli(t, aLine("a", "one"), "import", "--db", missing, "-")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, filepath.Join(dir, "no", "such")+": no such file or directory")
	assert.NotContains(t, errs, ".new-")
	// The contents of an existing database stay.
	status, _, errs = cli(t, "", "import", "--db", db, "-")
	require.Equal(t, 0, status, errs)
	status, _, _ = cli(t, "nonsense", "import", "--db", db, "-")
	assert.Equal(t, 1, status)
	assert.FileExists(t, db)
}
