package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
)

const sample = "../../testdata/sessions.jsonl"

// cli runs a command and returns what it printed.
func cli(t *testing.T, stdin string, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, stdio{strings.NewReader(stdin), &o, &e})
	return status, o.String(), e.String()
}

func TestListPrintsATableForPeople(t *testing.T) {
	status, out, errs := cli(t, "", "list", "--data", sample, "--query", "review", "--state", "completed,failed", "--limit", "10", "--width", "90")
	require.Equal(t, 0, status, errs)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 13, "a heading, ten rows, an empty line and the footer")
	assert.Regexp(t, `^ID +TITLE +STATE +CHANNEL +UPDATED$`, lines[0])
	for _, row := range lines[1:11] {
		assert.LessOrEqual(t, cells(row), 90, row)
		assert.Regexp(t, `(completed|failed)`, row)
		assert.Regexp(t, `ago$`, row)
	}
	assert.Regexp(t, `^1–10 of [0-9,]+ \([0-9]+ hidden as task runs, [0-9]+ as sub-sessions.*\)$`, lines[12])

	_, out, _ = cli(t, "", "list", "--data", sample, "--offset", "1500", "--limit", "500")
	assert.Regexp(t, `(?m)^1,501–1,[0-9]{3} of 1,[0-9]{3} \(`, out)
	_, out, _ = cli(t, "", "list", "--data", sample, "--offset", "9999", "--include-sub-sessions", "--include-task-sessions")
	assert.Equal(t, "none from 9,999 on, of 2,000\n", out)
	_, out, _ = cli(t, "", "list", "--data", sample, "--state", "nobody has this")
	assert.Equal(t, "0 sessions\n", out)
}

func TestListInJSONIsTheResponseOfTheEndpoint(t *testing.T) {
	status, out, errs := cli(t, "", "list", "--data", sample, "--format", "json", "--limit", "2", "--include-sub-sessions")
	require.Equal(t, 0, status, errs)
	var page map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(out), &page))
	assert.ElementsMatch(t, []string{"has_more", "items", "limit", "next_offset", "offset", "total"}, keys(page))
	assert.JSONEq(t, `2`, string(page["next_offset"]))

	_, lines, _ := cli(t, "", "list", "--data", sample, "--format", "jsonl", "--limit", "2", "--include-sub-sessions")
	var items []json.RawMessage
	require.NoError(t, json.Unmarshal(page["items"], &items))
	assert.Equal(t, string(items[0])+"\n"+string(items[1])+"\n", lines)
}

func keys(m map[string]json.RawMessage) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestListExplainsOnStandardError(t *testing.T) {
	status, out, errs := cli(t, "", "list", "--data", sample, "--format", "json", "--state", "failed", "--explain")
	require.Equal(t, 0, status)
	assert.True(t, json.Valid([]byte(out)))
	assert.Contains(t, errs, `filter    state "failed"`)
}

func TestFaultyFlagsAreTheFaultsOfTheEndpoint(t *testing.T) {
	status, out, errs := cli(t, "", "list", "--data", sample, "--limit", "0", "--created-after", "someday", "--include-sub-sessions=maybe")
	assert.Equal(t, 2, status)
	assert.Empty(t, out)
	_, err := query.Parse(map[string][]string{"limit": {"0"}, "created_after": {"someday"}, "include_sub_sessions": {"maybe"}})
	var faults *query.Error
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults.Faults, 3)
	for _, f := range faults.Faults {
		if f.Param != "created_after" { // the command takes more forms of times
			assert.Contains(t, errs, f.Param+": "+f.Message)
		}
	}
	assert.Contains(t, errs, `created_after: Input should be a valid datetime or date, expected a form such as 2026-01-31, 2026-01, 7d, yesterday`)
}

