package sources

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// Report counts what a pass over a source found and did.
type Report struct {
	Seen      int // sessions that the source has
	Put       int // of those, new or changed ones that were written
	Unchanged int // of those, the ones that the engine already had
	Skipped   int // of those, older copies of a session that another item has
	Vanished  int // sessions that the source no longer has
	Faults    []Fault
}

// Sync brings an engine in step with a source: it reads what changed since the last
// Sync of the same source and engine, writes the sessions that differ, and marks
// vanished sessions with the member source_missing, or deletes them with
// Options.Forget. Members that no reader sets, which the engine's own users added,
// stay.
//
// Sync remembers what it has read as a log position of the engine, in the transaction
// that writes the last sessions: after a crash, the next Sync starts over and finds
// most of its work done. Faults are in the report and do not fail a pass; the error
// means that the source could not be listed, that the engine refused a write, or that
// ctx ended.
//
// A pass costs a stat for each item of the source and the reading of changed items,
// nothing else.
func Sync(ctx context.Context, e *sessiondex.Engine, src Source, o *Options) (Report, error) {
	o = o.withDefaults()
	r, err := o.reader(src.App)
	if err != nil {
		return Report{}, err
	}
	return syncWith(ctx, e, r, src, o)
}

func syncWith(ctx context.Context, e *sessiondex.Engine, r Reader, src Source, o *Options) (Report, error) {
	items, err := listItems(ctx, r, src.Root)
	if err != nil {
		return Report{}, err
	}
	p := pass{e: e, o: o, position: "sources/" + src.App + "/" + src.Root, next: make(memory, len(items))}
	p.last = readMemory(e.LogPosition(p.position))
	var changed []Item
	for _, it := range items {
		key, now := hash(it.Path), hash(it.Stamp)
		known, ok := p.last[key]
		if !ok || known.stamp != now || known.due(o.Now()) {
			changed = append(changed, it)
			continue
		}
		p.next[key] = known
		p.report.Seen += len(known.ids)
		p.report.Unchanged += len(known.ids)
	}
	err = readAll(ctx, r, src.Root, changed, o, func(it Item, got reading) bool {
		err = p.add(ctx, it, got)
		return err == nil
	})
	if err == nil {
		err = p.finish(ctx)
	}
	return p.report, err
}

// pass is one Sync under way.
type pass struct {
	e          *sessiondex.Engine
	o          *Options
	position   string
	last, next memory
	batch      []sessiondex.Session
	report     Report
}

// batchSize is how many sessions a transaction writes at most.
const batchSize = 8192

// add adds the result of reading an item to the batch.
func (p *pass) add(ctx context.Context, it Item, got reading) error {
	key := hash(it.Path)
	seen := remembered{stamp: hash(it.Stamp)}
	for i := range got.sessions {
		s := &got.sessions[i]
		seen.ids = append(seen.ids, hash(s.ID))
		if s.State == stateRunning {
			seen.dueAt(s.UpdatedAt.Add(p.o.StaleAfter))
		}
	}
	if len(got.faults) > 0 {
		p.report.Faults = append(p.report.Faults, got.faults...)
		// An item that could not be read this time has not vanished; try it again.
		seen.stamp = 0
		seen.ids = append(seen.ids, p.last[key].ids...)
	}
	p.next[key] = seen
	p.report.Seen += len(got.sessions)
	p.batch = append(p.batch, got.sessions...)
	if len(p.batch) < batchSize {
		return nil
	}
	return p.write(ctx, nil)
}

// finish writes the last batch together with the memory of the pass.
func (p *pass) finish(ctx context.Context) error {
	gone := p.last.without(p.next)
	record := p.next.append(nil)
	if len(p.batch) == 0 && len(gone) == 0 && string(record) == string(p.e.LogPosition(p.position)) {
		return nil
	}
	return p.write(ctx, func(tx *sessiondex.Tx) error {
		if err := p.vanish(ctx, tx, gone); err != nil {
			return err
		}
		tx.SetLogPosition(p.position, record)
		return nil
	})
}

// write writes the batch in one transaction; more, if set, is done in it too.
func (p *pass) write(ctx context.Context, more func(*sessiondex.Tx) error) error {
	before := p.report
	err := p.e.Tx(ctx, func(tx *sessiondex.Tx) error {
		if err := p.put(tx); err != nil {
			return err
		}
		if more != nil {
			return more(tx)
		}
		return nil
	})
	if err != nil {
		p.report = before
	}
	p.batch = p.batch[:0]
	return err
}

