package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/schema"
)

// dataFlags say where the sessions are.
type dataFlags struct {
	data, db string
	words    string // the analyser of searches by words
	input    inputFlags
	fields   fieldFlags
	// writable opens a database to be written to. optional allows for neither file nor
	// database: the sessions come later.
	writable, optional bool
	// warning is a rejectedError if lines of the file were left out.
	warning error
}

func (d *dataFlags) add(g flagGroup) {
	g.StringVar(&d.data, "data", "", "`file` with the sessions, - is standard input: JSON Lines, a JSON array or a saved response; also as gzip or zstd, and in UTF-16")
	g.StringVar(&d.db, "db", "", "database `file` with the sessions")
	g.StringVar(&d.words, "words", "", "`language` of searches by words: en, de, fr, …, which stem, or off (default any, without stemming)")
	d.fields.add(g)
}

// rejected returns how many lines were left out.
func (d *dataFlags) rejected() int {
	var r rejectedError
	errors.As(d.warning, &r)
	return r.lines
}

// check says what is wrong with the flags.
func (d *dataFlags) check() error {
	switch {
	case d.data != "" && d.db != "", d.data == "" && d.db == "" && !d.optional:
		return usageError{"give one of --data FILE.jsonl and --db FILE"}
	case d.db != "" && d.input.skipInvalid:
		return usageError{"--skip-invalid is for --data: a database holds no faulty lines"}
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
	if d.db != "" {
		return openDB(ctx, d.db, &sessiondex.Options{ReadOnly: !d.writable, Fields: d.fields.declared, Words: d.wordOptions()})
	}
	if d.data == "" {
		return sessiondex.New(&sessiondex.Options{Fields: d.fields.declared})
	}
	return d.load(ctx, std)
}

// wordOptions returns how words are searched.
func (d *dataFlags) wordOptions() *sessiondex.WordOptions {
	if d.words == "off" {
		return &sessiondex.WordOptions{Off: true}
	}
	return &sessiondex.WordOptions{Analyser: d.words}
}

// fieldFlags are the fields that are declared beside the contract's.
type fieldFlags struct{ declared []schema.Field }

func (f *fieldFlags) add(g flagGroup) {
	g.Var(textFlag{"field", func(text string) error {
		field, err := schema.ParseField(text)
		if err == nil {
			f.declared = append(f.declared, field)
		}
		return err
	}}, "field", "declare a member as a field to filter, count and sort by: tags:keyword, archived:flag,hidden, cost=total_cost_usd:number,sorted; may be repeated")
}

// schema returns the contract's schema with the fields, or a usage error that lists
// every fault.
func (f *fieldFlags) schema() (*schema.Schema, error) {
	s, err := schema.New(f.declared...)
	if err != nil {
		return nil, usageError{"--field: " + err.Error()}
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
		e, err := sessiondex.New(&sessiondex.Options{Fields: d.fields.declared, Words: d.wordOptions()})
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
	e, err := interruptible(ctx, func() (*sessiondex.Engine, error) { return sessiondex.Open(path, opts) })
	if errors.Is(err, sessiondex.ErrLocked) {
		err = fmt.Errorf("%w\nIf it is a server, ask that with --url, such as --url http://127.0.0.1:8080; if it is another command, wait for its end", err)
	}
	return e, err
}
