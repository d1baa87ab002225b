package clienttest

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/clienttest/client"
)

// newClient returns the generated client, sending this header.
func newClient(t *testing.T, header, value string) *client.ClientWithResponses {
	t.Helper()
	c, err := client.NewClientWithResponses(serve(t), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		if header != "" {
			r.Header.Set(header, value)
		}
		return nil
	}))
	require.NoError(t, err)
	return c
}

func ids(p *client.SessionPage) []string {
	var out []string
	for _, s := range p.Items {
		out = append(out, s.Id)
	}
	return out
}

func TestTheCommittedClientIsWhatTheGeneratorMakes(t *testing.T) {
	made := filepath.Join(t.TempDir(), "client.go")
	cmd := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-config", "config.yaml", "-o", made, "../../../httpapi/openapi.json")
	cmd.Dir = "client"
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	want, err := os.ReadFile(made)
	require.NoError(t, err)
	got, err := os.ReadFile("client/client.gen.go")
	require.NoError(t, err)
	assert.True(t, string(want) == string(got), "client.gen.go is stale: run go generate ./...")
}

func TestTheClientLists(t *testing.T) {
	c := newClient(t, "X-API-KEY", key)
	r, err := c.ListSessionsWithResponse(t.Context(), nil)
	require.NoError(t, err)
	require.NotNil(t, r.JSON200, "%s", r.Body)
	p := r.JSON200
	assert.Equal(t, 120, p.Total)
	assert.Equal(t, 50, p.Limit)
	assert.Equal(t, 0, p.Offset)
	assert.True(t, p.HasMore)
	assert.Equal(t, 50, *p.NextOffset)
	assert.Len(t, p.Items, 50)
	s := p.Items[0]
	assert.Equal(t, "s119", s.Id)
	assert.Equal(t, "Chat", *s.Title)
	assert.Equal(t, "session", s.SessionType)
	assert.Equal(t, base.Add(119*time.Hour), s.CreatedAt)
	assert.Nil(t, s.WorkspaceId)
	assert.EqualValues(t, 3, *s.NumMessages)
	mood, ok := s.Get("mood")
	assert.True(t, ok, "members that the document does not know are given back")
	assert.Equal(t, "calm", mood)
	assert.NotEmpty(t, *r.Headers200.ETag)

	again, err := c.ListSessionsWithResponse(t.Context(), &client.ListSessionsParams{IfNoneMatch: r.Headers200.ETag})
	require.NoError(t, err)
	assert.Equal(t, http.StatusNotModified, again.StatusCode())
}

func TestTheClientFilters(t *testing.T) {
	c := newClient(t, "Authorization", "Bearer "+key)
	list := func(p client.ListSessionsParams) *client.SessionPage {
		t.Helper()
		r, err := c.ListSessionsWithResponse(t.Context(), &p)
		require.NoError(t, err)
		require.NotNil(t, r.JSON200, "%s", r.Body)
		return r.JSON200
	}
	assert.Equal(t, 40, list(client.ListSessionsParams{Query: new("RE\u0050ORT")}).Total)
	assert.Equal(t, 30, list(client.ListSessionsParams{State: &[]string{"running", "no such, state"}}).Total)
	assert.Equal(t, 10, list(client.ListSessionsParams{
		State: &[]string{"running"}, SourceChannel: &[]string{"web", "api"}, SessionType: &[]string{"session"},
		AppId: new("app/1"), Query: new("month ly rep"), Match: new(client.ListSessionsParamsMatchAllTerms),
	}).Total)
	assert.Equal(t, 122, list(client.ListSessionsParams{IncludeSubSessions: new(true), IncludeTaskSessions: new(true)}).Total)
	assert.Equal(t, []string{"task"}, ids(list(client.ListSessionsParams{AopAssetId: new("asset"), TriggerType: &[]string{"schedule"}})))
	assert.Equal(t, []string{"s003", "s002", "s001"}, ids(list(client.ListSessionsParams{
		CreatedAfter:  new(base.Add(time.Hour).In(time.FixedZone("", 5*3600+1800)).Format(time.RFC3339)),
		CreatedBefore: new(base.Add(3 * time.Hour).Format(time.RFC3339)),
	})))
	assert.Equal(t, []string{"s000", "s001"}, ids(list(client.ListSessionsParams{
		SortBy: new(client.ListSessionsParamsSortByCreatedAt), SortDirection: new(client.ListSessionsParamsSortDirectionAsc), Limit: new(2),
	})))

	r, err := c.GetSessionFacetsWithResponse(t.Context(), &client.GetSessionFacetsParams{Query: new("report")})
	require.NoError(t, err)
	require.NotNil(t, r.JSON200, "%s", r.Body)
	assert.Equal(t, []client.FacetCount{{Value: "completed", Count: 30}, {Value: "running", Count: 10}}, r.JSON200.Fields[0].Values)

	r, err = c.GetSessionFacetsWithResponse(t.Context(), &client.GetSessionFacetsParams{
		Facet: &[]string{"app_id", "created_at"},
		Top:   new(1), Period: new(client.GetSessionFacetsParamsPeriodDay),
	})
	require.NoError(t, err)
	require.NotNil(t, r.JSON200, "%s", r.Body)
	assert.Equal(t, []client.FacetCount{{Value: "app/1", Count: 120}}, r.JSON200.Fields[0].Values)
	days := r.JSON200.Fields[1]
	assert.Equal(t, "created_at", days.Field)
	assert.Equal(t, []client.FacetCount{{Value: "2026-01-05", Count: 24}}, days.Values, "the latest")
	assert.Equal(t, 5, days.Distinct)
	assert.Len(t, r.JSON200.Fields, 2)
}

