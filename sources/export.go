package sources

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// webExport reads the data exports of ChatGPT, Claude.ai and Open WebUI: a JSON file, a
// directory with such files, or the zip that they came in. Each conversation shows
// which program wrote it.
type webExport struct{}

func (webExport) App() string { return WebExport }

// inZip separates the path of a zip from that of a file in it.
const inZip = "!"

func (webExport) Items(ctx context.Context, root string) ([]Item, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return exportItems(root, ".", stampOf(info))
	}
	files, err := walk(ctx, root, ".", func(rel string, _ fs.DirEntry) (string, bool) {
		return "", isExport(path.Base(rel)) || strings.EqualFold(path.Ext(rel), ".zip")
	})
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, it := range files {
		more, err := exportItems(filepath.Join(root, filepath.FromSlash(it.Path)), it.Path, it.Stamp)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, nil
}

// isExport reports whether a file of an export has conversations, by its name.
func isExport(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".json") && (strings.HasPrefix(name, "conversations") || strings.HasPrefix(name, "chat-export"))
}

// exportItems returns a file as an item, or the files with conversations of a zip.
func exportItems(file, rel, stamp string) ([]Item, error) {
	if !strings.EqualFold(filepath.Ext(file), ".zip") {
		return []Item{{Path: rel, Stamp: stamp}}, nil
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rel, err)
	}
	defer z.Close()
	var items []Item
	for _, f := range z.File {
		if isExport(path.Base(f.Name)) {
			items = append(items, Item{Path: rel + inZip + f.Name, Stamp: stamp})
		}
	}
	return items, nil
}

func (webExport) Read(ctx context.Context, root string, it Item, o *Options) ([]sessiondex.Session, []Fault) {
	in, err := openExport(root, it.Path)
	if err != nil {
		return nil, []Fault{{Path: it.Path, Reason: reason(err)}}
	}
	defer in.Close()
	var sessions []sessiondex.Session
	var faults []Fault
	err = readArray(ctx, in, func(number int, raw []byte) {
		s, ok, err := conversation(raw, o)
		switch {
		case err != nil && len(faults) < maxFaults:
			faults = append(faults, Fault{Path: it.Path, Reason: fmt.Sprintf("conversation %d: %v", number, err)})
		case ok:
			sessions = append(sessions, s)
		}
	})
	if err != nil {
		faults = append(faults, Fault{Path: it.Path, Reason: err.Error()})
	}
	return sessions, faults
}

func openExport(root, rel string) (io.ReadCloser, error) {
	rel, inner, zipped := strings.Cut(rel, inZip)
	file := filepath.Join(root, filepath.FromSlash(rel))
	if !zipped {
		return openUpTo(file)
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	f, err := z.Open(inner)
	if err != nil {
		return nil, errors.Join(err, z.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{f, closers{f, z}}, nil
}

type closers []io.Closer

func (c closers) Close() error {
	var err error
	for _, closer := range c {
		err = errors.Join(err, closer.Close())
	}
	return err
}

// readArray calls use with every element of an array of conversations, numbered from
// 1, one in memory at a time; a single object counts as an array of one.
func readArray(ctx context.Context, r io.Reader, use func(number int, raw []byte)) error {
	in := bufio.NewReaderSize(r, 256<<10)
	if mark, _ := in.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3)
	}
	first := byte(0)
	for first == 0 {
		c, err := in.ReadByte()
		if err != nil {
			return errors.New("the file is empty")
		}
		if !bytes.ContainsRune([]byte(" \t\r\n"), rune(c)) {
			first = c
		}
	}
	if err := in.UnreadByte(); err != nil {
		return err
	}
	dec := json.NewDecoder(in)
	if first == '[' {
		if _, err := dec.Token(); err != nil {
			return err
		}
	}
	for number := 1; ctx.Err() == nil && dec.More(); number++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return fmt.Errorf("conversation %d: %w", number, err)
		}
		use(number, raw)
	}
	if first == '[' && ctx.Err() == nil {
		if _, err := dec.Token(); err != nil { // truncated after a whole conversation
			return errors.New("the file ends before its list does")
		}
	}
	return nil
}

// conversation recognises the three forms by members that only one of them has.
func conversation(raw []byte, o *Options) (sessiondex.Session, bool, error) {
	var d *Draft
	var err error
	var kind string
	if fault := members(raw, func(name string, value []byte) {
		switch {
		case name == "mapping", name == "chat_messages":
			kind = name
		case name == "chat" && len(value) > 0 && value[0] == '{':
			kind = name
		}
	}); fault != nil {
		return sessiondex.Session{}, false, fault
	}
	switch kind {
	case "mapping":
		d, err = chatGPT(raw)
	case "chat_messages":
		d, err = claudeAI(raw)
	case "chat":
		d, err = openWebUI(raw)
	default:
		err = errors.New("it is none of ChatGPT, Claude.ai and Open WebUI")
	}
	if err != nil || d == nil {
		return sessiondex.Session{}, false, err
	}
	s, ok := d.Session(o)
	return s, ok, nil
}

