package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/sources"
)

// openCode reads the sessions of opencode: a database for each release channel, and the
// JSON files of older versions, unless a database has the same session.
type openCode struct{}

func (openCode) App() string { return sources.OpenCode }

const legacySessions = "storage/session"

func (openCode) Items(_ context.Context, root string) ([]sources.Item, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() { // a database that the environment names
		s, err := stamp(root)
		return []sources.Item{{Path: ".", Stamp: s}}, err
	}
	files, err := filepath.Glob(filepath.Join(quoteGlob(root), "opencode*.db"))
	if err != nil {
		return nil, err
	}
	var items []sources.Item
	for _, file := range files {
		s, err := stamp(file)
		if err != nil {
			return nil, err
		}
		items = append(items, sources.Item{Path: filepath.Base(file), Stamp: s})
	}
	legacy, err := legacyItems(root)
	return append(items, legacy...), err
}

// quoteGlob makes a pattern match a directory whose name looks like a pattern.
func quoteGlob(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // a backslash cannot be escaped there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// legacyItems lists storage/session/<project>/<session>.json. A new message changes the
// time of the directory with the session's messages.
func legacyItems(root string) ([]sources.Item, error) {
	var items []sources.Item
	base := filepath.Join(root, filepath.FromSlash(legacySessions))
	projects, err := os.ReadDir(base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, p := range projects {
		if !p.IsDir() {
			continue
		}
		sessions, err := os.ReadDir(filepath.Join(base, p.Name()))
		if err != nil {
			return nil, err
		}
		for _, f := range sessions {
			id, ok := strings.CutSuffix(f.Name(), ".json")
			if !ok {
				continue
			}
			s, err := stamp(filepath.Join(base, p.Name(), f.Name()))
			if err != nil {
				return nil, err
			}
			messages, _ := stamp(filepath.Join(root, "storage", "message", id))
			items = append(items, sources.Item{Path: path.Join(legacySessions, p.Name(), f.Name()), Stamp: s + messages})
		}
	}
	return items, nil
}

func (r openCode) Read(ctx context.Context, root string, it sources.Item, o *sources.Options) ([]sessiondex.Session, []sources.Fault) {
	if strings.HasPrefix(it.Path, legacySessions+"/") {
		return readLegacy(root, it, o)
	}
	s := openCodeStore{drafts: make(map[string]*sources.Draft)}
	if err := read(ctx, it.File(root), s.read); err != nil {
		return nil, fault(it, err)
	}
	source := it.Path
	if source == "." {
		source = filepath.Base(root)
	}
	var sessions []sessiondex.Session
	for _, id := range s.order {
		d := s.drafts[id]
		d.Set("source_path", source)
		if session, ok := d.Session(o); ok {
			sessions = append(sessions, session)
		}
	}
	return sessions, nil
}

// openCodeStore is the state after reading some of the tables.
type openCodeStore struct {
	drafts    map[string]*sources.Draft
	order     []string
	worktrees map[string]string
}

func (s *openCodeStore) read(d *database) error {
	s.worktrees = make(map[string]string)
	if err := d.table("project", "", nil, []string{"id", "worktree"}, func(r record) {
		s.worktrees[r.text("id")] = r.text("worktree")
	}); err != nil {
		return err
	}
	if err := d.table("session", "ORDER BY id", nil, []string{
		"id", "project_id", "parent_id", "directory", "title", "version", "time_created", "time_updated", "time_archived",
		"cost", "tokens_input", "tokens_output", "tokens_reasoning", "agent", "model",
	}, s.session); err != nil {
		return err
	}
	return errors.Join(s.messages(d), s.prompts(d))
}

func (s *openCodeStore) session(r record) {
	id := r.text("id")
	d := &sources.Draft{
		App: sources.OpenCode, Native: id, Generated: r.text("title"), Channel: "cli", Parent: r.text("parent_id"),
		Workspace: r.text("directory"), Archived: !r.time("time_archived").IsZero(),
	}
	if d.Workspace == "" {
		d.Workspace = s.worktrees[r.text("project_id")]
	}
	d.See(r.time("time_created"))
	d.See(r.time("time_updated"))
	var model struct {
		ID string `json:"id"`
	}
	r.object("model", &model)
	d.Set("model", model.ID)
	d.Set("agent", r.text("agent"))
	d.Set("project_id", r.text("project_id"))
	d.Set("source_version", r.text("version"))
	d.Set("total_cost_usd", r.float("cost"))
	d.Set("total_tokens", r.number("tokens_input")+r.number("tokens_output")+r.number("tokens_reasoning"))
	s.drafts[id] = d
	s.order = append(s.order, id)
}

// messages counts the messages and reads the last one of each session.
func (s *openCodeStore) messages(d *database) error {
	return d.each(`
		SELECT l.session_id, l.n, m.data FROM
			(SELECT session_id, count(*) AS n, max(time_created) AS last FROM message GROUP BY session_id) AS l
			JOIN message AS m ON m.session_id = l.session_id AND m.time_created = l.last
		ORDER BY m.session_id, m.id`, nil, func(scan func(...any) error) error {
		var id, data string
		var n int
		if err := scan(&id, &n, &data); err != nil {
			return err
		}
		if draft := s.drafts[id]; draft != nil {
			draft.Set("num_messages", n)
			var m openCodeMessage
			if json.Unmarshal([]byte(data), &m) == nil {
				m.into(draft)
			}
		}
		return nil
	})
}

// prompts reads the first text of each session without a title.
func (s *openCodeStore) prompts(d *database) error {
	for _, id := range s.order {
		draft := s.drafts[id]
		if sources.Title(draft.Generated) != "" {
			continue
		}
		err := d.each(`
			SELECT json_extract(p.data, '$.text') FROM message AS m JOIN part AS p ON p.message_id = m.id
			WHERE m.session_id = ? AND json_extract(m.data, '$.role') = 'user' AND json_extract(p.data, '$.type') = 'text'
			ORDER BY m.time_created, m.id, p.id LIMIT 1`, []any{id}, func(scan func(...any) error) error {
			var text any
			if err := scan(&text); err != nil {
				return err
			}
			draft.Prompt, _ = text.(string)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openCodeMessage has the members of a message that this reader uses. A message is in a
// column, or in a file of its own.
type openCodeMessage struct {
	Role    string          `json:"role"`
	ModelID string          `json:"modelID"`
	Error   json.RawMessage `json:"error"`
	Time    struct {
		Created   int64 `json:"created"`
		Completed int64 `json:"completed"`
	} `json:"time"`
}

// into sets how far the session's last turn got; m is the last message.
func (m *openCodeMessage) into(d *sources.Draft) {
	if _, known := d.Members["model"]; !known {
		d.Set("model", m.ModelID)
	}
	switch {
	case len(m.Error) > 0 && string(m.Error) != "null":
		var e struct {
			Name string `json:"name"`
		}
		d.Turn = sources.TurnFailed
		if json.Unmarshal(m.Error, &e) == nil && e.Name == "MessageAbortedError" {
			d.Turn = sources.TurnAborted
		}
	case m.Role == "user" || m.Time.Completed == 0:
		d.Turn = sources.TurnOpen
	default:
		d.Turn = sources.TurnEnded
	}
}

// readLegacy reads a session of the JSON files.
func readLegacy(root string, it sources.Item, o *sources.Options) ([]sessiondex.Session, []sources.Fault) {
	var s struct {
		ID        string `json:"id"`
		Version   string `json:"version"`
		ProjectID string `json:"projectID"`
		Directory string `json:"directory"`
		ParentID  string `json:"parentID"`
		Title     string `json:"title"`
		Time      struct {
			Created  int64 `json:"created"`
			Updated  int64 `json:"updated"`
			Archived int64 `json:"archived"`
		} `json:"time"`
	}
	b, err := os.ReadFile(it.File(root))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		return nil, fault(it, err)
	}
	d := &sources.Draft{
		App: sources.OpenCode, Native: s.ID, Generated: s.Title, Channel: "cli", Parent: s.ParentID, Workspace: s.Directory,
		Archived: s.Time.Archived != 0,
	}
	d.See(sources.Unix(s.Time.Created))
	d.See(sources.Unix(s.Time.Updated))
	d.Set("project_id", s.ProjectID)
	d.Set("source_version", s.Version)
	d.Set("source_path", it.Path)
	faults := legacyMessages(root, s.ID, it, d)
	if session, ok := d.Session(o); ok {
		return []sessiondex.Session{session}, faults
	}
	return nil, faults
}

// legacyMessages reads the files of a session's messages, whose names ascend.
func legacyMessages(root, id string, it sources.Item, d *sources.Draft) []sources.Fault {
	if id == "" || strings.ContainsAny(id, `/\`) {
		return nil // not a name of a directory of the store
	}
	dir := filepath.Join(root, "storage", "message", id)
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil // a session without messages has none
	}
	count := 0
	var last openCodeMessage
	var faults []sources.Fault
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		var m openCodeMessage
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil {
			faults = append(faults, sources.Fault{Path: it.Path, Reason: "message " + f.Name() + ": " + err.Error()})
			continue
		}
		count++
		if m.ModelID != "" {
			d.Set("model", m.ModelID)
		}
		last = m
		if m.Role == "user" && d.Prompt == "" && sources.Title(d.Generated) == "" {
			d.Prompt = legacyPrompt(root, strings.TrimSuffix(f.Name(), ".json"))
		}
	}
	if count > 0 {
		last.into(d)
	}
	d.Set("num_messages", count)
	return faults
}

// legacyPrompt returns the first text of a message, whose parts are files too.
func legacyPrompt(root, message string) string {
	dir := filepath.Join(root, "storage", "part", message)
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		var part struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err == nil && json.Unmarshal(b, &part) == nil && part.Type == "text" && part.Text != "" {
			return part.Text
		}
	}
	return ""
}
