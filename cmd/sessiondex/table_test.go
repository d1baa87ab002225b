package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func withIDs(ids ...string) []sessiondex.Session {
	var out []sessiondex.Session
	for _, id := range ids {
		out = append(out, sessiondex.Session{ID: id})
	}
	return out
}

func TestShortIDsDistinguishTheRows(t *testing.T) {
	for _, c := range []struct{ ids, want []string }{
		{nil, []string{}},
		{[]string{"only-one-session-here"}, []string{"only-one"}},
		{[]string{"1234567890", "abc"}, []string{"12345678", "abc"}},
		{[]string{"1234567890", "1234567891"}, []string{"1234567890", "1234567891"}},
		{[]string{"session-00000001", "session-00000002"}, []string{"…0000001", "…0000002"}},
		{ // UUIDv7 of one minute
			[]string{"01946f3a-1c2b-7def-8a01-93b5d2c4e6f7", "01946f3a-1c2b-7def-8a01-1795d2c4e6f0", "01946f3a-9c2b-7def-8a01-2295d2c4aaaa"},
			[]string{"…2c4e6f7", "…2c4e6f0", "…2c4aaaa"},
		},
		{[]string{"agent-x/2026-01-01/run", "agent-x/2026-01-02/run"}, []string{"…2/run", "…1/run"}},
		{[]string{"aaaaaaaaaaaaaaaa-1-zzzzzzzzzzzzzzzz", "aaaaaaaaaaaaaaaa-2-zzzzzzzzzzzzzzzz"}, []string{"…1-zzzzzzzzz", "…2-zzzzzzzzz"}},
		{[]string{"日本語日本語日本語", "日本語日本語日本人"}, []string{"…日本語", "…日本人"}},
		{[]string{"\x1b[31mred-session", "green\u202e"}, []string{"[31mred-", "green"}},
		{[]string{"abcdefgh-long-prefix-1", "abcdefgh-long-prefix-2", "zbcdefgh-long-prefix-1"}, nil},
	} {
		got := shortIDs(withIDs(c.ids...))
		seen := map[string]bool{}
		for _, id := range got {
			assert.LessOrEqual(t, cells(id), maxIDCells, id)
			assert.False(t, seen[id], "%q twice in %q", id, got)
			seen[id] = true
		}
		if c.want != nil && c.ids != nil && !strings.HasPrefix(c.ids[0], "agent") {
			assert.Equal(t, c.want, got)
		}
	}
}

func TestWhyTakesEveryFormOfAShortID(t *testing.T) {
	for _, ids := range [][]string{
		{"1234567890", "abc"}, {"session-00000001", "session-00000002"}, {"aaaaaaaaaaaaaaaa-1-zzzzzzzzzzzzzzzz", "aaaaaaaaaaaaaaaa-2-zzzzzzzzzzzzzzzz"},
		{"abcdefgh-long-prefix-1", "abcdefgh-long-prefix-2", "zbcdefgh-long-prefix-1"}, {"日本語日本語日本語", "日本語日本語日本人"},
	} {
		var text strings.Builder
		for _, id := range ids {
			text.WriteString(aLine(id, "x") + "\n")
		}
		path := write(t, filepath.Join(t.TempDir(), "ids.jsonl"), text.String())
		for i, short := range shortIDs(withIDs(ids...)) {
			for _, form := range []string{short, strings.TrimPrefix(short, "…")} {
				if form != short && !strings.HasPrefix(ids[0], "session") {
					continue // only as the table shows it
				}
				status, out, errs := cli(t, "", "list", "--data", path, "--why", form)
				require.Equal(t, 0, status, "%q: %s", form, errs)
				assert.Contains(t, out, fmt.Sprintf("%q is listed", ids[i]))
			}
		}
	}
}

// By a part of its id.
func TestWhyFindsWhatADeclaredFlagHides(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), `{"id":"session-old-1","title":"x","archived":true,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`+"\n")
	for _, part := range []string{"session-o", "…old-1", "sess…d-1"} {
		status, out, errs := cli(t, "", "list", "--data", path, "--field", "archived:flag,hidden", "--why", part)
		require.Equal(t, 0, status, "%q: %s", part, errs)
		assert.Contains(t, out, `"session-old-1" is not listed`)
	}
}

