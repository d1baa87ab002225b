package adk

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/adk/model"
	"google.golang.org/adk/session"
	"google.golang.org/genai"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

var start = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

func newEngine(t *testing.T) *sessiondex.Engine {
	t.Helper()
	e, err := sessiondex.New(&sessiondex.Options{Fields: Fields})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, e.Verify(context.Background()))
		require.NoError(t, e.Close())
	})
	return e
}

// said returns an event in which an author says a text, some minutes after the start.
func said(minute int, author, text string) *session.Event {
	e := session.NewEvent("invocation")
	e.Author, e.Timestamp = author, start.Add(time.Duration(minute)*time.Minute)
	e.LLMResponse = model.LLMResponse{Content: genai.NewContentFromText(text, genai.RoleUser)}
	return e
}

// talk makes a session of a user and appends events to it.
func talk(t *testing.T, s session.Service, user, id string, events ...*session.Event) session.Session {
	t.Helper()
	made, err := s.Create(t.Context(), &session.CreateRequest{AppName: "desk", UserID: user, SessionID: id})
	require.NoError(t, err)
	for _, e := range events {
		require.NoError(t, s.AppendEvent(t.Context(), made.Session, e))
	}
	return made.Session
}

func titles(t *testing.T, x *Index, user string, q query.Query) []string {
	t.Helper()
	page, err := x.ListUser(t.Context(), user, q)
	require.NoError(t, err)
	var out []string
	for _, s := range page.Items {
		out = append(out, s.Title)
	}
	require.Len(t, out, page.Total)
	return out
}

// Found, filtered and counted.
func TestEventsOfTheServiceAreIndexedAtOnce(t *testing.T) {
	e := newEngine(t)
	x := New(session.InMemoryService(), e)
	called := said(2, "clerk", "")
	called.Content = &genai.Content{Parts: []*genai.Part{{FunctionCall: &genai.FunctionCall{Name: "pay"}}}}
	broken := said(3, "clerk", "no")
	broken.ErrorCode = "429"
	waiting := said(4, "clerk", "")
	waiting.LongRunningToolIDs = []string{"approval"}
	named := said(5, "clerk", "done")
	named.Actions.StateDelta = map[string]any{TitleKey: "Invoice of May, paid"}

	talk(t, x, "ada", "1", said(1, "user", "Pay the invoice,\n please"), called)
	talk(t, x, "ada", "2", said(1, "user", "Cancel the invoice"), broken)
	talk(t, x, "ada", "3", said(1, "user", "Ship the order"), waiting)
	talk(t, x, "ada", "4", said(1, "user", "Pay it"), named)
	talk(t, x, "bob", "1", said(1, "user", "Invoice of bob"), said(2, "clerk", "here"))

	require.Equal(t, []string{"Invoice of May, paid", "Cancel the invoice", "Pay the invoice, please"}, titles(t, x, "ada", query.Query{Keyword: "INVOICE"}))
	require.Equal(t, []string{"Invoice of bob"}, titles(t, x, "bob", query.Query{}))
	require.Equal(t, []string{"Ship the order"}, titles(t, x, "ada", query.Query{States: []string{needsInput}}))
	facets, err := e.Facets(t.Context(), query.Query{}, query.FacetOptions{Fields: []string{"state", "user"}})
	require.NoError(t, err)
	require.Equal(t, []query.FacetCount{{Value: completed, Count: 2}, {Value: failed, Count: 1}, {Value: needsInput, Count: 1}, {Value: running, Count: 1}}, facets.Fields[0].Values)
	require.Equal(t, []query.FacetCount{{Value: "ada", Count: 4}, {Value: "bob", Count: 1}}, facets.Fields[1].Values)

	s, err := e.Get(t.Context(), id("desk", "ada", "1"))
	require.NoError(t, err)
	require.JSONEq(t, `{"thread_id":"1","user":"ada","num_messages":2,"agent":"clerk","last_message_preview":"Pay the invoice, please"}`, s.Extra)
	require.True(t, s.UpdatedAt.Equal(start.Add(2*time.Minute)) || s.UpdatedAt.After(start))

	require.NoError(t, x.Delete(t.Context(), &session.DeleteRequest{AppName: "desk", UserID: "ada", SessionID: "2"}))
	require.Len(t, titles(t, x, "ada", query.Query{}), 3)

	// A partial event changes nothing; an error of the service is returned.
	before := e.Version()
	part := said(9, "clerk", "par")
	part.Partial = true
	talked := talk(t, x, "ada", "5")
	require.NoError(t, x.AppendEvent(t.Context(), talked, part))
	require.Equal(t, before+1, e.Version(), "the session alone")
	_, err = x.Create(t.Context(), &session.CreateRequest{AppName: "desk", UserID: "ada", SessionID: "5"})
	require.Error(t, err)
}

// An index that is up to date stays as it is.
func TestRebuildCatchesUp(t *testing.T) {
	service, e := session.InMemoryService(), newEngine(t)
	old := talk(t, service, "ada", "before", said(1, "user", "Before the index"), said(2, "clerk", "ok"))
	x := New(service, e)
	require.NoError(t, x.AppendEvent(t.Context(), old, said(3, "user", "more")), "the first event brings all of it")
	require.Equal(t, []string{"Before the index"}, titles(t, x, "ada", query.Query{}))

	talk(t, service, "bob", "b/c", said(1, "user", "Unseen"))
	require.NoError(t, service.Delete(t.Context(), &session.DeleteRequest{AppName: "desk", UserID: "ada", SessionID: "before"}))
	require.NoError(t, x.Rebuild(t.Context(), "desk"))
	require.Empty(t, titles(t, x, "ada", query.Query{}))
	require.Equal(t, []string{"Unseen"}, titles(t, x, "bob", query.Query{}))
	version := e.Version()
	require.NoError(t, x.Rebuild(t.Context(), "desk"))
	require.Equal(t, version, e.Version(), "nothing changed")
}

func TestConcurrentAgentsLoseNoEvent(t *testing.T) {
	e := newEngine(t)
	x := New(session.InMemoryService(), e)
	var all sync.WaitGroup
	for agent := range 8 {
		all.Go(func() {
			for i := range 20 {
				s := talk(t, x, fmt.Sprint("user-", agent), fmt.Sprint(i), said(1, "user", fmt.Sprint("Task ", i)))
				for n := range 5 {
					require.NoError(t, x.AppendEvent(t.Context(), s, said(2+n, "clerk", "step")))
				}
			}
		})
	}
	all.Wait()
	for s, err := range e.All(t.Context(), query.Query{}) {
		require.NoError(t, err)
		n, _ := s.Member("num_messages")
		require.Equal(t, "6", string(n), s.ID)
	}
	require.Equal(t, 160, e.Len())
}
