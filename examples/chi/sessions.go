package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sessiondex/sessiondex"
)

// fill puts the initial sessions.
func fill(ctx context.Context, engine *sessiondex.Engine) error {
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	return engine.Put(ctx,
		sessiondex.Session{ID: "s1", Title: "Weekly report", State: "completed", WorkspaceID: "acme", CreatedAt: at, UpdatedAt: at.Add(time.Hour)},
		sessiondex.Session{ID: "s2", Title: "Invoice review", State: "running", WorkspaceID: "acme", CreatedAt: at, UpdatedAt: at.Add(2 * time.Hour)},
		sessiondex.Session{ID: "s3", Title: "Invoice review", State: "running", WorkspaceID: "umbrella", CreatedAt: at, UpdatedAt: at.Add(3 * time.Hour)},
	)
}

// finish marks a session as completed, if the account may see it.
func finish(w http.ResponseWriter, r *http.Request, engine *sessiondex.Engine, who account) {
	// Update excludes other writes, so none is lost.
	_, err := engine.Update(r.Context(), chi.URLParam(r, "id"), func(s *sessiondex.Session) error {
		if !slices.Contains(who.workspaces, s.WorkspaceID) {
			return sessiondex.ErrNotFound // do not reveal that the session exists
		}
		s.State, s.UpdatedAt = "completed", time.Now()
		return nil
	})
	switch {
	case errors.Is(err, sessiondex.ErrNotFound):
		http.Error(w, "no such session", http.StatusNotFound)
	case err != nil:
		http.Error(w, "try again later", http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