func TestFaultyArgumentsAndFailuresHaveTheirStatus(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.jsonl")
	require.NoError(t, os.WriteFile(broken, []byte(`{"id":"a","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`+"\n{nonsense\n"), 0o600))
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 2, "Usage"},
		{[]string{"lisst"}, 2, `unknown command "lisst"; did you mean list?`},
		{[]string{"--nonsense"}, 2, "--nonsense"},
		{[]string{"list", "--limit"}, 2, "needs an argument: --limit"},
		{[]string{"list", "--data", sample, "--where", "state"}, 2, "write it as field=value"},
		{[]string{"list", "--data", sample, "--where", "colour=red"}, 2, "colour: "},
		{[]string{"list"}, 2, "--data FILE.jsonl"},
		{[]string{"list", "--data", "a", "--db", "b"}, 2, "one of"},
		{[]string{"list", "--data", sample, "extra"}, 2, `unexpected argument "extra"`},
		{[]string{"list", "--data", sample, "--colour"}, 2, "colour"},
		{[]string{"list", "--data", sample, "--format", "xml"}, 2, `"xml"`},
		{[]string{"list", "--data", sample, "--cursor", "nonsense"}, 2, "bad cursor"},
		{[]string{"list", "--data", sample, "--url", "http://127.0.0.1:1"}, 2, "one of"},
		{[]string{"list", "--data", sample, "--follow"}, 2, "--follow needs --url"},
		{[]string{"list", "--db", "x.db", "--follow"}, 2, "--follow needs --url"},
		{[]string{"list", "--data", sample, "--api-key", "k"}, 2, "for --url"},
		{[]string{"list", "--data", sample, "--why", "x", "--facets"}, 2, "choose one"},
		{[]string{"list", "--data", sample, "--why", ""}, 2, "why: Input should be the id"},
		{[]string{"list", "--data", sample, "--facets", "--format", "jsonl"}, 2, "jsonl"},
		{[]string{"list", "--data", sample, "--facets", "--top", "0"}, 2, "top: Input should be greater than or equal to 1 (got 0)"},
		{[]string{"list", "--data", sample, "--facets", "--top", "10001"}, 2, "top: Input should be less than or equal to 10000"},
		{[]string{"list", "--data", sample, "--width", "-1"}, 2, "width"},
		{[]string{"list", "--url", "127.0.0.1:8080"}, 2, `(got "127.0.0.1:8080")`},
		{[]string{"list", "--url", "http://127.0.0.1:1?x=1"}, 2, "url: Input should be"},
		{[]string{"list", "--url", "http://127.0.0.1:1", "--explain"}, 2, "--data or --db"},
		{[]string{"list", "--url", "http://127.0.0.1:1", "--follow", "--format", "json"}, 2, "jsonl"},
		{[]string{"list", "--url", "http://127.0.0.1:1", "--limit", "0"}, 2, "limit: "},
		{[]string{"list", "--url", "http://127.0.0.1:1"}, 1, "connection refused"},
		{[]string{"list", "--url", "http://127.0.0.1:1", "--follow"}, 1, "connection refused"},
		{[]string{"list", "--data", sample, "--why", "nobody"}, 1, "session not found"},
		{[]string{"list", "--data", "no-such-file"}, 1, "no-such-file"},
		{[]string{"list", "--data", broken}, 1, "line 2"},
		{[]string{"list", "--db", filepath.Join(t.TempDir(), "none.db")}, 1, "none.db"},
		{[]string{"generate", "--n", "-1"}, 2, "-1"},
		{[]string{"generate", "--preset", "odd"}, 2, `"odd"`},
		{[]string{"import", "x.jsonl"}, 2, "--db"},
		{[]string{"import", "--db", "x.db"}, 2, "file to import"},
		{[]string{"import", "--db", "x.db", "--reject", "y", "-"}, 2, "--reject is for --skip-invalid"},
		{[]string{"list", "--db", "x.db", "--skip-invalid"}, 2, "--skip-invalid is for --data"},
		{[]string{"import", "--db", "x.db", "--batch", "0", "-"}, 2, "--batch"},
		{[]string{"export"}, 2, "--db"},
		{[]string{"verify"}, 2, "--db"},
	} {
		status, out, errs := cli(t, "", c.args...)
		assert.Equal(t, c.status, status, "%q: %s", c.args, errs)
		assert.Contains(t, errs, c.says, "%q", c.args)
		assert.Empty(t, out, "%q", c.args)
	}
}

// On standard output, with two dashes before a flag.
func TestHelpIsGrouped(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		status, out, errs := cli(t, "", args...)
		assert.Equal(t, 0, status)
		assert.Empty(t, errs)
		for _, heading := range []string{"Read and serve sessions:\n", "Write sessions:\n", "Look after files:\n"} {
			assert.Contains(t, out, heading)
		}
	}
	for _, args := range [][]string{{"list", "-h"}, {"help", "list"}} {
		status, out, errs := cli(t, "", args...)
		assert.Equal(t, 0, status)
		assert.Empty(t, errs)
		for _, text := range []string{"Which sessions:\n", "Order and page:\n", "\n      --created-after time", "\n      --parent id", "\n      --include-sub-sessions  "} {
			assert.Contains(t, out, text)
		}
		assert.NotContains(t, out, "\n  -created")
	}
}

