// Package adk adds an index to the session service of Google's Agent Development Kit:
// search by title, filters, exact totals and counts over all sessions, where the service
// itself has only a list by user.
//
// The service stays the source of truth, and agents use it through the index:
//
//	index := adk.New(session.InMemoryService(), engine)
//	runner.New(runner.Config{SessionService: index, …})
//	page, err := index.ListUser(ctx, "ada", query.Query{Keyword: "invoice"})
package adk

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
	"google.golang.org/adk/session"
)

// Fields are the fields that the engine of an index must declare: the session's user,
// and the agent that spoke last.
var Fields = []schema.Field{{Name: "user", Type: schema.Keyword}, {Name: "agent", Type: schema.Keyword}}

// The states of a session, as the endpoint knows them.
const (
	running    = "running"     // an agent works on it
	completed  = "completed"   // the last answer was final
	needsInput = "needs_input" // a tool waits for a person
	failed     = "failed"      // the model or a tool failed
)

// TitleKey is the key of a session's state with its title. Without it, the user's first
// words are the title.
const TitleKey = "title"

// maxPreview is the length of titles and previews taken from messages, in runes.
const maxPreview = 120

// Index is a session.Service that keeps an engine in step with the service below it. It
// is safe for concurrent use, as both are.
type Index struct {
	session.Service
	engine *sessiondex.Engine
}

// New returns an index of a service. The engine declares Fields; the caller closes it.
func New(s session.Service, e *sessiondex.Engine) *Index { return &Index{s, e} }

// id returns an id that is unique among all applications and users: a session's own id
// is unique for one user only.
func id(app, user, session string) string {
	return url.PathEscape(app) + "/" + url.PathEscape(user) + "/" + url.PathEscape(session)
}

// Create creates a session and indexes it.
func (x *Index) Create(ctx context.Context, r *session.CreateRequest) (*session.CreateResponse, error) {
	made, err := x.Service.Create(ctx, r)
	if err == nil {
		x.report(x.put(ctx, made.Session))
	}
	return made, err
}

// AppendEvent adds an event to a session and updates its row in the index.
func (x *Index) AppendEvent(ctx context.Context, s session.Session, e *session.Event) error {
	if err := x.Service.AppendEvent(ctx, s, e); err != nil || e.Partial {
		return err // a part of an answer is not stored
	}
	_, err := x.engine.Update(ctx, id(s.AppName(), s.UserID(), s.ID()), func(old *sessiondex.Session) error {
		return note(old, e)
	})
	if errors.Is(err, sessiondex.ErrNotFound) { // made before there was an index
		err = x.again(ctx, s)
	}
	x.report(err)
	return nil
}

// Delete deletes a session from the service and the index.
func (x *Index) Delete(ctx context.Context, r *session.DeleteRequest) error {
	err := x.Service.Delete(ctx, r)
	if err == nil {
		_, gone := x.engine.Delete(ctx, id(r.AppName, r.UserID, r.SessionID))
		x.report(gone)
	}
	return err
}

// ListUser lists the sessions of a user that match a query. The scope is a boundary: no
// condition of the query can leave it.
func (x *Index) ListUser(ctx context.Context, user string, q query.Query) (sessiondex.Page, error) {
	q.Scope.Where = append(q.Scope.Where, query.In("user", user))
	return x.engine.List(ctx, q)
}

// Rebuild brings the index in step with the service for some applications: after a
// restart, or after others wrote to the service.
func (x *Index) Rebuild(ctx context.Context, apps ...string) error {
	for _, app := range apps {
		all, err := x.Service.List(ctx, &session.ListRequest{AppName: app})
		if err != nil {
			return err
		}
		there := make(map[string]bool, len(all.Sessions))
		for _, s := range all.Sessions {
			there[id(s.AppName(), s.UserID(), s.ID())] = true
			if err := x.again(ctx, s); err != nil {
				return err
			}
		}
		var gone []string
		for s, err := range x.engine.All(ctx, query.Query{AppID: app}) {
			if err != nil {
				return err
			}
			if !there[s.ID] {
				gone = append(gone, s.ID)
			}
		}
		if _, err := x.engine.Delete(ctx, gone...); err != nil {
			return err
		}
	}
	return nil
}

