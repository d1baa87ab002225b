package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// fewLines are sessions that the tests know by name.
func fewLines(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "few.jsonl")
	var b strings.Builder
	for _, member := range []string{
		`"id":"report","title":"Weekly report","state":"completed","source_channel":"web","app_id":"app-1","created_at":"2026-01-01T00:00:00Z"`,
		`"id":"draft","title":"Draft\u001b[31m","state":"running","source_channel":"api","app_id":"app-2","created_at":"2026-01-02T00:00:00Z"`,
		`"id":"chat","state":"completed","app_id":"app-3","created_at":"2026-02-03T00:00:00Z"`,
		`"id":"branch","title":"Branch","state":"failed","parent_session_id":"report","created_at":"2026-02-04T00:00:00Z"`,
		`"id":"run-1","title":"Nightly","state":"failed","aop_asset_id":"a","trigger_type":"schedule","created_at":"2026-02-05T00:00:00Z"`,
		`"id":"run-2","title":"Nightly","state":"failed","aop_asset_id":"a","trigger_type":"schedule","created_at":"2026-02-06T00:00:00Z"`,
		`"id":"sub-run","title":"Nightly","state":"failed","aop_asset_id":"a","parent_session_id":"run-1","created_at":"2026-02-06T00:00:00Z"`,
	} {
		b.WriteString("{" + member + `,"updated_at":"2026-03-01T00:00:00Z"}` + "\n")
	}
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func loadFew(t *testing.T, path string) (*sessiondex.Engine, error) {
	return (&dataFlags{data: path}).open(t.Context(), stdio{nil, io.Discard, io.Discard})
}

func TestFacetsArePrintedBelowTheTable(t *testing.T) {
	file := fewLines(t)
	status, out, errs := cli(t, "", "list", "--data", file, "--state", "completed", "--facets", "--top", "1", "--include-task-sessions")
	require.Equal(t, 0, status, errs)
	_, counts, ok := strings.Cut(out, "\n1–2 of 2\n")
	require.True(t, ok, out)
	assert.Equal(t, `
STATE
  2  completed
     2 more

CHANNEL
  1  web

TYPE
  2  session

APP
  1  app-1
     1 more

KIND
  2  top_level

MONTH
  1  2026-02
     1 more
`, counts)

	status, out, errs = cli(t, "", "list", "--data", file, "--state", "completed", "--facets", "--top", "1", "--format", "json")
	require.Equal(t, 0, status, errs)
	e, err := loadFew(t, file)
	require.NoError(t, err)
	defer e.Close()
	f, err := e.Facets(t.Context(), query.Query{States: []string{"completed"}}, query.FacetOptions{Top: 1})
	require.NoError(t, err)
	want, err := json.Marshal(f)
	require.NoError(t, err)
	assert.Equal(t, string(want)+"\n", out)
}

// Any field, hours of a time zone, values that contain a text, and the figures of numbers.
func TestFacetsCountWhatIsAskedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fields.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(
		`{"id":"a","created_at":"2026-10-25T00:30:00Z","updated_at":"2026-10-25T00:30:00Z","tags":["billing","ops"],"cost":1500000}`+"\n"+
			`{"id":"b","created_at":"2026-10-25T01:30:00Z","updated_at":"2026-10-25T01:30:00Z","tags":"Rebill","cost":0.5}`+"\n"), 0o600))
	status, out, errs := cli(t, "", "list", "--data", file, "--field", "tags:keyword", "--field", "cost:number", "--facets",
		"--facet", "tags, cost,created_at", "--facet-query", "BILL", "--period", "hour", "--tz", "Europe/Berlin")
	require.Equal(t, 0, status, errs)
	_, counts, _ := strings.Cut(out, "of 2\n")
	assert.Equal(t, `
TAGS
  1  Rebill
  1  billing

COST
  2  from 0.5 to 1500000, 1500000.5 in all

HOUR
  1  2026-10-25T02:00+02:00
  1  2026-10-25T02:00+01:00
`, counts)
	for args, want := range map[string]string{
		"--facets --tz Mars": "tz: ", "--facets --period week": "period: ", "--facets --facet size": "facet: ",
		"--facets --facet-query x --facet kind": "facet_query: ", "--facet kind": "for --facets", "--period day": "for --facets",
	} {
		status, out, errs := cli(t, "", append([]string{"list", "--data", file}, strings.Fields(args)...)...)
		assert.Equal(t, 2, status, args)
		assert.Empty(t, out)
		assert.Contains(t, errs, want)
	}
}

func TestTheFooterSaysWhatIsHidden(t *testing.T) {
	file := fewLines(t)
	for args, want := range map[string]string{
		"--state failed":                         "0 sessions (2 hidden as task runs, 1 as sub-session, 1 as both)",
		"--state failed --include-task-sessions": "1–2 of 2 (1 hidden as sub-session, 1 as both)",
		"--query branch":                         "0 sessions (1 hidden as sub-session)",
		"--trigger-type schedule --query sub":    "0 sessions",
		"--state completed":                      "1–2 of 2",
		"--query nightly --include-task-sessions --include-sub-sessions": "1–3 of 3",
		"--query nightly --offset 9":                                     "0 sessions (2 hidden as task runs, 1 as both)",
	} {
		status, out, errs := cli(t, "", append([]string{"list", "--data", file}, strings.Fields(args)...)...)
		require.Equal(t, 0, status, errs)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		assert.Equal(t, want, lines[len(lines)-1], args)
	}
	// Formats for programs have no footer.
	_, out, _ := cli(t, "", "list", "--data", file, "--state", "failed", "--format", "jsonl")
	assert.Empty(t, out)
}

func TestWhySaysWhereASessionIs(t *testing.T) {
	file := fewLines(t)
	for args, want := range map[string]string{
		"--why draft":                "\"draft\" is listed: number 2 of 3, on page 1 of 1\n",
		"--why draft --limit 1":      "\"draft\" is listed: number 2 of 3, on page 2 of 3, which is not the page asked for\n",
		"--why run-1 --state failed": "\"run-1\" is not listed:\n  include_task_sessions is not set, and the session is a task run\n",
		"--why branch --state completed --query weekly": "\"branch\" is not listed:\n" +
			"  include_sub_sessions is not set",
	} {
		status, out, errs := cli(t, "", append([]string{"list", "--data", file, "--sort-by", "created_at", "--sort-direction", "asc"}, strings.Fields(args)...)...)
		require.Equal(t, 0, status, errs)
		if strings.HasSuffix(want, "\n") {
			assert.Equal(t, want, out, args)
			continue
		}
		for _, condition := range []string{"include_sub_sessions", "state wants", "query wants"} {
			assert.Contains(t, out, condition)
		}
	}
	_, out, _ := cli(t, "", "list", "--data", file, "--why", "chat", "--format", "json")
	var why query.Why
	require.NoError(t, json.Unmarshal([]byte(out), &why))
	assert.True(t, why.Listed)
	assert.Equal(t, 3, why.Total)
}
