package sources

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
)

// claudeCode reads the transcripts of Claude Code: a JSON Lines file for each session
// below projects/<directory>/, and one for each sub-agent below the session's own
// directory (in older versions beside it).
type claudeCode struct{}

func (claudeCode) App() string { return ClaudeCode }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

func (claudeCode) Items(ctx context.Context, root string) ([]Item, error) {
	return walk(ctx, root, "projects", func(rel string, d fs.DirEntry) (string, bool) {
		stem, ok := strings.CutSuffix(path.Base(rel), ".jsonl")
		if !ok || !uuid.MatchString(stem) && !strings.HasPrefix(stem, "agent-") {
			return "", false
		}
		if !strings.HasPrefix(stem, "agent-") {
			return "", true
		}
		return fileStamp(filepath.Join(root, filepath.FromSlash(claudeMeta(rel)))), true
	})
}

// claudeMeta returns the path of the metadata file of a sub-agent's transcript, which
// need not exist.
func claudeMeta(rel string) string { return strings.TrimSuffix(rel, ".jsonl") + ".meta.json" }

func (claudeCode) Read(ctx context.Context, root string, it Item, o *Options) ([]sessiondex.Session, []Fault) {
	c := claudeTranscript{messages: make(map[string]struct{}), unknown: unknowns(o, it, claudeKinds)}
	stem := strings.TrimSuffix(path.Base(it.Path), ".jsonl")
	c.draft = Draft{App: ClaudeCode, Native: stem}
	file := it.File(root)
	faults := readTranscript(ctx, file, o, c.line)
	faults = placed(it, faults)
	if !c.spoken {
		return nil, faults // bookkeeping only
	}
	d := &c.draft
	if c.sidechain || strings.HasPrefix(stem, "agent-") {
		d.Sub = true
		if c.session != "" && c.session != stem {
			d.Parent, d.ID = c.session, c.session+"/"+stem
		}
		var meta struct {
			AgentType string `json:"agentType"`
		}
		if b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(claudeMeta(it.Path)))); err == nil && json.Unmarshal(b, &meta) == nil {
			d.Set("agent", meta.AgentType)
		}
	}
	d.Set("num_messages", c.prompts+len(c.messages))
	d.Set("source_path", it.Path)
	if s, ok := d.Session(o); ok {
		return []sessiondex.Session{s}, faults
	}
	return nil, faults
}

// claudeTranscript is the state after reading some lines of one transcript.
type claudeTranscript struct {
	draft     Draft
	first     bool // a record with isSidechain was seen
	sidechain bool // its value
	session   string
	spoken    bool // there is a prompt or an answer
	prompts   int
	messages  map[string]struct{} // a streamed answer is several lines with one id
	unknown   func(kind string)
}

// claudeKinds are the known kinds of records; most of them are skipped.
var claudeKinds = kinds(`user assistant system progress attachment queue-operation summary custom-title ai-title last-prompt
	tag permission-mode agent-setting agent-name agent-color file-history-snapshot pr-link mode task-summary`)

// claudeRecord has the members of a line that this reader uses; values are raw JSON.
type claudeRecord struct {
	kind, timestamp, cwd, branch, version, entrypoint, promptSource, sessionID []byte
	sidechain, meta, compact, apiError                                         []byte
	customTitle, aiTitle, lastPrompt, tag, content, message                    []byte
}

func (c *claudeTranscript) line(line []byte) error {
	var r claudeRecord
	err := members(line, func(name string, value []byte) {
		if p := r.member(name); p != nil {
			*p = value
		}
	})
	if err != nil {
		return err
	}
	d := &c.draft
	kind := text(r.kind)
	c.unknown(kind)
	switch kind {
	case "custom-title":
		d.Named = text(r.customTitle)
	case "ai-title":
		d.Generated = text(r.aiTitle)
	case "last-prompt":
		d.Set("last_message_preview", Title(text(r.lastPrompt)))
	case "tag":
		d.Set("tag", text(r.tag))
	case "user":
		c.user(&r)
	case "assistant":
		c.assistant(&r)
	case "system":
		if title, ok := renamed(text(r.content)); ok {
			d.Named = title
		}
	}
	c.common(&r)
	return nil
}

// member returns the field for the value of a member, nil for a member that is not
// used.
func (r *claudeRecord) member(name string) *[]byte {
	switch name {
	case "type":
		return &r.kind
	case "timestamp":
		return &r.timestamp
	case "cwd":
		return &r.cwd
	case "gitBranch":
		return &r.branch
	case "version":
		return &r.version
	case "entrypoint":
		return &r.entrypoint
	case "promptSource":
		return &r.promptSource
	case "sessionId":
		return &r.sessionID
	case "isSidechain":
		return &r.sidechain
	case "isMeta":
		return &r.meta
	case "isCompactSummary":
		return &r.compact
	case "isApiErrorMessage":
		return &r.apiError
	case "customTitle":
		return &r.customTitle
	case "aiTitle":
		return &r.aiTitle
	case "lastPrompt":
		return &r.lastPrompt
	case "tag":
		return &r.tag
	case "content":
		return &r.content
	case "message":
		return &r.message
	}
	return nil
}

