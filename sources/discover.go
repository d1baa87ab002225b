package sources

import (
	"os"
	"path/filepath"
)

// The programs whose stores Discover knows. The programs of web exports (ChatGPT and
// others) occur in sessions only: an export is a file that the user names.
const (
	ClaudeCode = "claude-code"
	Codex      = "codex"
	OpenCode   = "opencode"
	GeminiCLI  = "gemini-cli"
	QwenCode   = "qwen-code"
	Goose      = "goose"
	Crush      = "crush"
	Cline      = "cline"
	RooCode    = "roo-code"
	WebExport  = "web-export"
)

// Discover returns the stores that exist on this machine, in a fixed order. home is the
// home directory, and env looks up an environment variable ("" if unset), as os.Getenv
// does; the variables with which a program moves its store take precedence. It only
// looks at directories, and opens no file.
func Discover(home string, env func(string) string) []Source {
	var found []Source
	seen := make(map[string]bool)
	for _, p := range places {
		for _, root := range p.roots(home, env) {
			root = filepath.Clean(root)
			if _, err := os.Stat(filepath.Join(root, p.has)); err != nil || seen[p.app+"\x00"+root] {
				continue
			}
			seen[p.app+"\x00"+root] = true
			found = append(found, Source{App: p.app, Root: root})
		}
	}
	return found
}

// place says where a program keeps its sessions: in which directories, and which
// entries show that a directory is a store.
type place struct {
	app   string
	has   string
	roots func(home string, env func(string) string) []string
}

var places = []place{
	{ClaudeCode, "projects", func(home string, env func(string) string) []string {
		return movable(env("CLAUDE_CONFIG_DIR"), filepath.Join(home, ".claude"))
	}},
	{Codex, "sessions", func(home string, env func(string) string) []string {
		return movable(env("CODEX_HOME"), filepath.Join(home, ".codex"))
	}},
	{OpenCode, "", func(home string, env func(string) string) []string {
		if db := env("OPENCODE_DB"); db != "" {
			return []string{db}
		}
		return []string{filepath.Join(dataHome(home, env), "opencode")}
	}},
	{GeminiCLI, "tmp", func(home string, _ func(string) string) []string {
		return []string{filepath.Join(home, ".gemini")}
	}},
	{QwenCode, "projects", func(home string, _ func(string) string) []string {
		return []string{filepath.Join(home, ".qwen")}
	}},
	{Goose, "sessions.db", func(home string, env func(string) string) []string {
		if root := env("GOOSE_PATH_ROOT"); root != "" {
			return []string{filepath.Join(root, "data", "sessions")}
		}
		roots := []string{filepath.Join(home, ".local", "share", "goose", "sessions")}
		if data := env("XDG_DATA_HOME"); data != "" {
			roots = append(roots, filepath.Join(data, "goose", "sessions"))
		}
		if data := env("APPDATA"); data != "" {
			roots = append(roots, filepath.Join(data, "Block", "goose", "data", "sessions"))
		}
		return roots
	}},
	{Crush, "projects.json", func(home string, env func(string) string) []string {
		if root := env("CRUSH_GLOBAL_DATA"); root != "" {
			return []string{root}
		}
		roots := []string{filepath.Join(dataHome(home, env), "crush")}
		if data := env("LOCALAPPDATA"); data != "" {
			roots = append(roots, filepath.Join(data, "crush"))
		}
		return roots
	}},
	{Cline, filepath.Join("state", "taskHistory.json"), func(home string, env func(string) string) []string {
		return inEditors(home, env, "saoudrizwan.claude-dev")
	}},
	{Cline, "sessions.db", func(home string, env func(string) string) []string {
		return movable(env("CLINE_DB_DATA_DIR"), filepath.Join(home, ".cline", "data", "db"))
	}},
	{RooCode, "tasks", func(home string, env func(string) string) []string {
		return inEditors(home, env, "rooveterinaryinc.roo-cline")
	}},
}

func movable(moved, usual string) []string {
	if moved != "" {
		return []string{moved}
	}
	return []string{usual}
}

func dataHome(home string, env func(string) string) string {
	if data := env("XDG_DATA_HOME"); data != "" {
		return data
	}
	return filepath.Join(home, ".local", "share")
}

// inEditors returns the state directories of an extension in VS Code and the editors
// derived from it, on each system.
func inEditors(home string, env func(string) string, extension string) []string {
	config := env("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	bases := []string{config, filepath.Join(home, "Library", "Application Support")}
	if data := env("APPDATA"); data != "" {
		bases = append(bases, data)
	}
	var roots []string
	for _, base := range bases {
		for _, editor := range []string{"Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"} {
			roots = append(roots, filepath.Join(base, editor, "User", "globalStorage", extension))
		}
	}
	return append(roots, filepath.Join(home, ".vscode-server", "data", "User", "globalStorage", extension))
}
