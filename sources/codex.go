package sources

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/sessiondex/sessiondex"
)

// CodexReader reads the rollouts of Codex: a JSON Lines file for each session, plain or
// compressed, below sessions/ by day or in archived_sessions/. The zero CodexReader is
// ready to use; Files returns one.
type CodexReader struct {
	// Names returns the names that the user gave to sessions, by id; nil means none.
	// They take precedence over those in session_index.jsonl. Newer versions keep the
	// names in a SQLite database, which package sources/sqlite reads. An error is a
	// fault of the pass.
	Names func(ctx context.Context, root string) (map[string]string, error)
}

// App returns Codex.
func (CodexReader) App() string { return Codex }

var rollout = regexp.MustCompile(`^rollout-.*-([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\.jsonl(\.zst)?$`)

// Items lists the rollouts. A session's name is stored elsewhere, and becomes the
// item's hint.
func (r CodexReader) Items(ctx context.Context, root string) ([]Item, error) {
	names, err := codexIndex(ctx, root)
	if err != nil {
		return nil, err
	}
	var items []Item
	if r.Names != nil {
		more, err := r.Names(ctx, root)
		if err != nil { // sessions without their names are better than none
			items = append(items, Item{Path: codexNames, Hint: err.Error()})
		}
		for id, name := range more {
			if name != "" {
				names[id] = name
			}
		}
	}
	for _, dir := range [...]string{"archived_sessions", "sessions"} {
		found, err := walk(ctx, root, dir, func(rel string, _ fs.DirEntry) (string, bool) {
			return "", rollout.MatchString(path.Base(rel))
		})
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
	}
	plain := make(map[string]bool, len(items))
	for _, it := range items {
		plain[it.Path] = true
	}
	kept := items[:0]
	for _, it := range items {
		if p, zst := strings.CutSuffix(it.Path, ".zst"); zst && plain[p] {
			continue // being compressed: read the plain file
		}
		if it.Path != codexNames {
			it.Hint = names[rollout.FindStringSubmatch(path.Base(it.Path))[1]]
			it.Stamp += it.Hint
		}
		kept = append(kept, it)
	}
	return kept, nil
}

// codexNames is the path in faults for a database of names that could not be read.
const codexNames = "names"

// codexIndex reads the names that older versions append to a file; the last one counts.
func codexIndex(ctx context.Context, root string) (map[string]string, error) {
	names := make(map[string]string)
	in, err := openUpTo(filepath.Join(root, "session_index.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	readLines(ctx, in, 1<<20, func(_ int, line []byte) {
		var entry struct {
			ID   string `json:"id"`
			Name string `json:"thread_name"`
		}
		if json.Unmarshal(line, &entry) == nil {
			names[entry.ID] = entry.Name
		}
	}, func(_ int, text string) {
		if text != "" && err == nil && ctx.Err() == nil {
			err = errors.New("session_index.jsonl: " + text)
		}
	})
	return names, err
}

// Read reads one rollout.
func (CodexReader) Read(ctx context.Context, root string, it Item, o *Options) ([]sessiondex.Session, []Fault) {
	if it.Path == codexNames {
		return nil, []Fault{{Path: it.Path, Reason: it.Hint}}
	}
	id := rollout.FindStringSubmatch(path.Base(it.Path))[1]
	c := codexRollout{draft: Draft{App: Codex, Native: id, Named: it.Hint, Archived: strings.HasPrefix(it.Path, "archived_sessions/")}, unknown: unknowns(o, it, codexKinds)}
	in, err := openRollout(it.File(root))
	if err != nil {
		return nil, []Fault{{Path: it.Path, Reason: reason(err)}}
	}
	defer in.Close()
	faults := readRecords(ctx, in, o, c.line)
	faults = placed(it, faults)
	if !c.known {
		return nil, faults
	}
	c.draft.Set("num_messages", c.messages)
	c.draft.Set("source_path", it.Path)
	if s, ok := c.draft.Session(o); ok {
		return []sessiondex.Session{s}, faults
	}
	return nil, faults
}

