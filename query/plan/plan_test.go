package plan_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
	"github.com/sessiondex/sessiondex/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// planWorld is what the golden plans are made in: 4,000 sessions, of which 1,000 are
// sub-sessions or task runs, in 4 states, 40 apps and 2 workspaces, one a minute.
func planWorld() *world {
	var sessions []sessiondex.Session
	for i := range 4000 {
		s := sessiondex.Session{
			ID: fmt.Sprintf("%04d", i), Title: fmt.Sprintf("Report %d of %d", i, i%10),
			State: []string{"running", "completed", "failed", "paused"}[i%4], SourceChannel: []string{"web", "api", "slack"}[i%3],
			SessionType: "session", AppID: fmt.Sprintf("app-%d", i%40), WorkspaceID: []string{"ws-1", "ws-2"}[i/2000],
			CreatedAt: at(60 * i), UpdatedAt: at(60*i + i%1000*3600),
		}
		s.IsSubSession = i%8 == 1
		if i%8 >= 6 && i%16 < 8 {
			s.IsTaskSession, s.AOPAssetID, s.TriggerType = true, "asset-1", "schedule"
		}
		sessions = append(sessions, s)
	}
	return newWorld(sessions...)
}

// planFields is planWorld with declared fields: tags that overlap, owners of 90 and of 3,600
// sessions, a flag in one of 50, a hidden one in one of ten, numbers and times that some
// sessions lack.
func planFields(t testing.TB) *world {
	s, err := schema.New(
		schema.Field{Name: "tags", Type: schema.Keyword}, schema.Field{Name: "owner", Type: schema.Keyword, Sorted: true},
		schema.Field{Name: "pinned", Type: schema.Flag}, schema.Field{Name: "archived", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "cost", Type: schema.Number, Sorted: true}, schema.Field{Name: "tokens", Type: schema.Number},
		schema.Field{Name: "due", Type: schema.Time},
	)
	require.NoError(t, err)
	w := &world{writer: index.NewWriter(s, nil)}
	plain := planWorld().view()
	var entries []index.Entry
	for i := range 4000 {
		ord, _ := plain.Find(fmt.Sprintf("%04d", i))
		e := plain.Entry(ord)
		members := map[string]any{"tags": []string{fmt.Sprint("tag-", i%20)}, "pinned": i%50 == 0, "archived": i%10 == 3, "tokens": i % 1000}
		if i%5 == 0 {
			members["tags"] = []string{"billing", fmt.Sprint("tag-", i%20)}
		}
		if i%10 != 9 {
			members["owner"] = fmt.Sprint("user-", i%40)
		}
		if i%8 != 7 {
			members["cost"] = float64(i*7919%4000) / 4
		}
		if i%3 == 0 {
			members["due"] = at(3600 * i).Format(time.RFC3339)
		}
		text, err := json.Marshal(members)
		require.NoError(t, err)
		e.Extra = string(text)
		entries = append(entries, e)
	}
	w.writer.Put(entries)
	return w
}

// TestGoldenPlans compares plans as Explain prints them with the files under
// testdata/plans. In these, a line
//
//	list ?PARAMETERS [page=N] [back] [force=METHOD] [scope-apps=A,B] [scope-workspaces=A,B] [scope-owner-or-tag=A,B]
//
// asks for the plan of a page; page=N follows the cursors to the Nth, and back turns
// round there. What follows up to a blank line is the answer, which -update rewrites.
// Files whose names begin with fields are of sessions with declared fields.
func TestGoldenPlans(t *testing.T) {
	plain, fields := planWorld(), planFields(t)
	files, err := filepath.Glob("testdata/plans/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			w := plain
			if strings.HasPrefix(filepath.Base(file), "fields") {
				w = fields
			}
			golden, err := os.ReadFile(file)
			require.NoError(t, err)
			var out strings.Builder
			answered := false // the lines that follow are the old answer
			for line := range strings.Lines(string(golden)) {
				switch {
				case strings.HasPrefix(line, "list "):
					out.WriteString(line)
					out.WriteString(w.explain(t, strings.TrimSpace(line)) + "\n")
					answered = true
				case strings.TrimSpace(line) == "":
					out.WriteString(line)
					answered = false
				case !answered:
					out.WriteString(line)
				}
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(out.String()), 0o644))
				return
			}
			// Lines, since a failure then shows the differing ones and no more.
			// An offset past the end is the largest int, which has 32 bits on some machines.
			text := strings.ReplaceAll(out.String(), strconv.Itoa(math.MaxInt), strconv.FormatInt(math.MaxInt64, 10))
			want, got := strings.Split(string(golden), "\n"), strings.Split(text, "\n")
			for i := range min(len(want), len(got)) {
				require.Equal(t, want[i], got[i], "%s:%d: run with -update if the new plan is right", file, i+1)
			}
			require.Len(t, got, len(want))
		})
	}
}

// explain returns the plan that a line of a golden file asks for.
func (w *world) explain(t *testing.T, line string) string {
	t.Helper()
	var q query.Query
	o := plan.Options{Explain: true}
	pages, back := 1, false
	for i, word := range strings.Fields(line)[1:] {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch {
		case i == 0:
			var v url.Values
			v, err = url.ParseQuery(strings.TrimPrefix(word, "?"))
			require.NoError(t, err, line)
			q, err = query.ParseStrictWith(w.view().Schema(), v)
		case name == "page":
			pages, err = strconv.Atoi(value)
		case name == "back":
			back = true
		case name == "force":
			o.Force = query.Method(value)
			require.Contains(t, methods, o.Force, line)
		case name == "scope-apps":
			q.Scope.AppIDs = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		case name == "scope-workspaces":
			q.Scope.WorkspaceIDs = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		case name == "scope-owner-or-tag":
			owner, tag, _ := strings.Cut(value, ",")
			q.Scope.Where = append(q.Scope.Where, query.AnyOf(query.In("owner", owner), query.In("tags", tag)))
		default:
			err = fmt.Errorf("unknown word %q", word)
		}
		require.NoError(t, err, line)
	}
	for range pages - 1 {
		q.Cursor = w.run(t, q, query.Auto).Next
		require.NotEmpty(t, q.Cursor, line)
	}
	if back {
		q.Cursor = w.run(t, q, query.Auto).Previous
	}
	r, err := plan.Run(t.Context(), w.view(), q, o)
	require.NoError(t, err, line)
	require.Equal(t, len(r.Ords), r.Plan.Returned, line)
	return r.Plan.String()
}

func TestExplainDescribesThePageOfList(t *testing.T) {
	w := planWorld()
	for _, q := range append(orders, query.Query{AppID: "app-1"}, query.Query{States: []string{"running"}}, query.Query{Keyword: "report 7"}) {
		q.Offset = 20
		explained, err := plan.Run(t.Context(), w.view(), q, plan.Options{Explain: true})
		require.NoError(t, err)
		plain, err := plan.Run(t.Context(), w.view(), q, plan.Options{})
		require.NoError(t, err)
		assert.Equal(t, plain.Ords, explained.Ords)
		assert.Equal(t, plain.Total, explained.Plan.Total)
		assert.Equal(t, plain.Plan.Method, explained.Plan.Method)
		assert.Equal(t, len(plain.Ords), explained.Plan.Returned)
		assert.Equal(t, plain.Plan.Examined, explained.Plan.Examined)
		assert.GreaterOrEqual(t, explained.Plan.Examined, explained.Plan.Returned)
	}
}
