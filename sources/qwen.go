package sources

import (
	"context"
	"encoding/json"
	"io/fs"
	"path"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// qwen reads the chats of qwen-code: a JSON Lines file for each session in
// projects/<directory>/chats/.
type qwen struct{}

func (qwen) App() string { return QwenCode }

func (qwen) Items(ctx context.Context, root string) ([]Item, error) {
	return walk(ctx, root, "projects", func(rel string, _ fs.DirEntry) (string, bool) {
		return "", path.Ext(rel) == ".jsonl" && path.Base(path.Dir(rel)) == "chats"
	})
}

func (qwen) Read(ctx context.Context, root string, it Item, o *Options) ([]sessiondex.Session, []Fault) {
	c := qwenChat{draft: Draft{App: QwenCode, Native: stem(it.Path), Channel: "cli"}, unknown: unknowns(o, it, qwenKinds)}
	faults := readTranscript(ctx, it.File(root), o, c.line)
	faults = placed(it, faults)
	if c.messages == 0 {
		return nil, faults
	}
	c.draft.Set("num_messages", c.messages)
	c.draft.Set("source_path", it.Path)
	if s, ok := c.draft.Session(o); ok {
		return []sessiondex.Session{s}, faults
	}
	return nil, faults
}

type qwenChat struct {
	draft    Draft
	messages int
	begun    bool // the first record was read
	unknown  func(kind string)
}

var qwenKinds = kinds(`user assistant tool_result system`)

// qwenRecord has the members of a record that this reader uses.
type qwenRecord struct {
	kind, subtype, at, cwd, version, branch, model, sidechain, message, payload, forked []byte
}

func (c *qwenChat) line(line []byte) error {
	var r qwenRecord
	err := members(line, func(name string, value []byte) {
		switch name {
		case "type":
			r.kind = value
		case "subtype":
			r.subtype = value
		case "timestamp":
			r.at = value
		case "cwd":
			r.cwd = value
		case "version":
			r.version = value
		case "gitBranch":
			r.branch = value
		case "model":
			r.model = value
		case "isSidechain":
			r.sidechain = value
		case "message":
			r.message = value
		case "systemPayload":
			r.payload = value
		case "forkedFrom":
			r.forked = value
		}
	})
	if err != nil {
		return err
	}
	d := &c.draft
	d.See(timestamp(r.at))
	if d.Workspace == "" {
		d.Workspace = directory(text(r.cwd))
	}
	d.Set("git_branch", text(r.branch))
	d.Set("source_version", text(r.version))
	d.Set("model", text(r.model))
	if !c.begun {
		c.begun, d.Sub = true, d.Sub || isTrue(r.sidechain)
	}
	var forked struct {
		SessionID string `json:"sessionId"`
	}
	if r.forked != nil && json.Unmarshal(r.forked, &forked) == nil {
		d.Set("forked_from", forked.SessionID)
	}
	c.unknown(text(r.kind))
	switch text(r.kind) {
	case "user":
		c.user(&r)
	case "assistant":
		c.messages++
		d.Turn = TurnEnded
		if calls(r.message) {
			d.Turn = TurnOpen
		}
	case "tool_result":
		d.Turn = TurnOpen
	case "system":
		c.system(text(r.subtype), r.payload)
	}
	return nil
}

func (c *qwenChat) user(r *qwenRecord) {
	d := &c.draft
	if text(r.subtype) == "cron" {
		d.Trigger = "schedule"
	}
	c.messages++
	d.Turn = TurnOpen
	var parts []byte
	_ = members(r.message, func(name string, value []byte) {
		if name == "parts" {
			parts = value
		}
	})
	prompt := contentText(parts)
	switch {
	case strings.HasPrefix(prompt, "/"):
		if d.Command == "" {
			d.Command = prompt
		}
	case d.Prompt == "":
		d.Prompt = prompt
	}
}

// calls reports whether an answer calls a tool, after which the turn continues.
func calls(message []byte) bool {
	found := false
	_ = members(message, func(name string, parts []byte) {
		if name != "parts" {
			return
		}
		elements(parts, func(part []byte) {
			_ = members(part, func(name string, _ []byte) { found = found || name == "functionCall" })
		})
	})
	return found
}

// system reads the records that the program writes for itself.
func (c *qwenChat) system(subtype string, payload []byte) {
	var p struct {
		CustomTitle string `json:"customTitle"`
		TitleSource string `json:"titleSource"`
		Parent      string `json:"parentSessionId"`
		SourceType  string `json:"sourceType"`
		ModelID     string `json:"modelId"`
		Status      string `json:"status"`
	}
	if len(payload) > 0 && json.Unmarshal(payload, &p) != nil {
		return
	}
	d := &c.draft
	switch subtype {
	case "custom_title":
		if p.TitleSource == "auto" {
			d.Generated = p.CustomTitle
		} else {
			d.Named = p.CustomTitle
		}
	case "parent_session":
		d.Parent, d.Sub = p.Parent, true
	case "session_source":
		if p.SourceType != "" {
			d.Channel = p.SourceType
		}
	case "session_model":
		d.Set("model", p.ModelID)
	case "cron":
		d.Trigger = "schedule"
	case "turn_result":
		switch p.Status {
		case "error", "failed":
			d.Turn = TurnFailed
		case "cancelled", "aborted", "interrupted":
			d.Turn = TurnAborted
		default:
			d.Turn = TurnEnded
		}
	}
}
