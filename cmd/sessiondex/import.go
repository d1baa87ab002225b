package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sessiondex/sessiondex"
)

func runImport(ctx context.Context, args []string, std stdio) error {
	fs := newFlags("import", "--db FILE  FILE.jsonl|-", std)
	db := fs.String("db", "", "database `file`, made if it is missing")
	batch := fs.Int("batch", 1000, "sessions that are written `together`")
	skip := fs.Bool("skip-invalid", false, "go on after faulty lines, and put them into the reject file")
	reject := fs.String("reject", "", "reject `file` (default FILE.jsonl.rejected, or rejected.jsonl for standard input)")
	if err := parseFlags(fs, args, 1); err != nil {
		return err
	}
	switch {
	case *db == "":
		return usageError{"--db is missing: the database file"}
	case fs.NArg() == 0:
		return usageError{"the file to import is missing; - is standard input"}
	case *batch < 1:
		return usageError{fmt.Sprintf("--batch must be at least 1, got %d", *batch)}
	}

	in, size, name := std.in, int64(-1), fs.Arg(0)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		in = f
	}
	i := &importer{ctx: ctx, batch: *batch, places: make(map[string]int)}
	if *skip {
		if *reject == "" {
			if *reject = name + ".rejected"; name == "-" {
				*reject = "rejected.jsonl"
			}
		}
		i.reject = &rejectFile{path: *reject}
	}
	engine, err := sessiondex.Open(*db, &sessiondex.Options{ScanTitles: true})
	if err != nil {
		return err
	}
	i.engine = engine
	counted := &countingReader{r: in}
	i.progress = newProgress(std.err, size, counted)
	err = i.run(counted)
	i.progress.end()
	err = errors.Join(err, i.reject.close(), engine.Close())
	if err != nil {
		return fmt.Errorf("%s: %w (%s imported before)", name, err, thousands(i.imported))
	}
	fmt.Fprintf(std.err, "%s sessions imported, %s lines rejected\n", thousands(i.imported), thousands(i.reject.count()))
	return nil
}

// importer puts sessions in batches. Since a Put is an upsert, an import that was
// broken off is resumed by running it again.
type importer struct {
	ctx      context.Context
	engine   *sessiondex.Engine
	batch    int
	reject   *rejectFile // nil: the first faulty line ends the import
	progress *progress

	pending  []sessiondex.Session
	places   map[string]int // of the ids in pending: the last line of an id counts
	imported int
}

func (i *importer) run(in io.Reader) error {
	for line, err := range sessiondex.ScanJSONL(in) {
		if ctxErr := i.ctx.Err(); ctxErr != nil {
			return errors.Join(ctxErr, i.flush())
		}
		if err == nil {
			if invalid := line.Session.Validate(); invalid != nil {
				err = &sessiondex.LineError{Line: line.Number, Err: invalid}
			}
		}
		switch {
		case err == nil:
			if err := i.add(line.Session); err != nil {
				return err
			}
		case i.reject != nil && errors.Is(err, sessiondex.ErrInvalidSession):
			if err := i.reject.add(line.Raw); err != nil {
				return err
			}
		default:
			return errors.Join(err, i.flush())
		}
	}
	return i.flush()
}

func (i *importer) add(s sessiondex.Session) error {
	if at, ok := i.places[s.ID]; ok {
		i.pending[at] = s
		return nil
	}
	i.places[s.ID] = len(i.pending)
	i.pending = append(i.pending, s)
	if len(i.pending) < i.batch {
		return nil
	}
	return i.flush()
}

func (i *importer) flush() error {
	if len(i.pending) == 0 {
		return nil
	}
	if err := i.engine.Put(context.WithoutCancel(i.ctx), i.pending...); err != nil {
		return err
	}
	i.imported += len(i.pending)
	i.pending = i.pending[:0]
	clear(i.places)
	i.progress.show(i.imported)
	return nil
}

// rejectFile takes the lines that were skipped. It is made with the first.
type rejectFile struct {
	path  string
	f     *os.File
	w     *bufio.Writer
	lines int
}

func (r *rejectFile) add(line []byte) error {
	if r.f == nil {
		f, err := os.OpenFile(r.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		r.f, r.w = f, bufio.NewWriter(f)
	}
	r.lines++
	if _, err := r.w.Write(line); err != nil {
		return err
	}
	return r.w.WriteByte('\n')
}

func (r *rejectFile) count() int {
	if r == nil {
		return 0
	}
	return r.lines
}

func (r *rejectFile) close() error {
	if r == nil || r.f == nil {
		return nil
	}
	return errors.Join(r.w.Flush(), r.f.Close())
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
