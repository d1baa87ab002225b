package sources

// Files returns the readers of stores that are files: Claude Code, Codex, Gemini CLI,
// qwen-code, Cline, Roo Code and web exports. Package sources/sqlite has the others.
func Files() []Reader {
	return []Reader{claudeCode{}, CodexReader{}, gemini{}, qwen{}, cline{}, rooCode{}, webExport{}}
}
