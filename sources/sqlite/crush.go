package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// crush reads the databases of crush, one for each project; a file lists the projects.
type crush struct{}

func (crush) App() string { return sources.Crush }

func (crush) Items(_ context.Context, root string) ([]sources.Item, error) {
	var list struct {
		Projects []struct {
			Path    string `json:"path"`
			DataDir string `json:"data_dir"`
		} `json:"projects"`
	}
	b, err := os.ReadFile(filepath.Join(root, "projects.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, err
	}
	var items []sources.Item
	for _, p := range list.Projects {
		dir := p.DataDir
		if dir == "" {
			dir = ".crush"
		}
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(p.Path, dir)
		}
		file := filepath.Join(dir, "crush.db")
		s, err := stamp(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a project that was deleted stays in the list
		}
		if err != nil {
			return nil, err
		}
		items = append(items, sources.Item{Path: filepath.ToSlash(file), Stamp: s + p.Path, Hint: p.Path})
	}
	return items, nil
}

func (crush) Read(ctx context.Context, root string, it sources.Item, o *sources.Options) ([]sessiondex.Session, []sources.Fault) {
	s := crushStore{project: it.Hint, drafts: make(map[string]*sources.Draft)}
	if err := read(ctx, it.File(root), s.read); err != nil {
		return nil, fault(it, err)
	}
	var sessions []sessiondex.Session
	for _, id := range s.order {
		if session, ok := s.drafts[id].Session(o); ok {
			sessions = append(sessions, session)
		}
	}
	return sessions, nil
}

type crushStore struct {
	project string
	drafts  map[string]*sources.Draft
	order   []string
}

func (s *crushStore) read(d *database) error {
	if err := d.table("sessions", "ORDER BY id", nil, []string{
		"id", "parent_session_id", "title", "message_count", "prompt_tokens", "completion_tokens", "cost", "updated_at", "created_at",
	}, s.session); err != nil {
		return err
	}
	return s.messages(d)
}

func (s *crushStore) session(r record) {
	id := r.text("id")
	if strings.HasPrefix(id, "title-") {
		return // a session in which the program asks a model for a title
	}
	d := &sources.Draft{
		App: sources.Crush, Native: id, Generated: r.text("title"), Channel: "cli", Workspace: s.project,
		Parent: r.text("parent_session_id"), Sub: strings.Contains(id, "$$"),
	}
	d.See(r.time("created_at"))
	d.Updated = r.time("updated_at")
	d.Set("num_messages", r.number("message_count"))
	d.Set("total_cost_usd", r.float("cost"))
	d.Set("total_tokens", r.number("prompt_tokens")+r.number("completion_tokens"))
	s.drafts[id] = d
	s.order = append(s.order, id)
}

// messages reads the last message of each session: whether its turn is open, its model
// and its time, since a rename changes the time of the session's row.
func (s *crushStore) messages(d *database) error {
	have, err := d.columns("messages")
	if err != nil || !have["session_id"] {
		return err
	}
	// Order by rowid, which is the order of writing; several messages have the same
	// second.
	if err := d.table("messages", "WHERE rowid IN (SELECT max(rowid) FROM messages GROUP BY session_id)", nil,
		[]string{"session_id", "role", "model", "updated_at", "created_at", "finished_at"}, s.last); err != nil {
		return err
	}
	for _, id := range s.order {
		draft := s.drafts[id]
		if sources.Title(draft.Generated) != "" {
			continue
		}
		err := d.table("messages", "WHERE session_id = ? AND role = 'user' ORDER BY rowid LIMIT 1", []any{id}, []string{"parts"},
			func(r record) { draft.Prompt = firstText(r.text("parts")) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *crushStore) last(r record) {
	d := s.drafts[r.text("session_id")]
	if d == nil {
		return
	}
	d.Set("model", r.text("model"))
	if at := r.time("updated_at"); !at.IsZero() {
		d.Updated = at
	} else if at := r.time("created_at"); !at.IsZero() {
		d.Updated = at
	}
	if r.text("role") != "assistant" || r.time("finished_at").IsZero() {
		d.Turn = sources.TurnOpen
	}
}
