package sources

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// cline reads the task history of the Cline extension: one JSON array.
type cline struct{}

func (cline) App() string { return Cline }

const clineHistory = "state/taskHistory.json"

func (cline) Items(_ context.Context, root string) ([]Item, error) {
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(clineHistory)))
	if err != nil {
		return nil, err
	}
	return []Item{{Path: clineHistory, Stamp: stampOf(info)}}, nil
}

func (cline) Read(_ context.Context, root string, it Item, o *Options) (sessions []sessiondex.Session, faults []Fault) {
	var odd []Fault
	faults = readWhole(it.File(root), o, func(b []byte) error {
		var tasks []json.RawMessage
		if err := json.Unmarshal(b, &tasks); err != nil {
			return err
		}
		for _, raw := range tasks {
			var t clineTask
			if err := json.Unmarshal(raw, &t); err != nil {
				odd = append(odd, Fault{Reason: err.Error()})
				continue
			}
			if s, ok := t.draft(Cline).Session(o); ok {
				sessions = append(sessions, s)
			}
		}
		return nil
	})
	return sessions, placed(it, append(faults, odd...))
}

// rooCode reads the tasks of Roo Code: a directory for each with a history item. The
// reader uses the items, since the extension writes its own index late.
type rooCode struct{}

func (rooCode) App() string { return RooCode }

func (rooCode) Items(ctx context.Context, root string) ([]Item, error) {
	return walk(ctx, root, "tasks", func(rel string, _ fs.DirEntry) (string, bool) {
		return "", path.Base(rel) == "history_item.json" && strings.Count(rel, "/") == 2
	})
}

func (rooCode) Read(_ context.Context, root string, it Item, o *Options) (sessions []sessiondex.Session, faults []Fault) {
	faults = readWhole(it.File(root), o, func(b []byte) error {
		var t clineTask
		if err := json.Unmarshal(b, &t); err != nil {
			return err
		}
		d := t.draft(RooCode)
		d.Set("source_path", it.Path)
		if s, ok := d.Session(o); ok {
			sessions = append(sessions, s)
		}
		return nil
	})
	return sessions, placed(it, faults)
}

// clineTask is a task as Cline and its descendants store it. Its only time is that of
// the last record; the task's id is the time when it began, in milliseconds.
type clineTask struct {
	ID        string  `json:"id"`
	TS        int64   `json:"ts"`
	Task      string  `json:"task"`
	TokensIn  int64   `json:"tokensIn"`
	TokensOut int64   `json:"tokensOut"`
	TotalCost float64 `json:"totalCost"`
	Cwd       string  `json:"cwdOnTaskInitialization"`
	ModelID   string  `json:"modelId"`
	Workspace string  `json:"workspace"`
	Parent    string  `json:"parentTaskId"`
	Status    string  `json:"status"`
	Mode      string  `json:"mode"`
}

func (t *clineTask) draft(app string) *Draft {
	d := &Draft{App: app, Native: t.ID, Prompt: t.Task, Channel: "vscode", Workspace: directory(t.Cwd), Parent: t.Parent}
	if d.Workspace == "" {
		d.Workspace = directory(t.Workspace)
	}
	if began, err := json.Number(t.ID).Int64(); err == nil && began > 1e12 && began < 1e14 {
		d.See(Unix(began))
	}
	d.See(Unix(t.TS))
	if t.Status == "active" {
		d.Turn = TurnOpen
	}
	d.Set("model", t.ModelID)
	d.Set("agent", t.Mode)
	d.Set("total_cost_usd", t.TotalCost)
	d.Set("total_tokens", t.TokensIn+t.TokensOut)
	return d
}