// again indexes a session from all of its events.
func (x *Index) again(ctx context.Context, s session.Session) error {
	whole, err := x.Service.Get(ctx, &session.GetRequest{AppName: s.AppName(), UserID: s.UserID(), SessionID: s.ID()})
	if err != nil {
		return err
	}
	return x.put(ctx, whole.Session)
}

// put indexes a session as it is now. Only the index knows when it was created.
func (x *Index) put(ctx context.Context, s session.Session) error {
	return x.engine.Tx(ctx, func(tx *sessiondex.Tx) error {
		row := sessiondex.Session{ID: id(s.AppName(), s.UserID(), s.ID()), AppID: s.AppName(), State: completed, SourceChannel: "adk",
			CreatedAt: s.LastUpdateTime(), UpdatedAt: s.LastUpdateTime()}
		if s.Events().Len() > 0 {
			row.CreatedAt = s.Events().At(0).Timestamp
			row.UpdatedAt = row.CreatedAt
		}
		if old, err := tx.Get(row.ID); err == nil {
			row.CreatedAt = old.CreatedAt
		}
		// Always in this order: a row that is put again as it was is no write.
		for _, member := range [...]struct{ name, value string }{{"thread_id", s.ID()}, {"user", s.UserID()}} {
			if err := row.SetMember(member.name, member.value); err != nil {
				return err
			}
		}
		if title, err := s.State().Get(TitleKey); err == nil {
			row.Title, _ = title.(string)
		}
		for e := range s.Events().All() {
			if err := note(&row, e); err != nil {
				return err
			}
		}
		return tx.Put(row)
	})
}

// note updates a session's row with an event.
func note(row *sessiondex.Session, e *session.Event) error {
	text := textOf(e)
	if title, ok := e.Actions.StateDelta[TitleKey].(string); ok {
		row.Title = cut(title)
	} else if row.Title == "" && e.Author == "user" {
		row.Title = cut(text)
	}
	row.State = stateOf(e)
	if e.Timestamp.After(row.UpdatedAt) {
		row.UpdatedAt = e.Timestamp
	}
	messages := 0
	if n, ok := row.Member("num_messages"); ok {
		if err := json.Unmarshal(n, &messages); err != nil {
			return err
		}
	}
	if err := row.SetMember("num_messages", messages+1); err != nil {
		return err
	}
	if e.Author != "user" {
		if err := row.SetMember("agent", e.Author); err != nil {
			return err
		}
	}
	if text == "" {
		return nil
	}
	return row.SetMember("last_message_preview", cut(text))
}

// stateOf returns the state of a session after an event.
func stateOf(e *session.Event) string {
	switch {
	case e.ErrorCode != "" || e.ErrorMessage != "":
		return failed
	case len(e.LongRunningToolIDs) > 0:
		return needsInput
	case e.Author == "user" || !e.IsFinalResponse():
		return running
	}
	return completed
}

// textOf returns the text of a message, on one line.
func textOf(e *session.Event) string {
	if e.Content == nil {
		return ""
	}
	var words []string
	for _, part := range e.Content.Parts {
		if !part.Thought {
			words = append(words, strings.Fields(part.Text)...)
		}
	}
	return strings.ToValidUTF8(strings.Join(words, " "), "\uFFFD")
}

// cut shortens a text to maxPreview.
func cut(text string) string {
	if utf8.RuneCountInString(text) <= maxPreview {
		return text
	}
	return string([]rune(text)[:maxPreview-1]) + "…"
}

// report logs that the index is behind: the service has done its part, and Rebuild
// repairs the index.
func (x *Index) report(err error) {
	if err != nil {
		slog.Error("a session is not indexed", slog.Any("error", err))
	}
}
