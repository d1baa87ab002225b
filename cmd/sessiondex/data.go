package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/sessiondex/sessiondex"
)

// dataFlags say where the sessions are.
type dataFlags struct{ data, db string }

func addDataFlags(fs *flag.FlagSet) *dataFlags {
	d := new(dataFlags)
	fs.StringVar(&d.data, "data", "", "JSON Lines `file` with the sessions")
	fs.StringVar(&d.db, "db", "", "database `file` with the sessions")
	return d
}

// open returns an engine with the sessions, to be read only. Close it.
func (d *dataFlags) open(ctx context.Context) (*sessiondex.Engine, error) {
	switch {
	case (d.data == "") == (d.db == ""):
		return nil, usageError{"give one of --data FILE.jsonl and --db FILE"}
	case d.db != "":
		return sessiondex.Open(d.db, &sessiondex.Options{ReadOnly: true})
	}
	return loadJSONL(ctx, d.data)
}

// loadJSONL reads a whole file before it stores anything: a faulty line leaves
// nothing half loaded.
func loadJSONL(ctx context.Context, path string) (*sessiondex.Engine, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var sessions []sessiondex.Session
	for s, err := range sessiondex.ReadJSONL(f) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		sessions = append(sessions, s)
	}
	e, err := sessiondex.New(nil)
	if err != nil {
		return nil, err
	}
	if err := e.Put(ctx, sessions...); err != nil {
		e.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}