// common reads the members that any kind of record may have.
func (c *claudeTranscript) common(r *claudeRecord) {
	d := &c.draft
	d.See(timestamp(r.timestamp))
	if c.session == "" {
		c.session = text(r.sessionID)
	}
	if !c.first && r.sidechain != nil {
		c.first, c.sidechain = true, isTrue(r.sidechain)
	}
	if d.Workspace == "" {
		d.Workspace = directory(text(r.cwd))
	}
	if r.branch != nil {
		d.Set("git_branch", text(r.branch))
	}
	if r.version != nil {
		d.Set("source_version", text(r.version))
	}
	if entry := text(r.entrypoint); entry != "" {
		if d.Channel == "" {
			d.Channel = entry
		}
		if strings.HasPrefix(entry, "sdk-") {
			d.Trigger = "api"
		}
	}
	if text(r.promptSource) == "sdk" {
		d.Trigger = "api"
	}
}

func (c *claudeTranscript) assistant(r *claudeRecord) {
	var id, model, stop []byte
	_ = members(r.message, func(name string, value []byte) {
		switch name {
		case "id":
			id = value
		case "model":
			model = value
		case "stop_reason":
			stop = value
		}
	})
	c.spoken = true
	if len(id) > 0 {
		c.messages[string(id)] = struct{}{}
	}
	if m := text(model); m != "<synthetic>" {
		c.draft.Set("model", m)
	}
	switch {
	case isTrue(r.apiError):
		c.draft.Turn = TurnFailed
	case text(stop) == "" || text(stop) == "tool_use" || text(stop) == "pause_turn":
		c.draft.Turn = TurnOpen
	default:
		c.draft.Turn = TurnEnded
	}
}

func (c *claudeTranscript) user(r *claudeRecord) {
	var content []byte
	_ = members(r.message, func(name string, value []byte) {
		if name == "content" {
			content = value
		}
	})
	if bytes.Contains(content, []byte(`"tool_result"`)) && hasToolResult(content) {
		c.spoken = true
		c.draft.Turn = TurnOpen
		return
	}
	if isTrue(r.meta) || isTrue(r.compact) {
		return
	}
	prompt := contentText(content)
	if title, ok := renamed(prompt); ok {
		c.draft.Named = title
		return
	}
	prompt = stripWrappers(prompt)
	switch {
	case strings.HasPrefix(prompt, "[Request interrupted by user"):
		c.draft.Turn = TurnAborted
		return
	case strings.HasPrefix(prompt, "<command-name>"):
		c.spoken = true
		if c.draft.Command == "" {
			c.draft.Command = between(prompt, "<command-name>", "</command-name>")
		}
		return
	case prompt == "" || isNoPrompt(prompt):
		return
	}
	c.spoken = true
	c.prompts++
	c.draft.Turn = TurnOpen
	if c.draft.Prompt == "" {
		c.draft.Prompt = prompt
	}
}

// hasToolResult reports whether one of the blocks is the result of a tool. It parses
// the blocks, since the text of a prompt may contain the word too.
func hasToolResult(content []byte) bool {
	found := false
	elements(content, func(block []byte) {
		_ = members(block, func(name string, value []byte) {
			found = found || name == "type" && text(value) == "tool_result"
		})
	})
	return found
}

// contentText returns the text of a message, which is a string or a list of blocks.
func contentText(content []byte) string {
	if len(content) > 0 && content[0] == '"' {
		return strings.TrimSpace(text(content))
	}
	var parts []string
	elements(content, func(block []byte) {
		if len(block) > 0 && block[0] == '"' {
			parts = append(parts, text(block))
			return
		}
		var kind, body []byte
		_ = members(block, func(name string, value []byte) {
			switch name {
			case "type":
				kind = value
			case "text":
				body = value
			}
		})
		if kind == nil || text(kind) == "text" {
			if t := text(body); t != "" {
				parts = append(parts, t)
			}
		}
	})
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// noPrompts are the prefixes of texts that programs insert in place of a prompt.
var noPrompts = []string{"<local-command-stdout>", "<local-command-stderr>", "<session-start-hook>", "<tick>", "<goal>", "<system-reminder>"}

func isNoPrompt(text string) bool {
	for _, p := range noPrompts {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// stripWrappers removes the context that an editor adds before a prompt, in the same
// text or in one of its own.
func stripWrappers(text string) string {
	for {
		rest := text
		for _, tag := range [...]string{"ide_opened_file", "ide_selection", "ide_diagnostics"} {
			if after, ok := strings.CutPrefix(rest, "<"+tag+">"); ok {
				if _, after, ok = strings.Cut(after, "</"+tag+">"); ok {
					rest = strings.TrimSpace(after)
				}
			}
		}
		if rest == text {
			return text
		}
		text = rest
	}
}

// renamed returns the title that a recorded /rename command set.
func renamed(text string) (string, bool) {
	if !strings.HasPrefix(text, "<command-name>") || between(text, "<command-name>", "</command-name>") != "/rename" {
		return "", false
	}
	title := between(text, "<command-args>", "</command-args>")
	return title, title != ""
}

func between(text, from, to string) string {
	_, rest, ok := strings.Cut(text, from)
	if !ok {
		return ""
	}
	inside, _, ok := strings.Cut(rest, to)
	if !ok {
		return ""
	}
	return strings.TrimSpace(inside)
}

func timestamp(raw []byte) time.Time {
	if len(raw) == 0 {
		return time.Time{}
	}
	if raw[0] == '"' {
		return Time(text(raw))
	}
	var f float64
	if json.Unmarshal(raw, &f) != nil {
		return time.Time{}
	}
	return UnixFloat(f)
}