func TestEveryCommandAndFlagIsDescribed(t *testing.T) {
	for _, cmd := range newRoot(stdio{}).Commands() {
		assert.NotEmpty(t, cmd.Short, cmd.Name())
		assert.NotEmpty(t, cmd.GroupID, cmd.Name())
		cmd.Flags().VisitAll(func(f *pflag.Flag) { assert.NotEmpty(t, f.Usage, "%s --%s", cmd.Name(), f.Name) })
	}
}

func TestShellsCompleteCommandsFlagsAndValues(t *testing.T) {
	for line, want := range map[string]string{
		"li": "list\t", "list --sort-": "--sort-direction\t", "list --format ": "jsonl\n", "list --columns id,": "id,updated_at\n", "serve --log-format ": "json\n",
		"import --d": "--db\t", "export --fold ": "loose\n", "import --time-unit ": "auto\n", "list --period ": "hour\n", "prune --state a,": "a,completed\n", "generate --preset ": "hidden\n",
		"export --format ": "csv\n", "diff --format ": "text\n", "sources --format ": "json\n", "list --sort-direction ": "asc\n", "export --match ": "words\n", "verify --fold ": "loose\n",
	} {
		status, out, _ := cli(t, "", append([]string{"__complete"}, strings.Split(line, " ")...)...)
		assert.Equal(t, 0, status)
		assert.Contains(t, out, want, line)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		status, out, errs := cli(t, "", "completion", shell)
		assert.Equal(t, 0, status, errs)
		assert.Contains(t, out, "sessiondex", shell)
	}
}

func TestGenerateMakesTheSampleData(t *testing.T) {
	status, out, errs := cli(t, "", "generate", "--n", "2000", "--seed", "1")
	require.Equal(t, 0, status, errs)
	want, err := os.ReadFile(sample)
	require.NoError(t, err)
	assert.True(t, string(want) == out, "the bytes differ")
}

func TestGenerateStopsWhenItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	assert.Equal(t, 1, run(ctx, []string{"generate", "--n", "1000000"}, stdio{nil, &out, &errs}))
	assert.Contains(t, errs.String(), "context canceled")
}

func TestADatabaseGivesBackWhatWasImported(t *testing.T) {
	db := filepath.Join(t.TempDir(), "demo.db")
	for range 2 { // importing again changes nothing
		status, _, errs := cli(t, "", "import", "--db", db, "--batch", "300", sample)
		require.Equal(t, 0, status, errs)
		assert.Equal(t, "2,000 sessions imported, 0 lines rejected\n", errs)
	}
	status, out, errs := cli(t, "", "verify", "--db", db)
	require.Equal(t, 0, status, errs)
	assert.Equal(t, db+": ok, 2,000 sessions\n", out)

	args := []string{"--query", "review", "--sort-by", "title", "--format", "json"}
	_, fromFile, _ := cli(t, "", append([]string{"list", "--data", sample}, args...)...)
	_, fromDB, _ := cli(t, "", append([]string{"list", "--db", db}, args...)...)
	assert.Equal(t, fromFile, fromDB)

	status, out, errs = cli(t, "", "export", "--db", db)
	require.Equal(t, 0, status, errs)
	again := filepath.Join(t.TempDir(), "again.db")
	status, _, errs = cli(t, out, "import", "--db", again, "-")
	require.Equal(t, 0, status, errs)
	_, second, _ := cli(t, "", "export", "--db", again)
	assert.Equal(t, out, second)
}

func TestImportNamesTheFaultyLineAndKeepsWhatCameBefore(t *testing.T) {
	dir := t.TempDir()
	good := func(id string) string {
		return `{"id":"` + id + `","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}` + "\n"
	}
	input := good("a") + `{"id":"b"}` + "\n" + good("c")

	db := filepath.Join(dir, "stop.db")
	status, _, errs := cli(t, input, "import", "--db", db, "-")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, `line 2: invalid session "b": created_at`)
	assert.Contains(t, errs, "1 imported before")
	_, out, _ := cli(t, "", "verify", "--db", db)
	assert.Contains(t, out, "ok, 1 session\n")

	db, rejected := filepath.Join(dir, "skip.db"), filepath.Join(dir, "rejected.jsonl")
	status, _, errs = cli(t, input, "import", "--db", db, "--skip-invalid", "--reject", rejected, "-")
	assert.Equal(t, 3, status, errs)
	assert.Contains(t, errs, "2 sessions imported, 1 line rejected")
	lines, err := os.ReadFile(rejected)
	require.NoError(t, err)
	assert.Equal(t, `{"line":2,"reason":"invalid session \"b\": created_at: must be there","text":"{\"id\":\"b\"}"}`+"\n", string(lines))
}

