package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
)

func newImport(std stdio) *cobra.Command {
	var i importer
	cmd := &cobra.Command{
		Use:   "import --db FILE {FILE.jsonl | -}",
		Short: "Put the sessions of a file into a database",
		Long: "Put the sessions of a file into a database. Sessions of the same id are replaced, so an import that was broken off is resumed by running it again.\n" +
			"The file may be JSON Lines, a JSON array or a saved response, compressed by gzip or zstd, in UTF-8 or UTF-16; - is standard input.",
		Example: "  sessiondex import --db demo.db sessions.jsonl.gz\n  curl -s $URL | sessiondex import --db demo.db -",
		Args:    atMost(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return i.runCommand(cmd.Context(), args, std) },
	}
	where := newFlags("Where they go")
	where.StringVar(&i.db, "db", "", "database `file`, made if it is missing")
	where.IntVar(&i.batch, "batch", 1000, "`number` of sessions to write at a time")
	return withFlags(cmd, where, i.flags.group())
}

func (i *importer) runCommand(ctx context.Context, args []string, std stdio) error {
	switch {
	case i.db == "":
		return usageError{"--db is missing: the database file"}
	case len(args) == 0:
		return usageError{"the file to import is missing; - is standard input"}
	case i.batch < 1:
		return usageError{fmt.Sprintf("--batch must be at least 1, got %d", i.batch)}
	}
	if i.flags.skipInvalid && i.flags.reject == "" {
		i.flags.reject = freeName(args[0])
	}
	if err := i.flags.check(i.db); err != nil {
		return err
	}
	return i.run(ctx, args[0], std)
}

// freeName returns a name for a reject file beside the input that no file has.
func freeName(input string) string {
	base := input + ".rejected"
	if input == "-" {
		base = "rejected.jsonl"
	}
	for n, name := 2, base; ; n++ {
		if _, err := os.Lstat(name); err != nil {
			return name
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

// importer puts sessions in batches. Since a Put is an upsert, an import that was
// broken off is resumed by running it again.
type importer struct {
	db    string
	batch int
	flags inputFlags

	input    *input
	engine   *sessiondex.Engine // nil until it is needed, so that a failure leaves no empty file
	made     bool               // the file was not there before
	progress *progress

	pending  []sessiondex.Session
	places   map[string]int // of the ids in pending: the last line of an id counts
	imported int
}

func (i *importer) run(ctx context.Context, name string, std stdio) (err error) {
	if err := i.find(ctx); err != nil {
		return err
	}
	defer func() {
		if closeErr := i.close(err); closeErr != nil {
			err = errors.Join(err, closeErr)
		}
		if err != nil && !isRejected(err) {
			err = fmt.Errorf("%w (%s imported before)", err, thousands(i.imported))
		}
	}()
	if i.input, err = i.flags.open(ctx, name, std); err != nil {
		return err
	}
	defer i.input.close()
	i.places = make(map[string]int)
	i.progress = newProgress(std.err, i.input.size, progressbar.OptionShowBytes(true))
	err = i.readAll(ctx)
	i.progress.end()
	if err != nil {
		return err
	}
	end := i.input.end()
	if end == nil || isRejected(end) {
		if err := i.open(ctx); err != nil { // also where the file has no sessions
			return err
		}
		fmt.Fprintf(std.err, "%s imported, %s rejected%s\n", counted(i.imported, "session"), counted(i.input.rejected, "line"), i.rejectsAre())
	}
	return end
}

func (i *importer) rejectsAre() string {
	if i.input.rejected == 0 {
		return ""
	}
	return " (in " + i.flags.reject + ")"
}

// find opens the database if it is there, and looks whether it could be made if not.
func (i *importer) find(ctx context.Context) error {
	_, err := os.Lstat(i.db)
	if i.made = errors.Is(err, fs.ErrNotExist); !i.made {
		return i.open(ctx)
	}
	dir, err := os.Stat(filepath.Dir(i.db))
	if err == nil && !dir.IsDir() {
		err = &fs.PathError{Op: "open", Path: i.db, Err: errors.New("not in a directory")}
	}
	return err
}

func (i *importer) open(ctx context.Context) error {
	if i.engine != nil {
		return nil
	}
	engine, err := openDB(ctx, i.db, &sessiondex.Options{ScanTitles: true})
	if err == nil {
		i.engine = engine
	}
	return err
}

// close closes the database, and removes it if it was made for nothing.
func (i *importer) close(failure error) error {
	if i.engine == nil {
		return nil
	}
	empty := i.engine.Len() == 0
	err := i.engine.Close()
	if failure != nil && !isRejected(failure) && i.made && empty {
		err = errors.Join(err, os.Remove(i.db))
	}
	return err
}

func (i *importer) readAll(ctx context.Context) error {
	for s, err := range i.input.sessions() {
		if err == nil {
			err = i.add(ctx, s)
		} else if ctx.Err() == nil {
			err = errors.Join(err, i.flush(ctx))
		}
		if err != nil {
			return err
		}
	}
	return i.flush(ctx)
}

func (i *importer) add(ctx context.Context, s sessiondex.Session) error {
	if at, ok := i.places[s.ID]; ok {
		i.pending[at] = s
		return nil
	}
	i.places[s.ID] = len(i.pending)
	i.pending = append(i.pending, s)
	if len(i.pending) < i.batch {
		return nil
	}
	return i.flush(ctx)
}

func (i *importer) flush(ctx context.Context) error {
	if len(i.pending) == 0 {
		return nil
	}
	if err := i.open(ctx); err != nil {
		return err
	}
	if err := i.engine.Put(ctx, i.pending...); err != nil {
		return err
	}
	i.imported += len(i.pending)
	i.pending = i.pending[:0]
	clear(i.places)
	i.progress.show(i.input.counted.n.Load(), counted(i.imported, "session"))
	return nil
}
