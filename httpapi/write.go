package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/query"
)

// Writer is what a handler writes through, as [sessiondex.Engine.Writer] gives it. Both
// methods are atomic, and safe for concurrent use.
type Writer interface {
	// Mutate replaces the session with this id by what f makes of it; nil is none, on
	// the way in and out. f may be called again, and must return a session of the same id.
	// Its error is returned, wrapped or not, with nothing changed.
	Mutate(ctx context.Context, id string, f func(old *sessiondex.Session) (*sessiondex.Session, error)) error
	// InsertAll adds sessions, all or none; an error that wraps sessiondex.ErrExists for
	// an id that is taken.
	InsertAll(ctx context.Context, s []sessiondex.Session) error
}

// refusal is a write that is answered with a status other than success, from within
// the write.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string { return r.detail }

// bodyFault is a faulty member of a body, in the form in which parameters are reported.
type bodyFault struct {
	Loc []any  `json:"loc"`
	Msg string `json:"msg"`
	Typ string `json:"type"`
}

var (
	errAbsent    = &refusal{http.StatusNotFound, "Session not found"}
	errTaken     = &refusal{http.StatusConflict, "The id is taken"}
	errOutside   = &refusal{http.StatusForbidden, "The session would lie outside of what these credentials may write"}
	errCondition = &refusal{http.StatusPreconditionFailed, "The session is not what If-Match or If-None-Match asks for"}
)

// sessionTag is the entity tag of a session: a hash of all that was put.
func sessionTag(s *sessiondex.Session) string {
	buf := borrow()
	defer giveBack(buf)
	*buf = s.AppendJSON((*buf)[:0])
	sum := sha256.Sum256(*buf)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// conditions checks the preconditions of a write (RFC 9110, section 13) against the
// session that there is, nil for none. Weak tags count as strong ones: a proxy that
// compresses makes weak what came strong.
func conditions(r *http.Request, old *sessiondex.Session) error {
	for _, c := range []struct {
		header string
		wanted bool
	}{{"If-Match", true}, {"If-None-Match", false}} {
		values := r.Header.Values(c.header)
		if len(values) == 0 {
			continue
		}
		if found := old != nil && matchesTag(values, sessionTag(old), true); found != c.wanted {
			return errCondition
		}
	}
	return nil
}

// mutate runs a write of one session and answers with what it made: nil is a session
// that is gone.
func (h *handler) mutate(x *exchange, id string, f func(old *sessiondex.Session) (*sessiondex.Session, error)) error {
	var made *sessiondex.Session
	created := false
	err := h.writer.Mutate(x.r.Context(), id, func(old *sessiondex.Session) (*sessiondex.Session, error) {
		// Two copies: what f makes may share the memory of what it was given.
		made, created = nil, old == nil
		if old != nil {
			inside, err := h.source.inScope(x.r.Context(), &x.principal.Scope, old)
			if err != nil {
				return nil, err
			}
			if !inside {
				if x.r.Method == http.MethodPut {
					return nil, errTaken
				}
				return nil, errAbsent
			}
		} else if x.r.Method != http.MethodPut {
			return nil, errAbsent
		}
		if err := conditions(x.r, old); err != nil {
			return nil, err
		}
		now, err := f(old)
		if err != nil || now == nil {
			return nil, err
		}
		if err := h.admit(x, now); err != nil {
			return nil, err
		}
		copied := *now
		made = &copied
		return now, nil
	})
	switch {
	case err != nil:
		return h.refused(x, err)
	case made == nil:
		x.WriteHeader(http.StatusNoContent)
		return nil
	}
	x.rows = 1
	x.Header().Set("Etag", sessionTag(made))
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		x.Header().Set("Location", h.base+sessionsPath+"/"+url.PathEscape(id))
	}
	return x.session(status, made)
}