func TestTheClientPages(t *testing.T) {
	c := newClient(t, "X-API-KEY", key)
	seen := map[string]bool{}
	p := client.ListSessionsParams{Limit: new(7)}
	for more := true; more; {
		r, err := c.ListSessionsWithResponse(t.Context(), &p)
		require.NoError(t, err)
		require.NotNil(t, r.JSON200, "%s", r.Body)
		for _, id := range ids(r.JSON200) {
			assert.False(t, seen[id], id)
			seen[id] = true
		}
		p.Offset, more = r.JSON200.NextOffset, r.JSON200.HasMore
	}
	assert.Len(t, seen, 120)

	clear(seen)
	p = client.ListSessionsParams{Limit: new(7), Cursor: new("")}
	for p.Cursor != nil {
		r, err := c.ListSessionsWithResponse(t.Context(), &p)
		require.NoError(t, err)
		require.NotNil(t, r.JSON200, "%s", r.Body)
		for _, id := range ids(r.JSON200) {
			seen[id] = true
		}
		p.Cursor = r.Headers200.XNextCursor
	}
	assert.Len(t, seen, 120)
}

func TestTheClientPagesOverASnapshot(t *testing.T) {
	c := newClient(t, "X-API-KEY", key)
	var seen []string
	p := client.ListSessionsParams{Limit: new(50), Snapshot: new("new")}
	for more := true; more; {
		r, err := c.ListSessionsWithResponse(t.Context(), &p)
		require.NoError(t, err)
		require.NotNil(t, r.JSON200, "%s", r.Body)
		seen = append(seen, ids(r.JSON200)...)
		p.Snapshot, p.Offset, more = r.Headers200.XSnapshot, r.JSON200.NextOffset, r.JSON200.HasMore
	}
	assert.Len(t, seen, 120)

	r, err := c.ListSessionsWithResponse(t.Context(), &client.ListSessionsParams{Snapshot: new("gone")})
	require.NoError(t, err)
	require.NotNil(t, r.JSON410, "%s", r.Body)
	assert.NotEmpty(t, r.JSON410.Detail)
}

// The plain call returns a stream's body as it arrives.
func TestTheClientWatches(t *testing.T) {
	c := newClient(t, "X-API-KEY", key)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, err := c.WatchSessions(ctx, &client.WatchSessionsParams{Limit: new(2)})
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusOK, res.StatusCode)
	lines := bufio.NewReader(res.Body)
	for line := ""; line != "event: resync\n"; {
		line, err = lines.ReadString('\n')
		require.NoError(t, err)
	}
}

func TestTheClientSeesEveryKindOfFailure(t *testing.T) {
	c := newClient(t, "X-API-KEY", key)
	r, err := c.ListSessionsWithResponse(t.Context(), &client.ListSessionsParams{Limit: new(501), CreatedAfter: new("soon")})
	require.NoError(t, err)
	require.NotNil(t, r.JSON422, "%s", r.Body)
	require.Len(t, r.JSON422.Detail, 2)
	assert.Equal(t, []string{"query", "created_after"}, r.JSON422.Detail[0].Loc)
	assert.Equal(t, []string{"query", "limit"}, r.JSON422.Detail[1].Loc)
	assert.Equal(t, "less_than_equal", r.JSON422.Detail[1].Type)

	one, err := c.GetSessionWithResponse(t.Context(), "untitled sub/session", nil)
	require.NoError(t, err)
	require.NotNil(t, one.JSON200, "%s", one.Body)
	assert.Nil(t, one.JSON200.Title)
	one, err = c.GetSessionWithResponse(t.Context(), "nobody", nil)
	require.NoError(t, err)
	require.NotNil(t, one.JSON404)
	assert.Equal(t, "Session not found", one.JSON404.Detail)

	stranger := newClient(t, "", "")
	r, err = stranger.ListSessionsWithResponse(t.Context(), nil)
	require.NoError(t, err)
	require.NotNil(t, r.JSON401)
	assert.NotEmpty(t, r.JSON401.Detail)
	assert.Equal(t, "Bearer", *r.Headers401.WWWAuthenticate)
}
