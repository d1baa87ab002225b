package sources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// gemini reads the chats of Gemini CLI below tmp/<project>/chats/: JSON Lines in which
// later records replace earlier ones, or in older versions one JSON object.
type gemini struct{}

func (gemini) App() string { return GeminiCLI }

func (gemini) Items(ctx context.Context, root string) ([]Item, error) {
	projects := fileStamp(filepath.Join(root, "projects.json"))
	return walk(ctx, root, "tmp", func(rel string, _ fs.DirEntry) (string, bool) {
		parts := strings.Split(rel, "/") // tmp, project, chats, [parent,] file
		ext := path.Ext(rel)
		if len(parts) < 4 || len(parts) > 5 || parts[2] != "chats" || ext != ".jsonl" && ext != ".json" {
			return "", false
		}
		if len(parts) == 4 && !strings.HasPrefix(parts[3], "session-") {
			return "", false
		}
		return fileStamp(filepath.Join(root, "tmp", parts[1], ".project_root")) + projects, true
	})
}

func (gemini) Read(ctx context.Context, root string, it Item, o *Options) ([]sessiondex.Session, []Fault) {
	chat := geminiChat{unknown: unknowns(o, it, geminiKinds)}
	file := it.File(root)
	var faults []Fault
	if path.Ext(it.Path) == ".json" {
		faults = readWhole(file, o, chat.whole)
	} else {
		faults = readTranscript(ctx, file, o, chat.line)
	}
	faults = placed(it, faults)
	parts := strings.Split(it.Path, "/")
	d := chat.draft(geminiProject(root, parts[1]))
	if len(parts) == 5 {
		d.Sub, d.Parent = true, parts[3]
	}
	d.Set("source_path", it.Path)
	if s, ok := d.Session(o); ok && chat.resumable() {
		return []sessiondex.Session{s}, faults
	}
	return nil, faults
}

// readWhole reads a file that is a single JSON value.
func readWhole(file string, o *Options, use func([]byte) error) []Fault {
	info, err := os.Stat(file)
	if err == nil && info.Size() > int64(o.MaxLineBytes) {
		return []Fault{{Reason: "the file is too large"}}
	}
	b, err := os.ReadFile(file)
	if err == nil {
		err = use(b)
	}
	if err != nil {
		return []Fault{{Reason: reason(err)}}
	}
	return nil
}

// geminiProject returns the directory that a folder of chats belongs to, "" if it is
// unknown. Older versions named the folder by the directory's SHA-256.
func geminiProject(root, folder string) string {
	if b, err := os.ReadFile(filepath.Join(root, "tmp", folder, ".project_root")); err == nil {
		return directory(strings.TrimSpace(string(b)))
	}
	var known struct {
		Projects map[string]string `json:"projects"`
	}
	b, err := os.ReadFile(filepath.Join(root, "projects.json"))
	if err != nil || json.Unmarshal(b, &known) != nil {
		return ""
	}
	dirs := slices.Sorted(maps.Keys(known.Projects))
	for _, dir := range dirs {
		if known.Projects[dir] == folder {
			return directory(dir)
		}
	}
	for _, dir := range dirs {
		sum := sha256.Sum256([]byte(dir))
		if hex.EncodeToString(sum[:]) == folder {
			return directory(dir)
		}
	}
	return ""
}

// geminiChat is the state after reading some records of one chat.
type geminiChat struct {
	meta     geminiMeta
	messages []geminiMessage
	places   map[string]int // index in messages, by id
	unknown  func(kind string)
}

var geminiKinds = kinds(`user gemini info error warning`)

type geminiMeta struct {
	SessionID   string `json:"sessionId"`
	StartTime   string `json:"startTime"`
	LastUpdated string `json:"lastUpdated"`
	Summary     string `json:"summary"`
	Kind        string `json:"kind"`
}

// geminiMessage keeps only the needed parts of a message, so that a long chat takes
// little memory.
type geminiMessage struct {
	id, kind, at, prompt, model string
	tokens                      int64
}