// admit checks a session that is about to be stored for this principal.
func (h *handler) admit(x *exchange, s *sessiondex.Session) error {
	inside, err := h.source.inScope(x.r.Context(), &x.principal.Scope, s)
	if err == nil && !inside {
		err = errOutside
	}
	return err
}

// put answers PUT /api/v0/sessions/{id}: the session is what the body says. Times that it
// leaves out stay, or are the server's.
func (h *handler) put(x *exchange, id string) error {
	body, ok, err := h.jsonBody(x, "application/json")
	if !ok {
		return err
	}
	switch {
	case id == "":
		return h.refused(x, errAbsent)
	case !utf8.ValidString(id):
		return x.bodyFaults(idFault(id, "must be valid UTF-8"))
	}
	s, filled, err := h.sessionOf(x, body, id)
	if err == nil && s.ID != id {
		err = idFault(s.ID, "must be the one of the path")
	}
	if err != nil {
		return h.refused(x, err)
	}
	return h.mutate(x, id, func(old *sessiondex.Session) (*sessiondex.Session, error) {
		now := s
		if old != nil && filled["created_at"] {
			now.CreatedAt = old.CreatedAt
		}
		if old != nil && filled["workspace_id"] {
			now.WorkspaceID = ""
		}
		dropDerived(&now, old)
		return &now, nil
	})
}

func idFault(id, reason string) *sessiondex.SessionError {
	return &sessiondex.SessionError{Index: -1, Field: "id", Value: id, Reason: reason}
}

// dropDerived takes out of a session what completed its old or new form for the client
// that now sends it back.
func dropDerived(s, old *sessiondex.Session) {
	s.DropDerived()
	if old != nil && old.State != s.State {
		state := s.State
		s.State = old.State
		s.DropDerived()
		s.State = state
	}
}

// patch answers PATCH /api/v0/sessions/{id} with a JSON merge patch (RFC 7396).
func (h *handler) patch(x *exchange, id string) error {
	body, ok, err := h.jsonBody(x, "application/merge-patch+json", "application/json")
	if !ok {
		return err
	}
	p, err := parsePatch(body)
	if err != nil {
		return x.detail(http.StatusBadRequest, err.Error())
	}
	return h.mutate(x, id, p.session)
}

// session returns a session after the patch.
func (p *patch) session(old *sessiondex.Session) (*sessiondex.Session, error) {
	var s sessiondex.Session
	if err := s.UnmarshalJSON([]byte(p.apply(string(old.AppendJSON(nil))))); err != nil {
		return nil, err
	}
	if s.ID != old.ID {
		return nil, idFault(s.ID, "must be the one of the path")
	}
	dropDerived(&s, old)
	return &s, nil
}

// remove answers DELETE /api/v0/sessions/{id}.
func (h *handler) remove(x *exchange, id string) error {
	return h.mutate(x, id, func(*sessiondex.Session) (*sessiondex.Session, error) { return nil, nil })
}

// mark answers POST /api/v0/sessions/{id}/read and …/unread.
func (h *handler) mark(x *exchange, id string, unread bool) error {
	return h.mutate(x, id, newPatch(fmt.Sprintf(`{"is_unread":%t}`, unread)).session)
}