// openRollout opens a rollout. It may have been compressed or decompressed since the
// listing, so both forms are tried, and tried again after a moment.
func openRollout(name string) (io.ReadCloser, error) {
	plain, zst := strings.CutSuffix(name, ".zst")
	var in io.ReadCloser
	var err error
	for range 3 {
		if in, err = openUpTo(plain); err == nil {
			return in, nil
		}
		if in, err = openUpTo(plain + ".zst"); err == nil {
			return unpacked(in)
		}
		if !errors.Is(err, os.ErrNotExist) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !zst {
		_, err = os.Stat(plain) // an error with the listed name
		if err == nil {
			err = errors.New("cannot be opened")
		}
	}
	return nil, err
}

func unpacked(in io.ReadCloser) (io.ReadCloser, error) {
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return &unpacking{z, in}, nil
}

type unpacking struct {
	*zstd.Decoder
	in io.Closer
}

func (u *unpacking) Close() error {
	u.Decoder.Close()
	return u.in.Close()
}

// codexRollout is the state after reading some lines of one rollout.
type codexRollout struct {
	draft    Draft
	known    bool // the session's own head was seen
	messages int
	unknown  func(kind string)
}

var codexKinds = kinds(`session_meta turn_context response_item event_msg compacted`)

func (c *codexRollout) line(line []byte) error {
	var at, kind, payload []byte
	err := members(line, func(name string, value []byte) {
		switch name {
		case "timestamp":
			at = value
		case "type":
			kind = value
		case "payload":
			payload = value
		}
	})
	if err != nil {
		return err
	}
	c.unknown(text(kind))
	switch text(kind) {
	case "session_meta":
		err = c.head(payload)
	case "turn_context":
		_ = members(payload, func(name string, value []byte) {
			if name == "model" {
				c.draft.Set("model", text(value))
			}
		})
	case "event_msg":
		c.event(payload)
	case "response_item":
		c.item(payload)
	}
	// The head has the time when the session began; the records have later ones.
	if t := timestamp(at); c.known && t.After(c.draft.Updated) {
		c.draft.Updated = t
	}
	return err
}

// codexHead is the payload of session_meta.
type codexHead struct {
	ID           string          `json:"id"`
	Timestamp    string          `json:"timestamp"`
	Cwd          string          `json:"cwd"`
	Version      string          `json:"cli_version"`
	Source       json.RawMessage `json:"source"`
	ForkedFrom   string          `json:"forked_from_id"`
	ThreadSource string          `json:"thread_source"`
	Parent       string          `json:"parent_thread_id"`
	Role         string          `json:"agent_role"`
	Git          struct {
		Branch string `json:"branch"`
	} `json:"git"`
}

// head reads the session's own head. The files of forks and sub-agents also have their
// source's head.
func (c *codexRollout) head(payload []byte) error {
	var h codexHead
	if err := json.Unmarshal(payload, &h); err != nil {
		return errors.New("session_meta: " + err.Error())
	}
	if !strings.EqualFold(h.ID, c.draft.Native) || c.known {
		return nil
	}
	d := &c.draft
	c.known = true
	d.See(Time(h.Timestamp))
	d.Workspace = directory(h.Cwd)
	d.Set("source_version", h.Version)
	d.Set("git_branch", h.Git.Branch)
	d.Set("forked_from", h.ForkedFrom)
	d.Channel = text(h.Source)
	if d.Channel == "exec" {
		d.Trigger = "api"
	}
	var from struct {
		SubAgent json.RawMessage `json:"subagent"`
	}
	if len(h.Source) > 0 && h.Source[0] == '{' && json.Unmarshal(h.Source, &from) == nil && len(from.SubAgent) > 0 {
		d.Channel, d.Sub = "subagent", true
		var spawn struct {
			Thread struct {
				Parent string `json:"parent_thread_id"`
				Role   string `json:"agent_role"`
			} `json:"thread_spawn"`
		}
		if json.Unmarshal(from.SubAgent, &spawn) == nil {
			d.Parent = spawn.Thread.Parent
			d.Set("agent", spawn.Thread.Role)
		} else {
			d.Set("agent", text(from.SubAgent))
		}
	}
	if h.ThreadSource == "subagent" {
		d.Sub = true
	}
	if d.Sub && d.Parent == "" {
		d.Parent = h.Parent
	}
	if d.Sub {
		d.Set("agent", h.Role)
	}
	return nil
}

func (c *codexRollout) event(payload []byte) {
	var kind, message, info []byte
	_ = members(payload, func(name string, value []byte) {
		switch name {
		case "type":
			kind = value
		case "message":
			message = value
		case "info":
			info = value
		}
	})
	d := &c.draft
	switch text(kind) {
	case "user_message":
		c.messages++
		if d.Prompt == "" {
			d.Prompt = codexPrompt(text(message))
		}
	case "task_started":
		d.Turn = TurnOpen
	case "task_complete":
		d.Turn = TurnEnded
	case "turn_aborted":
		d.Turn = TurnAborted
	case "token_count":
		var usage struct {
			Total struct {
				Tokens int64 `json:"total_tokens"`
			} `json:"total_token_usage"`
		}
		if json.Unmarshal(info, &usage) == nil {
			d.Set("total_tokens", usage.Total.Tokens)
		}
	}
}

// item counts the answers. It takes no title from the messages to the model, since they
// contain more than the user wrote.
func (c *codexRollout) item(payload []byte) {
	var kind, role []byte
	_ = members(payload, func(name string, value []byte) {
		switch name {
		case "type":
			kind = value
		case "role":
			role = value
		}
	})
	if text(kind) == "message" && text(role) == "assistant" {
		c.messages++
	}
}

// codexPrompt returns the user's own part of a message to which an editor added
// context.
func codexPrompt(message string) string {
	if _, after, ok := strings.Cut(message, "## My request for Codex:"); ok {
		return after
	}
	return message
}
