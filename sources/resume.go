package sources

import (
	"strings"

	"github.com/sessiondex/sessiondex"
)

// Resume returns the command that continues a session in its own program, and the
// directory in which to run it. It returns false for a session that cannot be continued
// on this machine: a web session, a sub-agent, or a session of an unknown program.
func Resume(s *sessiondex.Session) (dir string, command []string, ok bool) {
	raw, _ := s.Member("native_id")
	native := text(raw)
	if native == "" || s.IsSubSession {
		return "", nil, false
	}
	switch s.AppID {
	case ClaudeCode:
		command = []string{"claude", "--resume", native}
	case Codex:
		command = []string{"codex", "resume", native}
	case OpenCode:
		command = []string{"opencode", "--session", native}
	case GeminiCLI:
		command = []string{"gemini", "--resume", native}
	case QwenCode:
		command = []string{"qwen", "--resume", native}
	case Goose:
		command = []string{"goose", "session", "--resume", "--session-id", native}
	case Crush:
		command = []string{"crush", "--session", native}
	default:
		return "", nil, false
	}
	return s.WorkspaceID, command, true
}

// ShellLine returns a line with which a POSIX shell runs a command in a directory.
func ShellLine(dir string, command []string) string {
	words := make([]string, len(command))
	for i, w := range command {
		words[i] = shellWord(w)
	}
	line := strings.Join(words, " ")
	if dir == "" {
		return line
	}
	return "cd " + shellWord(dir) + " && " + line
}

// shellWord quotes s if a shell would not take it literally.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 && s[0] != '-' || isFlag(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// isFlag reports whether a word is one of the flags that Resume writes itself.
func isFlag(s string) bool {
	return s == "--resume" || s == "--session" || s == "--session-id"
}
