package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// wordTantivy is tantivy, a text index in Rust, by the package that PyPI has of it. A
// question goes through a pipe, which takes some 50 µs.
type wordTantivy struct {
	process *exec.Cmd
	in      io.WriteCloser
	write   *bufio.Writer
	read    *bufio.Reader
}

//go:embed wordsearch_tantivy.py
var tantivyProgram string

// pythonVariable names the Python that has the package; python3 without it.
const pythonVariable = "BENCH_PYTHON"

func newWordTantivy() (wordStore, error) {
	python := os.Getenv(pythonVariable)
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import tantivy").Run(); err != nil {
		return nil, fmt.Errorf("%w: %s has no tantivy (pip install tantivy; %s names another Python)", errUnsupported, python, pythonVariable)
	}
	c := &wordTantivy{process: exec.Command(python, "-c", tantivyProgram)}
	c.process.Stderr = os.Stderr
	var err error
	if c.in, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.write, c.read = bufio.NewWriterSize(c.in, 1<<20), bufio.NewReaderSize(out, 1<<20)
	return c, c.process.Start()
}

func (c *wordTantivy) load(sessions []sessiondex.Session) error {
	to := json.NewEncoder(c.write)
	for i := range sessions {
		s := &sessions[i]
		err := to.Encode(map[string]any{"id": s.ID, "title": s.Title, "updated": s.UpdatedAt.UnixNano(), "shown": shownByDefault(s)})
		if err != nil {
			return err
		}
	}
	_, total, err := c.ask(map[string]any{"loaded": true})
	if err == nil && total != len(sessions) {
		err = fmt.Errorf("%d documents of %d sessions", total, len(sessions))
	}
	return err
}

func (c *wordTantivy) ask(question map[string]any) (ids []string, total int, err error) {
	if err := errors.Join(json.NewEncoder(c.write).Encode(question), c.write.Flush()); err != nil {
		return nil, 0, err
	}
	line, err := c.read.ReadBytes('\n')
	if err != nil {
		return nil, 0, err
	}
	var answer struct {
		IDs   []string
		Total int
	}
	err = json.Unmarshal(line, &answer)
	return answer.IDs, answer.Total, err
}

func (c *wordTantivy) find(_ context.Context, w wordQuery) ([]string, int, error) {
	return c.ask(map[string]any{"text": w.text, "typing": w.typing, "typos": w.typos, "limit": query.DefaultLimit})
}

func (c *wordTantivy) close() error { return errors.Join(c.in.Close(), c.process.Wait()) }
