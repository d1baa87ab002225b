package sessiondex

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/store"
)

// LoadOptions tune a Load. A nil *LoadOptions means all defaults.
type LoadOptions struct {
	// LogPosition is stored under LogName together with the last of the sessions, as
	// Tx.SetLogPosition would; nil stores none.
	LogName     string
	LogPosition []byte
}

// Load fills an empty engine with the sessions of a sequence and returns how many there
// were. It is faster than Put, in memory and in a file. Beyond the loaded sessions it needs
// little memory, but with Options.MembersInFile also that of their Extras. It refuses an
// engine that has sessions (ErrExists).
//
// A Load is one version. If the sequence yields an error, an invalid session or an id
// twice, or if the context or the process ends, the engine and its file stay empty;
// Load returns the error. Other writers wait, and readers see no session until Load
// returns. Followers of the feed have to start over (ErrTooOld).
func (e *Engine) Load(ctx context.Context, sessions iter.Seq2[Session, error], o *LoadOptions) (int, error) {
	var options LoadOptions
	if o != nil {
		options = *o
	}
	if err := e.writable(); err != nil {
		return 0, err
	}
	if err := e.takeAlone(ctx); err != nil {
		return 0, err
	}
	defer e.yieldTurn()
	before := e.writer.View()
	if n := before.Len(); n > 0 {
		return 0, fmt.Errorf("%w: Load needs an empty engine, this one has %d", ErrExists, n)
	}
	loaded := false
	var held []string
	defer func() {
		e.releaseHeld(held)
		if !loaded {
			e.writer.Rollback(before)
		}
	}()
	v, err := e.writer.Load(e.loadEntries(ctx, sessions, &held))
	if err != nil {
		return 0, err
	}
	if id, found := v.DuplicateID(); found {
		return 0, &SessionError{ID: id, Index: -1, Field: memberNames[memberID], Reason: "must not occur twice in one load"}
	}
	number := before.Version()
	if v.Len() > 0 {
		number++
	}
	r := &result{view: e.writer.Number(number)}
	if options.LogPosition != nil {
		r.positions = append(r.positions, store.Note{Name: options.LogName, Value: slices.Clone(options.LogPosition)})
	}
	if e.store != nil {
		e.verifying.RLock()
		defer e.verifying.RUnlock()
		w := store.Write{Notes: r.positions, Counter: r.view.Version()}
		if err := e.store.Fill(ctx, e.records(v), w); err != nil {
			return 0, storeError(err)
		}
		e.logged = false
	}
	loaded = true
	// Watches get the ids only if they fit in a result; for more, they compare windows.
	for ord := range min(v.Limit(), 2*maxResult) {
		r.ids = append(r.ids, v.ID(uint32(ord)))
	}
	e.publish([]*result{r})
	return v.Len(), nil
}

// takeAlone takes the turn once every earlier write is published.
func (e *Engine) takeAlone(ctx context.Context) error {
	for {
		if err := e.takeTurn(ctx); err != nil {
			return err
		}
		if len(e.groups) == 0 {
			return nil
		}
		underWay := e.lastDone
		e.yieldTurn()
		<-underWay
	}
}

// loadEntries settles the sessions of a sequence and projects them.
func (e *Engine) loadEntries(ctx context.Context, sessions iter.Seq2[Session, error], held *[]string) iter.Seq2[index.Entry, error] {
	return func(yield func(index.Entry, error) bool) {
		n := 0
		for s, err := range sessions {
			one := []Session{s}
			if err == nil && n%1024 == 0 {
				err = ctx.Err()
			}
			if err == nil {
				if one, err = e.settle(one); err != nil {
					err = fmt.Errorf("session %d of the load: %w", n+1, err)
				}
			}
			if err != nil {
				yield(index.Entry{}, err)
				return
			}
			n++
			entry := project(&one[0])
			if e.shared.members.refer(&entry); entry.Reference != "" {
				e.shared.members.hold(entry.Reference, entry.Extra)
				*held = append(*held, entry.Reference)
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// records yields the records of a fresh load in the order of their ids, which fills a
// file fastest.
func (e *Engine) records(v *index.View) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for _, ord := range v.IDOrder() {
			p := v.Packed(ord)
			entry, err := e.shared.members.entry(&p)
			if !yield(recordOf(&entry), err) || err != nil {
				return
			}
		}
	}
}