// put writes the sessions of the batch that differ from the stored ones, together.
func (p *pass) put(tx *sessiondex.Tx) error {
	changed := make([]sessiondex.Session, 0, len(p.batch))
	waiting := make(map[string]bool, len(p.batch))
	for _, s := range p.batch {
		if waiting[s.ID] { // two items have it: put the earlier one first, to compare with it
			if err := p.putAll(tx, changed); err != nil {
				return err
			}
			changed = changed[:0]
			clear(waiting)
		}
		differs, err := p.settle(tx, &s)
		if err != nil {
			return err
		}
		if differs {
			changed = append(changed, s)
			waiting[s.ID] = true
		}
	}
	return p.putAll(tx, changed)
}

// settle reports whether a session differs from the stored one, after copying the members
// that others have added to that.
func (p *pass) settle(tx *sessiondex.Tx, s *sessiondex.Session) (differs bool, err error) {
	old, err := tx.Get(s.ID)
	switch {
	case errors.Is(err, sessiondex.ErrNotFound):
		return true, nil
	case err != nil:
		return false, err
	case old.UpdatedAt.After(s.UpdatedAt) && sourcePath(&old) != sourcePath(s):
		p.report.Skipped++
		return false, nil
	}
	if err := keepForeign(s, &old); err != nil {
		return false, err
	}
	if same(old, *s) {
		p.report.Unchanged++
		return false, nil
	}
	return true, nil
}

// putAll puts sessions with distinct ids. A refused session is a fault of the source and
// does not stop the others.
func (p *pass) putAll(tx *sessiondex.Tx, sessions []sessiondex.Session) error {
	err := tx.Put(sessions...)
	switch {
	case err == nil:
		p.report.Put += len(sessions)
		return nil
	case !errors.Is(err, sessiondex.ErrInvalidSession):
		return err
	case len(sessions) == 1:
		p.report.Faults = append(p.report.Faults, Fault{Path: sourcePath(&sessions[0]), Reason: err.Error()})
		return nil
	}
	half := len(sessions) / 2
	return errors.Join(p.putAll(tx, sessions[:half]), p.putAll(tx, sessions[half:]))
}

func sourcePath(s *sessiondex.Session) string {
	raw, _ := s.Member("source_path")
	return text(raw)
}

// own are the members that readers set. All other members were added by users of the
// engine.
var own = func() map[string]bool {
	m := make(map[string]bool)
	for _, name := range strings.Fields(`agent created_by_id folder_id forked_from git_branch last_message_preview model
		native_id num_messages project_id provider schema_version source_missing source_path source_version tag
		total_cost_usd total_tokens`) {
		m[name] = true
	}
	return m
}()

// keepForeign copies from the stored session the members that no reader sets.
func keepForeign(s, old *sessiondex.Session) error {
	if old.Extra == "" || old.Extra == s.Extra {
		return nil
	}
	var failed error
	err := members([]byte(old.Extra), func(name string, value []byte) {
		if !own[name] && failed == nil {
			failed = s.SetMember(name, json.RawMessage(value))
		}
	})
	return errors.Join(err, failed)
}

func same(a, b sessiondex.Session) bool {
	if !a.CreatedAt.Equal(b.CreatedAt) || !a.UpdatedAt.Equal(b.UpdatedAt) {
		return false
	}
	a.CreatedAt, a.UpdatedAt = b.CreatedAt, b.UpdatedAt
	return a == b
}

// vanish marks or deletes the sessions with these ids. The ids are hashes, so it reads
// all sessions; it is rarely needed.
func (p *pass) vanish(ctx context.Context, tx *sessiondex.Tx, gone map[uint64]bool) error {
	if len(gone) == 0 {
		return nil
	}
	var lost []sessiondex.Session
	for s, err := range tx.All(ctx, query.Everything(p.e.Schema())) {
		if err != nil {
			return err
		}
		if gone[hash(s.ID)] {
			lost = append(lost, s)
		}
	}
	p.report.Vanished += len(lost)
	for _, s := range lost {
		if p.o.Forget {
			if _, err := tx.Delete(s.ID); err != nil {
				return err
			}
			continue
		}
		if err := s.SetMember("source_missing", true); err != nil {
			return err
		}
		if s.State == stateRunning {
			s.State = "interrupted"
		}
		if err := tx.Put(s); err != nil {
			return err
		}
	}
	return nil
}

// due reports whether the item's deadline has passed, so that it must be read again.
func (r *remembered) due(now time.Time) bool { return r.deadline != 0 && now.Unix() >= r.deadline }

func (r *remembered) dueAt(t time.Time) {
	if at := t.Unix() + 1; r.deadline == 0 || at < r.deadline {
		r.deadline = at
	}
}
