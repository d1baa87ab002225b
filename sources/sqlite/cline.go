package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// clineSessions reads Cline: the database of its newer versions, and the task history of
// the older extension, whichever a root has.
type clineSessions struct{}

func (clineSessions) App() string { return sources.Cline }

const clineDB = "sessions.db"

// older is the reader of the task history.
func older() sources.Reader {
	for _, r := range sources.Files() {
		if r.App() == sources.Cline {
			return r
		}
	}
	panic("sources has no reader of Cline's task history")
}

func (clineSessions) Items(ctx context.Context, root string) ([]sources.Item, error) {
	s, err := stamp(filepath.Join(root, clineDB))
	if errors.Is(err, fs.ErrNotExist) {
		return older().Items(ctx, root)
	}
	return []sources.Item{{Path: clineDB, Stamp: s}}, err
}

func (clineSessions) Read(ctx context.Context, root string, it sources.Item, o *sources.Options) ([]sessiondex.Session, []sources.Fault) {
	if it.Path != clineDB {
		return older().Read(ctx, root, it, o)
	}
	var sessions []sessiondex.Session
	err := read(ctx, it.File(root), func(d *database) error {
		return d.table("sessions", "ORDER BY session_id", nil, []string{
			"session_id", "source", "started_at", "ended_at", "updated_at", "status", "provider", "model", "cwd", "workspace_root",
			"parent_session_id", "is_subagent", "prompt", "metadata_json",
		}, func(r record) {
			if s, ok := clineDraft(r).Session(o); ok {
				sessions = append(sessions, s)
			}
		})
	})
	if err != nil {
		return nil, fault(it, err)
	}
	return sessions, nil
}

func clineDraft(r record) *sources.Draft {
	d := &sources.Draft{
		App: sources.Cline, Native: r.text("session_id"), Prompt: r.text("prompt"), Channel: r.text("source"),
		Workspace: r.text("workspace_root"), Parent: r.text("parent_session_id"), Sub: r.number("is_subagent") != 0,
	}
	if d.Workspace == "" {
		d.Workspace = r.text("cwd")
	}
	var meta struct {
		Title string `json:"title"`
	}
	r.object("metadata_json", &meta)
	d.Generated = meta.Title
	if strings.Contains(d.Channel, "schedule") {
		d.Trigger = "schedule"
	}
	d.See(r.time("started_at"))
	d.See(r.time("ended_at"))
	d.See(r.time("updated_at"))
	switch r.text("status") {
	case "running", "pending":
		d.Turn = sources.TurnOpen
	case "failed":
		d.Turn = sources.TurnFailed
	case "cancelled":
		d.Turn = sources.TurnAborted
	}
	d.Set("model", r.text("model"))
	d.Set("provider", r.text("provider"))
	return d
}
