package sqlite

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// goose reads the sessions of goose by the columns that its table has, since the schema
// numbers of some forks mean something else.
type goose struct{}

func (goose) App() string { return sources.Goose }

func (goose) Items(_ context.Context, root string) ([]sources.Item, error) {
	s, err := stamp(filepath.Join(root, "sessions.db"))
	return []sources.Item{{Path: "sessions.db", Stamp: s}}, err
}

func (goose) Read(ctx context.Context, root string, it sources.Item, o *sources.Options) ([]sessiondex.Session, []sources.Fault) {
	s := gooseStore{drafts: make(map[string]*sources.Draft), updated: make(map[string]time.Time)}
	if err := read(ctx, it.File(root), s.read); err != nil {
		return nil, fault(it, err)
	}
	var sessions []sessiondex.Session
	for _, id := range s.order {
		d := s.drafts[id]
		if d.Updated.IsZero() || d.Updated.Equal(d.Created) {
			d.See(s.updated[id]) // no message has a time
		}
		if session, ok := d.Session(o); ok {
			sessions = append(sessions, session)
		}
	}
	return sessions, nil
}

type gooseStore struct {
	drafts  map[string]*sources.Draft
	updated map[string]time.Time // the row's own, which a rename changes
	order   []string
	version int64
}

func (s *gooseStore) read(d *database) error {
	if err := d.each("SELECT coalesce(max(version), 0) FROM schema_version", nil, func(scan func(...any) error) error {
		return scan(&s.version)
	}); err != nil {
		s.version = 0 // older than the table
	}
	if err := d.table("sessions", "ORDER BY id", nil, []string{
		"id", "name", "description", "session_type", "working_dir", "created_at", "updated_at", "archived_at", "schedule_id",
		"parent_session_id", "provider_name", "model_config_json", "accumulated_cost", "accumulated_total_tokens", "project_id",
	}, s.session); err != nil {
		return err
	}
	return s.messages(d)
}

func (s *gooseStore) session(r record) {
	id, kind := r.text("id"), r.text("session_type")
	if kind == "hidden" {
		return
	}
	d := &sources.Draft{
		App: sources.Goose, Native: id, Named: r.text("name"), Generated: r.text("description"), Channel: kind,
		Workspace: r.text("working_dir"), Parent: r.text("parent_session_id"), Archived: !r.time("archived_at").IsZero(),
		Sub: kind == "sub_agent" || kind == "specialist",
	}
	if d.Channel == "" {
		d.Channel = "user"
	}
	if asset := r.text("schedule_id"); asset != "" || kind == "scheduled" {
		d.Trigger, d.Asset = "schedule", asset
	}
	d.See(r.time("created_at"))
	s.updated[id] = r.time("updated_at")
	var model struct {
		Name string `json:"model_name"`
	}
	r.object("model_config_json", &model)
	d.Set("model", model.Name)
	d.Set("provider", r.text("provider_name"))
	d.Set("project_id", r.text("project_id"))
	d.Set("schema_version", s.version)
	d.Set("total_cost_usd", r.float("accumulated_cost"))
	d.Set("total_tokens", r.number("accumulated_total_tokens"))
	s.drafts[id] = d
	s.order = append(s.order, id)
}

// messages reads the time and the author of the last message, and the first prompt of
// sessions without a title.
func (s *gooseStore) messages(d *database) error {
	err := d.each(`
		SELECT l.session_id, l.n, m.role, m.created_timestamp FROM
			(SELECT session_id, count(*) AS n, max(id) AS last FROM messages GROUP BY session_id) AS l
			JOIN messages AS m ON m.id = l.last`, nil, func(scan func(...any) error) error {
		var id, role string
		var n int
		var at int64
		if err := scan(&id, &n, &role, &at); err != nil {
			return err
		}
		if draft := s.drafts[id]; draft != nil {
			draft.Set("num_messages", n)
			draft.See(sources.Unix(at))
			if role == "user" {
				draft.Turn = sources.TurnOpen
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range s.order {
		draft := s.drafts[id]
		if sources.Title(draft.Named) != "" || sources.Title(draft.Generated) != "" {
			continue
		}
		if err := d.each(`SELECT content_json FROM messages WHERE session_id = ? AND role = 'user' ORDER BY id LIMIT 1`,
			[]any{id}, func(scan func(...any) error) error {
				var content string
				if err := scan(&content); err != nil {
					return err
				}
				draft.Prompt = firstText(content)
				return nil
			}); err != nil {
			return err
		}
	}
	return nil
}

// firstText returns the first text of a list of parts.
func firstText(content string) string {
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
		Data struct {
			Text string `json:"text"`
		} `json:"data"`
	}
	if json.Unmarshal([]byte(content), &parts) != nil {
		return ""
	}
	for _, p := range parts {
		if p.Type == "text" && p.Text+p.Data.Text != "" {
			return p.Text + p.Data.Text
		}
	}
	return ""
}
