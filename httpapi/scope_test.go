package httpapi_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
)

// scopes are what the principals of the scope tests may see, by X-API-KEY.
var scopes = map[string]httpapi.Scope{
	"all":     {},
	"ws1":     {WorkspaceIDs: []string{"ws-1"}},
	"ws12":    {WorkspaceIDs: []string{"ws-1", "ws-2"}},
	"app1":    {AppIDs: []string{"app-1"}},
	"app1ws1": {AppIDs: []string{"app-1"}, WorkspaceIDs: []string{"ws-1"}},
	"none":    {WorkspaceIDs: []string{}},
	"ghost":   {AppIDs: []string{"no-such-app"}},
}

func scoped(t *testing.T, e *sessiondex.Engine) *server {
	return serve(t, newHandler(t, e, httpapi.Options{
		Authenticate: func(r *http.Request) (httpapi.Principal, error) {
			sc, ok := scopes[r.Header.Get("X-API-KEY")]
			if !ok {
				return httpapi.Principal{}, http.ErrNoCookie
			}
			return httpapi.Principal{Scope: sc}, nil
		},
	}), nil)
}

func visible(sc httpapi.Scope, s sessiondex.Session) bool {
	return (sc.AppIDs == nil || slices.Contains(sc.AppIDs, s.AppID)) &&
		(sc.WorkspaceIDs == nil || slices.Contains(sc.WorkspaceIDs, s.WorkspaceID))
}

// Whatever a principal asks, the answer is byte for byte that of a store without the
// sessions outside its scope.
func TestAScopeCannotBeLeft(t *testing.T) {
	sessions := append(few(), many(1500)...)
	for i := range sessions[7:] { // put the realistic ones into the same workspaces and apps
		s := &sessions[7+i]
		s.AppID = []string{"app-1", "app-2", "app-3", ""}[i%4]
		s.WorkspaceID = []string{"ws-1", "ws-2", "ws-3", ""}[i/4%4]
	}
	full := scoped(t, newEngine(t, sessions...))
	questions := []string{
		"", "workspace_id=ws-2", "workspace_id=ws-1&workspace_id=ws-2", "workspace_id=", "workspace_id=ws-3&app_id=app-3",
		"app_id=app-2", "app_id=app-1,app-2", "app_id=", "scope=", "Scope=x&AppIDs=app-2&app_ids=app-2&scope.app_ids=app-2",
		"include_sub_sessions=1&include_task_sessions=1&limit=500", "query=a&limit=500", "query=a+e&match=all_terms",
		"state=completed,running&source_channel=web&limit=500&offset=3", "sort_by=title&sort_direction=asc&limit=500",
		"offset=100000", "aop_asset_id=asset-1&include_sub_sessions=true", "created_after=2026-01-02&sort_by=created_at", "limit=0",
		"cursor=", "trigger_type=schedule,email,api&include_task_sessions=1", "ids[prefix]=r", "ids[prefix]=s&limit=500", "ids[prefix]=report&workspace_id=ws-2",
	}
	for name, sc := range scopes {
		t.Run(name, func(t *testing.T) {
			var inside []sessiondex.Session
			for _, s := range sessions {
				if visible(sc, s) {
					inside = append(inside, s)
				}
			}
			twin := start(t, inside...)
			for _, q := range questions {
				for _, path := range []string{listPath, "/api/v0/session-facets"} {
					want, got := twin.get(t, path+"?"+q), full.do(t, "GET", path+"?"+q, "X-API-KEY", name)
					assert.Equal(t, want.status, got.status, q)
					assert.Equal(t, string(want.body), string(got.body), "%s?%s", path, q)
				}
			}
			for _, s := range append(few(), sessions[20:60]...) {
				want, got := twin.get(t, listPath+"/"+s.ID), full.do(t, "GET", listPath+"/"+s.ID, "X-API-KEY", name)
				assert.Equal(t, want.status, got.status)
				assert.Equal(t, string(want.body), string(got.body))
			}
		})
	}
}

// Another principal's cursor shows none of that principal's sessions, and one's own walks
// one's own sessions only.
func TestACursorDoesNotCarryAScope(t *testing.T) {
	e := newEngine(t, few()...)
	s := scoped(t, e)
	ask := func(who, params string) answer { return s.do(t, "GET", listPath+"?"+params, "X-API-KEY", who) }

	theirs := ask("all", "cursor=&limit=1").header.Get("X-Next-Cursor")
	require.NotEmpty(t, theirs)
	for _, who := range []string{"ws1", "app1", "app1ws1", "none", "ghost"} {
		a := ask(who, "limit=1&cursor="+url.QueryEscape(theirs))
		if a.status == http.StatusUnprocessableEntity {
			continue
		}
		for _, id := range a.page(t).ids() {
			i := slices.IndexFunc(few(), func(s sessiondex.Session) bool { return s.ID == id })
			assert.True(t, visible(scopes[who], few()[i]), "%s saw %s", who, id)
		}
	}

	var walked []string
	params := "limit=1&cursor="
	for range 10 {
		a := ask("ws1", params)
		p := a.page(t)
		assert.Equal(t, 2, p.Total)
		walked = append(walked, p.ids()...)
		next := a.header.Get("X-Next-Cursor")
		if next == "" {
			break
		}
		params = "limit=1&cursor=" + url.QueryEscape(next)
	}
	assert.Equal(t, []string{"report", "chat"}, walked)
}

// Another principal's tag matches only if that principal got the same bytes.
func TestAnEntityTagIsOfOneAnswer(t *testing.T) {
	s := scoped(t, newEngine(t, few()...))
	tags, bodies := map[string]string{}, map[string]string{}
	for name := range scopes {
		a := s.do(t, "GET", listPath, "X-API-KEY", name)
		tags[name], bodies[name] = a.header.Get("Etag"), string(a.body)
		require.NotEmpty(t, tags[name])
	}
	for name := range scopes {
		for other := range scopes {
			a := s.do(t, "GET", listPath, "X-API-KEY", name, "If-None-Match", tags[other])
			assert.Equal(t, name == other || bodies[name] == bodies[other] && name != "all" && other != "all",
				a.status == http.StatusNotModified, "%s with the tag of %s", name, other)
		}
	}
	// A session out of scope is a 404, also for a client that has a copy.
	assert.Equal(t, http.StatusNotFound, s.do(t, "GET", listPath+"/draft", "X-API-KEY", "ws1", "If-None-Match", "*").status)
}