// chatGPT reads a conversation: a tree of messages. Only those on the path from the
// current one to the root count.
func chatGPT(raw []byte) (*Draft, error) {
	type message struct {
		Author struct {
			Role string `json:"role"`
		} `json:"author"`
		CreateTime float64 `json:"create_time"`
		Content    struct {
			Parts []json.RawMessage `json:"parts"`
		} `json:"content"`
		Metadata struct {
			Model string `json:"model_slug"`
		} `json:"metadata"`
	}
	var c struct {
		ID           string  `json:"conversation_id"`
		OldID        string  `json:"id"`
		Title        string  `json:"title"`
		CreateTime   float64 `json:"create_time"`
		UpdateTime   float64 `json:"update_time"`
		Current      string  `json:"current_node"`
		Archived     bool    `json:"is_archived"`
		Model        string  `json:"default_model_slug"`
		Conversation map[string]struct {
			Parent  string   `json:"parent"`
			Message *message `json:"message"`
		} `json:"mapping"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	d := &Draft{App: "chatgpt", Native: c.ID, Generated: c.Title, Channel: "web", Archived: c.Archived}
	if d.Native == "" {
		d.Native = c.OldID
	}
	d.See(UnixFloat(c.CreateTime))
	count, model := 0, ""
	var last float64
	// A path with more steps than the tree has nodes would be a cycle.
	for at, steps := c.Current, 0; at != "" && steps <= len(c.Conversation); steps++ {
		node := c.Conversation[at]
		at = node.Parent
		m := node.Message
		if m == nil || m.Author.Role != "user" && m.Author.Role != "assistant" {
			continue
		}
		count++
		last = max(last, m.CreateTime)
		if model == "" {
			model = m.Metadata.Model
		}
		if m.Author.Role == "user" && len(m.Content.Parts) > 0 {
			d.Prompt = text(m.Content.Parts[0]) // overwritten until the first prompt, which comes last
		}
	}
	if count == 0 {
		return nil, nil
	}
	if model == "" {
		model = c.Model
	}
	if c.UpdateTime == 0 {
		c.UpdateTime = last
	}
	d.See(UnixFloat(c.UpdateTime))
	d.Set("model", model)
	d.Set("num_messages", count)
	return d, nil
}

func claudeAI(raw []byte) (*Draft, error) {
	var c struct {
		UUID     string `json:"uuid"`
		Name     string `json:"name"`
		Created  string `json:"created_at"`
		Updated  string `json:"updated_at"`
		Messages []struct {
			Text   string `json:"text"`
			Sender string `json:"sender"`
		} `json:"chat_messages"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	if len(c.Messages) == 0 {
		return nil, nil // opened, but empty
	}
	d := &Draft{App: "claude-ai", Native: c.UUID, Generated: c.Name, Channel: "web"}
	for _, m := range c.Messages {
		if d.Prompt == "" && m.Sender == "human" {
			d.Prompt = m.Text
		}
	}
	d.See(Time(c.Created))
	d.See(Time(c.Updated))
	d.Set("num_messages", len(c.Messages))
	return d, nil
}

func openWebUI(raw []byte) (*Draft, error) {
	var c struct {
		ID       string `json:"id"`
		UserID   string `json:"user_id"`
		Title    string `json:"title"`
		Created  int64  `json:"created_at"`
		Updated  int64  `json:"updated_at"`
		Archived bool   `json:"archived"`
		FolderID string `json:"folder_id"`
		Meta     struct {
			Internal bool `json:"internal"`
		} `json:"meta"`
		Chat struct {
			Models  []string `json:"models"`
			History struct {
				Messages map[string]struct {
					ID, Role string
					Content  json.RawMessage
					ParentID string `json:"parentId"`
				} `json:"messages"`
				Current string `json:"currentId"`
			} `json:"history"`
		} `json:"chat"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	if c.Meta.Internal {
		return nil, nil
	}
	d := &Draft{App: "open-webui", Native: c.ID, Generated: c.Title, Channel: "web", Archived: c.Archived}
	count := 0
	messages := c.Chat.History.Messages
	for at, steps := c.Chat.History.Current, 0; at != "" && steps <= len(messages); steps++ {
		m, ok := messages[at]
		if !ok {
			break
		}
		count++
		at = m.ParentID
		if m.Role == "user" {
			d.Prompt = contentText(m.Content)
		}
	}
	d.See(Unix(c.Created))
	d.See(Unix(c.Updated))
	if len(c.Chat.Models) > 0 {
		d.Set("model", c.Chat.Models[0])
	}
	d.Set("num_messages", count)
	d.Set("created_by_id", c.UserID)
	d.Set("folder_id", c.FolderID)
	return d, nil
}
