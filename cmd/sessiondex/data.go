package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/schema"
)

// dataFlags say where the sessions are.
type dataFlags struct {
	data, db string
	local    bool // the stores of other programs on this machine
	sources  sourceFlags
	input    inputFlags
	fields   fieldFlags
	// writable opens a database to be written to. optional allows for neither file nor
	// database: the sessions come later.
	writable, optional bool
	// membersInFile leaves what is not indexed in the database, and keepChanges is how
	// many commits are kept there.
	membersInFile bool
	keepChanges   int
	observer      *sessiondex.Observer
	// warning is a rejectedError if lines of the file were left out.
	warning error
}

func (d *dataFlags) add(g flagGroup) {
	g.StringVar(&d.data, "data", "", "`file` with the sessions, - is standard input: JSON Lines, a JSON array or a saved response; also as gzip or zstd, and in UTF-16")
	g.StringVar(&d.db, "db", "", "database `file` with the sessions")
	g.BoolVar(&d.local, "local", false, "the sessions of the agents on this machine; sessiondex sources says which were found")
	d.sources.add(g)
	d.fields.add(g)
}

// rejected returns how many lines were left out.
func (d *dataFlags) rejected() int {
	var r rejectedError
	errors.As(d.warning, &r)
	return r.lines
}

// given is how many places for the sessions are named.
func (d *dataFlags) given() int {
	return len(slices.DeleteFunc([]bool{d.data != "", d.db != "", d.local}, func(given bool) bool { return !given }))
}

// check says what is wrong with the flags.
func (d *dataFlags) check() error {
	switch {
	case d.given() > 1, d.given() == 0 && !d.optional:
		return usageError{"give one of --data FILE.jsonl, --db FILE and --local"}
	case !d.local && len(d.sources.named) > 0:
		return usageError{"--source is for --local"}
	case d.data == "" && d.input.skipInvalid && !d.optional:
		return usageError{"--skip-invalid is for --data: a file"}
	case d.db == "" && (d.membersInFile || d.keepChanges != 0):
		return usageError{"--members-in-file and --keep-changes are for --db"}
	case d.keepChanges < 0:
		return usageError{fmt.Sprintf("keep-changes: Input should be greater than or equal to 0 (got %d)", d.keepChanges)}
	}
	if _, err := d.fields.schema(); err != nil {
		return err
	}
	return d.input.check("")
}

// open returns an engine with the sessions, to be read only. Close it.
func (d *dataFlags) open(ctx context.Context, std stdio) (*sessiondex.Engine, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if d.local {
		srcs, err := d.sources.list()
		if err != nil {
			return nil, err
		}
		return openLocal(ctx, srcs, d.options(), std.err)
	}
	if d.db != "" {
		o := d.options()
		o.ReadOnly, o.MembersInFile, o.KeepChanges = !d.writable, d.membersInFile, d.keepChanges
		return openDB(ctx, d.db, o)
	}
	if d.data == "" {
		return sessiondex.New(d.options())
	}
	return d.load(ctx, std)
}

// options are those of every engine, wherever its sessions come from.
func (d *dataFlags) options() *sessiondex.Options {
	return d.fields.options(sessiondex.Options{Observer: d.observer})
}

// fieldFlags are the fields that are declared beside the contract's, and how texts are
// compared.
type fieldFlags struct {
	declared []schema.Field
	words    string
	fold     sessiondex.Fold
}

func (f *fieldFlags) add(g flagGroup) {
	g.Var(textFlag{"field", func(text string) error {
		field, err := schema.ParseField(text)
		if err == nil {
			f.declared = append(f.declared, field)
		}
		return err
	}}, "field", "declare a member as a field to filter, count and sort by: tags:keyword, archived:flag,hidden, cost=total_cost_usd:number,sorted; may be repeated")
	g.Var(textFlag{"how", func(text string) (err error) {
		f.fold, err = sessiondex.ParseFold(text)
		return err
	}}, "fold", "compare titles and literal keywords by case (the default) or loose: without accents, width and typography too")
	g.StringVar(&f.words, "words", "", "analyse words, for --match words, as this `language` does: de, en, fr, cjk, … (default: for any script)")
}

// options returns the engine's options with the fields.
func (f *fieldFlags) options(o sessiondex.Options) *sessiondex.Options {
	o.Fields, o.Fold = f.declared, f.fold
	if f.words != "" {
		o.Words = &sessiondex.WordOptions{Analyser: f.words}
	}
	return &o
}

// schema returns the contract's schema with the fields, or a usage error that lists
// every fault.
func (f *fieldFlags) schema() (*schema.Schema, error) {
	s, err := schema.New(f.declared...)
	if err != nil {
		return nil, usageError{"--field: " + err.Error()}
	}
	if f.words != "" {
		e, err := sessiondex.New(f.options(sessiondex.Options{}))
		if err != nil {
			return nil, usageError{"--words: " + err.Error()}
		}
		return s, e.Close()
	}
	return s, nil
}

// load reads a whole file before it stores anything: a faulty line leaves nothing half
// loaded.
func (d *dataFlags) load(ctx context.Context, std stdio) (*sessiondex.Engine, error) {
	in, err := d.input.open(ctx, d.data, std)
	if err != nil {
		return nil, err
	}
	defer in.close()
	sessions, err := in.lastOfEach()
	if err != nil {
		return nil, err
	}
	if err := in.end(); isRejected(err) {
		d.warning = err
	} else if err != nil {
		return nil, err
	}
	return interruptible(ctx, func() (*sessiondex.Engine, error) {
		e, err := sessiondex.New(d.options())
		if err != nil {
			return nil, err
		}
		if _, err := e.Load(ctx, each(sessions), nil); err != nil {
			e.Close()
			return nil, fmt.Errorf("%s: %w", d.data, err)
		}
		return e, nil
	})
}

// each yields sessions, none with an error.
func each(sessions []sessiondex.Session) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		for i := range sessions {
			if !yield(sessions[i], nil) {
				return
			}
		}
	}
}

// openDB opens a database, unless ctx ends before it is read.
func openDB(ctx context.Context, path string, opts *sessiondex.Options) (*sessiondex.Engine, error) {
	return interruptible(ctx, func() (*sessiondex.Engine, error) { return sessiondex.Open(path, opts) })
}
