//go:build !js

package sessiondex

import (
	"context"
	"errors"

	"github.com/sessiondex/sessiondex/index/record"
	"github.com/sessiondex/sessiondex/store"
)

// Open returns an engine whose sessions are kept in the file at path, which is
// created (mode 0600) if it is missing. Like an engine from New it answers from memory,
// at the same speed; Put and Delete return once the change is on disk, see
// Options.Sync.
//
// Open reads all sessions before it returns, which takes some seconds per million;
// titles are then indexed in the background, while keywords already find everything.
//
// Costs, on two cores and a virtual disk: 10,000 sessions are open in 0.03 s, 100,000
// in 0.45 s, a million in 4.8 s; a durable Put takes 0.6 ms for one session and 60 ms
// for a thousand, with SyncSystem 0.07 and 34 ms; a session of 615 bytes of JSON takes
// 677 bytes of file.
//
// The errors are those of the file system, ErrLocked, ErrVersion and ErrCorrupt;
// for a faulty record the error names it and says what was expected.
func Open(path string, opts *Options) (e *Engine, err error) {
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	start := o.Observer.began()
	defer func() { o.Observer.open(start, path, e, err) }()
	s, err := store.Open(path, &store.Options{
		ReadOnly: o.ReadOnly, Timeout: o.LockTimeout, Sync: o.Sync, RecordVersion: record.Version,
	})
	if err != nil {
		return nil, err
	}
	var made *Engine
	opened := false
	defer func() { // deferred, since the file must not stay locked if Options.Progress panics
		switch {
		case opened:
		case made != nil:
			err = errors.Join(err, made.Close())
		default:
			err = errors.Join(err, s.Close())
		}
	}()
	if s.ID() == (store.ID{}) && !o.ReadOnly { // a file from before commits were counted
		if err := s.Apply(store.Write{Counter: 1}); err != nil {
			return nil, err
		}
	}
	if made, err = newEngine(o, s); err != nil {
		return nil, err
	}
	if o.MembersInFile {
		made.shared.members = newMembersInFile(s)
	}
	if made.positions, err = s.Notes(context.Background()); err != nil {
		return nil, err
	}
	entries, err := s.Log(0)
	if err != nil {
		return nil, err
	}
	made.logged = len(entries) > 0
	if _, err := made.writer.Load(made.shared.members.storedEntries(context.Background(), s, o.Progress)); err != nil {
		return nil, err
	}
	made.identify(Epoch(s.ID()))
	made.cur.Store(made.writer.Number(s.Counter()))
	made.feed.reset(s.Counter())
	opened = true
	return made, nil
}