// merge overwrites the members that a record of metadata has.
func (m *geminiMeta) merge(raw []byte) error { return json.Unmarshal(raw, m) }

func (c *geminiChat) whole(b []byte) error {
	if err := c.meta.merge(b); err != nil {
		return err
	}
	return members(b, func(name string, value []byte) {
		if name == "messages" {
			c.replace(value)
		}
	})
}

// replace replaces the messages so far with a list.
func (c *geminiChat) replace(list []byte) {
	c.messages, c.places = nil, nil
	elements(list, c.message)
}

func (c *geminiChat) line(line []byte) error {
	var set, rewind, id, kind []byte
	err := members(line, func(name string, value []byte) {
		switch name {
		case "$set":
			set = value
		case "$rewindTo":
			rewind = value
		case "id":
			id = value
		case "type":
			kind = value
		}
	})
	switch {
	case err != nil:
		return err
	case rewind != nil:
		c.rewind(text(rewind))
	case set != nil:
		if err := c.meta.merge(set); err != nil {
			return err
		}
		return members(set, func(name string, value []byte) {
			if name == "messages" {
				c.replace(value)
			}
		})
	case id != nil && kind != nil:
		c.message(line)
	default:
		return c.meta.merge(line)
	}
	return nil
}

// message adds a message, or replaces the one with the same id.
func (c *geminiChat) message(raw []byte) {
	var m geminiMessage
	var content []byte
	_ = members(raw, func(name string, value []byte) {
		switch name {
		case "id":
			m.id = text(value)
		case "type":
			m.kind = text(value)
		case "timestamp":
			m.at = text(value)
		case "model":
			m.model = text(value)
		case "content":
			content = value
		case "tokens":
			var t struct {
				Total int64 `json:"total"`
			}
			if json.Unmarshal(value, &t) == nil {
				m.tokens = t.Total
			}
		}
	})
	c.unknown(m.kind)
	if m.kind == "user" {
		m.prompt = Title(contentText(content))
	}
	if at, known := c.places[m.id]; known {
		c.messages[at] = m
		return
	}
	if c.places == nil {
		c.places = make(map[string]int)
	}
	c.places[m.id] = len(c.messages)
	c.messages = append(c.messages, m)
}

// rewind drops a message and all after it; everything if the id is unknown.
func (c *geminiChat) rewind(id string) {
	at := c.places[id] // 0 if unknown
	for _, m := range c.messages[at:] {
		delete(c.places, m.id)
	}
	c.messages = c.messages[:at]
}

// resumable reports whether the chat has anything to continue: a prompt that is not a
// command, or an answer.
func (c *geminiChat) resumable() bool {
	for _, m := range c.messages {
		if m.kind == "gemini" || m.kind == "user" && isGeminiPrompt(m.prompt) {
			return true
		}
	}
	return false
}

func isGeminiPrompt(text string) bool {
	return text != "" && !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "?")
}

func (c *geminiChat) draft(project string) *Draft {
	d := &Draft{App: GeminiCLI, Native: c.meta.SessionID, Generated: c.meta.Summary, Channel: "cli", Workspace: project}
	d.Sub = c.meta.Kind == "subagent"
	d.See(Time(c.meta.StartTime))
	count, tokens := 0, int64(0)
	for _, m := range c.messages {
		d.See(Time(m.at))
		switch m.kind {
		case "user":
			count++
			d.Turn = TurnOpen
			if d.Prompt == "" && isGeminiPrompt(m.prompt) {
				d.Prompt = m.prompt
			} else if d.Command == "" {
				d.Command = m.prompt
			}
		case "gemini":
			count++
			d.Turn = TurnEnded
			d.Set("model", m.model)
			tokens += m.tokens
		case "error":
			d.Turn = TurnFailed
		}
	}
	d.See(Time(c.meta.LastUpdated))
	d.Set("num_messages", count)
	d.Set("total_tokens", tokens)
	return d
}