func TestImportKeepsTheLastLineOfAnID(t *testing.T) {
	db := filepath.Join(t.TempDir(), "twice.db")
	line := func(title string) string {
		return `{"id":"a","title":"` + title + `","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}` + "\n"
	}
	status, _, errs := cli(t, line("first")+line("second"), "import", "--db", db, "-")
	require.Equal(t, 0, status, errs)
	_, out, _ := cli(t, "", "export", "--db", db)
	assert.Contains(t, out, `"title":"second"`)
	assert.Equal(t, 1, strings.Count(out, "\n"))
}

func TestListFindsAndSuggestsWords(t *testing.T) {
	text := aLine("a", "Café invoice") + "\n" + aLine("b", "Rechnungen prüfen")
	for args, want := range map[string]string{
		"--query cafe --match words": "1–1 of 1\n", "--query invioce --match words --typos": "1–1 of 1\n", "--query invo --match words --typing": "1–1 of 1\n",
		"--query Rechnung --match words --words de": "1–1 of 1\n", "--query Rechnung --match words": "0 sessions. Did you mean rechnungen (1)?\n",
		"--query invioce": "0 sessions. Did you mean invoice (1)? They are found with --match words.\n", "--query zzzz": "0 sessions\n",
	} {
		status, out, errs := cli(t, text, append([]string{"list", "--data", "-"}, strings.Fields(args)...)...)
		require.Equal(t, 0, status, "%s: %s", args, errs)
		assert.True(t, strings.HasSuffix(out, want), "%s: %s", args, out)
	}
	status, _, errs := cli(t, text, "list", "--data", "-", "--words", "klingon")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "--words: ")
	status, _, errs = cli(t, text, "list", "--data", "-", "--field", "title:keyword")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "title")
}

func TestWideCharactersCountAsTwoCells(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "日本語": 6, "한국어": 6, "ｆｕｌｌ": 8, "ｱｲｳ": 3,
		"e\u0301": 1, "é": 1, "👍": 2, "👍🏽": 2, "👩\u200d💻": 2, "❤\ufe0f": 2, "🇩🇪": 2, "Ж": 1, "ا": 1,
	} {
		assert.Equal(t, want, cells(text), "%q", text)
	}
	assert.Equal(t, "日本…", cutCells("日本語です", 6))
	assert.Equal(t, "日本…", cutCells("日本語です", 5))
	assert.Equal(t, "abc", cutCells("abc", 3))
	assert.Equal(t, "ab…", cutCells("abcd", 3))
}

func TestTitlesCannotSteerTheTerminal(t *testing.T) {
	assert.Equal(t, "a b c", oneLine("a\n\tb   c "))
	assert.Equal(t, "[31mred", oneLine("\x1b[31mred"))
	assert.Equal(t, "abc", oneLine("a\u202eb\u2066c"))
	assert.Equal(t, "👩\u200d💻", oneLine("👩\u200d💻"))
}

func TestWhyTakesTheShortIDOfTheTable(t *testing.T) {
	_, out, _ := cli(t, "", "list", "--data", sample, "--limit", "1")
	short := strings.Fields(strings.Split(out, "\n")[1])[0]
	status, out, errs := cli(t, "", "list", "--data", sample, "--why", short)
	require.Equal(t, 0, status, errs)
	assert.Contains(t, out, short)
	assert.Contains(t, out, "is listed: number 1 of")

	status, _, errs = cli(t, "", "list", "--data", sample, "--why", short[:1])
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "stands for several ids")
	status, _, errs = cli(t, "", "list", "--data", sample, "--why", "no such id")
	assert.Equal(t, 1, status)
	assert.Contains(t, errs, "session not found")

	file := write(t, filepath.Join(t.TempDir(), "in.jsonl"), strings.Replace(aLine("put-away", "x"), "{", `{"archived":true,`, 1)+"\n"+aLine("another", "y"))
	status, out, errs = cli(t, "", "list", "--data", file, "--field", "archived:flag,hidden", "--why", "put")
	require.Equal(t, 0, status, errs)
	assert.Contains(t, out, `"put-away" is not listed`)
}