// Whatever the other columns hold.
func TestTheTitleKeepsItsRoom(t *testing.T) {
	title := strings.Repeat("title ", 30)
	var text strings.Builder
	for i := range 9 {
		fmt.Fprintf(&text, `{"id":"01946f3a-1c2b-7def-8a01-93b5d2c4e6f%d","title":%q,"state":"waiting_for_input_of_somebody","source_channel":"agent_email_and_more","app_id":"app-%d","workspace_id":"workspace of a long name","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}`+"\n", i, title, i)
	}
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), text.String())
	for _, width := range []int{1, 40, 80, 100, 120, 200} {
		for _, columns := range []string{"", "id,title,state,channel,app,workspace,updated", "title", "title,id"} {
			status, out, errs := cli(t, "", "list", "--data", path, "--width", fmt.Sprint(width), "--columns", columns)
			require.Equal(t, 0, status, errs)
			lines := strings.Split(out, "\n")
			shown := lines[1][strings.Index(lines[1], "title"):]
			shown, _, _ = strings.Cut(shown, "…")
			assert.GreaterOrEqual(t, cells(shown)+1, minTitleCells, "%d %s: %s", width, columns, lines[1])
			if width >= 80 && columns == "" || width >= 120 {
				assert.LessOrEqual(t, cells(lines[1]), width, lines[1])
			}
		}
	}
	_, out, _ := cli(t, "", "list", "--data", path, "--limit", "1", "--columns", "app, workspace_id,KIND,type,trigger,parent,asset,created")
	assert.Regexp(t, `^APP +WORKSPACE +KIND +TYPE +TRIGGER +PARENT +ASSET +CREATED\napp-8 +workspace of a long name +top_level +session +[0-9]+mo ago\n`, out)
	_, out, _ = cli(t, "", "list", "--data", path, "--sort-by", "created_at")
	assert.Regexp(t, `^ID +TITLE +STATE +CHANNEL +CREATED\n…`, out)
	_, out, _ = cli(t, strings.Replace(aLine("a", "one"), "{", `{"tags":["x","y"],"usage":{"cost":1.50},"owner":"ada\u001b",`, 1), "list", "--data", "-",
		"--field", "tags:keyword", "--field", "cost=usage.cost:number,sorted", "--field", "owner:keyword", "--field", "gone=usage.none.deep:keyword", "--columns", "id,tags,cost,owner,gone")
	assert.Equal(t, "ID  TAGS       COST  OWNER  GONE\na   [\"x\",\"y\"]  1.50  ada\n\n1–1 of 1\n", out)
	status, _, errs := cli(t, "", "list", "--data", path, "--columns", "title,colour")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, `there is no column "colour"; there are id, title, state`)
	status, _, errs = cli(t, "", "list", "--data", path, "--columns", "title", "--format", "jsonl")
	assert.Equal(t, 2, status)
	assert.Contains(t, errs, "--columns is for the table and csv")
}

func TestAgesOfAllYears(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		0: "just now", 59 * time.Second: "just now", time.Minute: "1min ago", 119 * time.Minute: "1h ago",
		47 * time.Hour: "1d ago", 60 * 24 * time.Hour: "2mo ago", 3 * 365 * 24 * time.Hour: "2y ago", -2 * time.Hour: "in 2h", -time.Second: "in 1s",
	} {
		assert.Equal(t, want, ageOf(now.Add(-ago), now), ago)
	}
	// All years that RFC 3339 can write, in both directions.
	for year := 1; year <= 9999; year++ {
		at := time.Date(year, 11, 1, 12, 0, 0, 0, time.UTC)
		switch years := 2026 - year; {
		case years >= 2:
			require.Equal(t, fmt.Sprintf("%dy ago", years), ageOf(at, now))
			require.Equal(t, fmt.Sprintf("in %dy", years), ageOf(now, at))
		case years <= -2:
			require.Equal(t, fmt.Sprintf("in %dy", -years), ageOf(at, now))
			require.Equal(t, fmt.Sprintf("%dy ago", -years), ageOf(now, at))
		}
	}
	// In a listing, too.
	path := write(t, filepath.Join(t.TempDir(), "x.jsonl"), strings.ReplaceAll(aLine("a", "old"), "2026-01-01", "1600-01-01")+"\n"+strings.ReplaceAll(aLine("b", "new"), "2026-01-01", "2400-01-01"))
	_, out, _ := cli(t, "", "list", "--data", path)
	assert.Regexp(t, `(?s)new +in 3[0-9][0-9]y\n.*old +4[0-9][0-9]y ago\n`, out)
}

// The footer claims nothing that may be false.
func TestFooterOfATotalThatIsALowerBound(t *testing.T) {
	for _, c := range []struct {
		offset, rows, total int
		more                bool
		want                string
	}{
		{0, 5, 180, true, "1–5 of 180"}, {0, 5, 6, true, "1–5 of at least 6"}, {10, 5, 16, true, "11–15 of at least 16"},
		{175, 5, 180, false, "176–180 of 180"}, {0, 5, 0, true, "1–5 of at least 6"}, {0, 5, 5, false, "1–5 of 5"}, {10, 5, 3, false, "11–15 of 15"},
		{0, 0, 0, false, "0 sessions"}, {9, 0, 5, false, "none from 9 on, of 5"},
	} {
		p := sessiondex.Page{Offset: c.offset, Total: c.total, HasMore: c.more, Items: make([]sessiondex.Session, c.rows)}
		assert.Equal(t, c.want, footer(&p))
	}
}

// A request that the public API does not answer is named, with what to do.
func TestServersWithoutOurExtensions(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/v0/sessions" {
				w.WriteHeader(status)
				return
			}
			// The public API's total is the rows so far and one more while there is more.
			fmt.Fprintf(w, `{"has_more":true,"items":[%s],"limit":1,"next_offset":1,"offset":0,"total":2}`, aLine("a", "one"))
		}))
		_, out, errs := cli(t, "", "list", "--url", srv.URL, "--limit", "1")
		assert.Contains(t, out, "1–1 of at least 2\n", errs)
		got, out, errs := cli(t, "", "list", "--url", srv.URL, "--facets")
		assert.Equal(t, 1, got)
		assert.Empty(t, out)
		assert.Equal(t, fmt.Sprintf("sessiondex list: this server has no counts (it answered %d); list without --facets\n", status), errs)
		got, out, errs = cli(t, "", "list", "--url", srv.URL, "--follow")
		assert.Equal(t, 1, got)
		assert.Empty(t, out)
		assert.Equal(t, fmt.Sprintf("sessiondex list: this server has no live events (it answered %d); list without --follow\n", status), errs)
		srv.Close()
	}
}

func TestTheTableOfAnEmptyPage(t *testing.T) {
	var out bytes.Buffer
	(&table{}).print(&out, &sessiondex.Page{}, query.Hidden{}, "", time.Now())
	assert.Equal(t, "0 sessions\n", out.String())
}