// insert answers POST /api/v0/sessions: a session, an array of them, or JSON Lines; all
// or none.
func (h *handler) insert(x *exchange) error {
	body, ok, err := h.jsonBody(x, "application/json", "application/jsonl", "application/x-ndjson", "application/ndjson")
	if !ok {
		return err
	}
	texts, single, err := splitBody(body, h.maxBatch)
	if err != nil {
		return x.detail(http.StatusBadRequest, err.Error())
	}
	if len(texts) > h.maxBatch {
		return x.detail(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body has more than %d sessions", h.maxBatch))
	}
	sessions := make([]sessiondex.Session, len(texts))
	for i, text := range texts {
		s, _, err := h.sessionOf(x, text, "")
		if err == nil {
			err = h.admit(x, &s)
		}
		if err != nil {
			var fault *sessiondex.SessionError
			if errors.As(err, &fault) && !single {
				fault.Index = i
			}
			return h.refused(x, err)
		}
		s.DropDerived()
		sessions[i] = s
	}
	if err := h.writer.InsertAll(x.r.Context(), sessions); err != nil {
		return h.refused(x, err)
	}
	x.rows = len(sessions)
	if single {
		x.Header().Set("Etag", sessionTag(&sessions[0]))
		x.Header().Set("Location", h.base+sessionsPath+"/"+url.PathEscape(sessions[0].ID))
		return x.session(http.StatusCreated, &sessions[0])
	}
	answer := struct {
		IDs []string `json:"ids"`
	}{make([]string, len(sessions))}
	for i := range sessions {
		answer.IDs[i] = sessions[i].ID
	}
	out, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return x.body(http.StatusCreated, append(out, '\n'))
}

// sessionOf reads a session that a client sent, and fills in what it leaves out: this id,
// or one of its own; the time; the principal's workspace. filled names those members.
func (h *handler) sessionOf(x *exchange, text []byte, id string) (s sessiondex.Session, filled map[string]bool, err error) {
	text = bytes.TrimSpace(text)
	if !json.Valid(text) || text[0] != '{' {
		return s, nil, &refusal{http.StatusBadRequest, "The body is no session in JSON: a session is an object"}
	}
	given := make(map[string]bool)
	members := 0
	for w := jsontext.WalkObject(string(text)); w.Next(); members++ {
		given[w.Name()] = w.Value() != "null" // of members of the same name the last counts
	}
	now := time.Now().UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	filled = make(map[string]bool)
	text = bytes.Clone(text[:len(text)-1])
	for _, fill := range [...]struct{ name, value string }{
		{"id", cmp.Or(id, rand.Text())}, {"created_at", now}, {"updated_at", now}, {"workspace_id", x.principal.Workspace},
	} {
		if given[fill.name] || fill.value == "" {
			continue
		}
		if filled[fill.name] = true; members > 0 {
			text = append(text, ',')
		}
		members++
		text = jsontext.AppendString(append(append(text, '"'), fill.name+`":`...), fill.value)
	}
	err = s.UnmarshalJSON(append(text, '}'))
	return s, filled, err
}

// refused answers for a write that failed.
func (h *handler) refused(x *exchange, err error) error {
	var no *refusal
	var fault *sessiondex.SessionError
	switch {
	case errors.As(err, &no):
		return x.detail(no.status, no.detail)
	case errors.As(err, &fault):
		return x.bodyFaults(fault)
	case errors.Is(err, sessiondex.ErrExists):
		return x.detail(http.StatusConflict, errTaken.detail)
	case errors.Is(err, sessiondex.ErrReadOnly):
		return x.detail(http.StatusForbidden, "The sessions can only be read")
	}
	return err
}

// bodyFaults answers with 422 for a session that breaks a rule.
func (x *exchange) bodyFaults(fault *sessiondex.SessionError) error {
	loc := []any{"body"}
	if fault.Index >= 0 {
		loc = append(loc, fault.Index)
	}
	if fault.Field != "" {
		loc = append(loc, fault.Field)
	}
	msg := fault.Reason
	if fault.Value != "" {
		msg += " (got " + fault.Value + ")"
	}
	body, err := json.Marshal(struct {
		Detail []bodyFault `json:"detail"`
	}{[]bodyFault{{loc, strings.ToValidUTF8(msg, "\uFFFD"), "value_error"}}})
	if err != nil {
		return err
	}
	return x.body(http.StatusUnprocessableEntity, append(body, '\n'))
}

// defaultWorkspace narrows a query that names no workspace to the principal's own.
func (p *Principal) defaultWorkspace(q *query.Query) {
	if q.WorkspaceID == "" {
		q.WorkspaceID = p.Workspace
	}
}
