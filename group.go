package sessiondex

import (
	"fmt"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/store"
)

// groupBytes is the size at which a group is closed, since a transaction of the file
// holds its changes in memory several times over.
const groupBytes = 8 << 20

// group collects the writes that share one transaction of the file. The first function
// whose result joins it leads: it waits until the group before is done, closes this
// one, writes it, and publishes the results in order. The turn guards all fields but
// the channels.
//
// While a group is being written, the next functions already run on its unpublished
// results. So if it fails, all groups behind it fail too.
type group struct {
	results []*result
	bytes   int
	records map[string]store.Record // by id; one without a value removes the record
	notes   map[string]store.Note
	write   store.Write // the rest
	err     error
	shared  bool // err is set, and the group had more than one result

	before <-chan struct{} // closed when the group before is done
	full   chan struct{}   // closed when the group takes no more
	done   chan struct{}   // closed when it is published or has failed
}

// waiting is a function whose result is in a group.
type waiting struct {
	engine *Engine
	group  *group
	leads  bool
}

// join puts a result in the open group. The caller holds the turn.
func (e *Engine) join(r *result, alone bool) (*waiting, error) {
	records, commit, err := e.recordsOf(r)
	if err != nil {
		return nil, err
	}
	w := &waiting{engine: e}
	if alone {
		e.closeGroup()
	}
	if e.open == nil {
		w.leads = true
		g := &group{before: e.lastDone, full: make(chan struct{}), done: make(chan struct{}), records: make(map[string]store.Record, len(r.ids)), notes: map[string]store.Note{}}
		e.open, e.lastDone = g, g.done
		e.groups = append(e.groups, g)
	}
	g := e.open
	w.group = g
	g.results = append(g.results, r)
	for i, id := range r.ids {
		g.bytes += len(id) + len(records[i].Value)
		g.records[id] = records[i]
	}
	for _, n := range r.positions {
		g.notes[n.Name] = n
		g.bytes += len(n.Name) + len(n.Value)
	}
	if len(r.ids) > 0 {
		e.keep(g, r, commit)
	}
	if alone || g.bytes >= groupBytes {
		e.closeGroup()
	}
	return w, nil
}

// recordsOf returns a record for each session that was written (for a deleted one, a
// record without a value), and the encoded commit if the file keeps commits.
func (e *Engine) recordsOf(r *result) (records []store.Record, commit []byte, err error) {
	records = make([]store.Record, len(r.ids))
	for i, id := range r.ids {
		var p index.Packed
		if r.changes != nil {
			p = r.changes[i].After
		} else {
			p = r.view.FindPacked(id)
		}
		if p.Used() {
			entry, err := e.shared.members.entry(&p)
			if err != nil {
				return nil, nil, err
			}
			records[i] = recordOf(&entry)
		}
	}
	if e.opts.KeepChanges > 0 && len(r.changes) > 0 {
		commit, err = e.shared.members.encodeCommit(r.changes)
	}
	return records, commit, err
}

// keep adds a commit to the log in the file if Options.KeepChanges asks for one.
func (e *Engine) keep(g *group, r *result, commit []byte) {
	number := r.view.Version()
	g.write.Counter = number
	switch {
	case commit != nil:
		entry, n := store.Entry{Number: number, Value: commit}, uint64(e.opts.KeepChanges)
		g.write.Log = append(g.write.Log, entry)
		g.bytes += len(entry.Value)
		g.write.LogFrom = max(g.write.LogFrom, number-min(n, number)+1)
		e.logged = true
	case e.logged: // the kept commits do not connect to this one
		g.write.Log, g.write.LogFrom = nil, number+1
		e.logged = false
	}
}

// closeGroup closes the open group to further results. The caller holds the turn.
func (e *Engine) closeGroup() {
	if g := e.open; g != nil {
		e.open = nil
		close(g.full)
	}
}

// wait returns once the result is published, or why it failed; shared means that
// another result of the group may have caused the failure.
func (w *waiting) wait() (shared bool, err error) {
	if w.leads {
		w.engine.lead(w.group)
	}
	<-w.group.done
	return w.group.shared, w.group.err
}

// lead writes a group and publishes its results, or fails it.
func (e *Engine) lead(g *group) {
	<-g.before
	if d := e.opts.GroupDelay; d > 0 {
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-g.full:
		case <-e.ending:
		}
		timer.Stop()
	}
	e.turn.TakeAnyway()
	if e.open == g {
		e.closeGroup()
	}
	lost := g.err != nil // the group before failed
	e.turn.Release()
	var err error
	if !lost {
		e.verifying.RLock()
		defer e.verifying.RUnlock()
		start := e.shared.observer.began()
		err = storeError(e.store.Apply(g.storeWrite()))
		e.shared.observer.sync(start, g, err)
	}
	e.turn.TakeAnyway()
	defer e.yieldTurn()
	if err != nil {
		e.fail(err)
	}
	e.groups = slices.Delete(e.groups, 0, 1) // Delete clears the tail, so the group can be collected
	if err == nil && !lost {
		e.publish(g.results)
	}
	close(g.done)
}

// storeWrite returns the group's changes as one store.Write.
func (g *group) storeWrite() store.Write {
	for id, record := range g.records {
		if record.Value == nil {
			g.write.Delete = append(g.write.Delete, id)
		} else {
			g.write.Put = append(g.write.Put, record)
		}
	}
	for _, n := range g.notes {
		g.write.Notes = append(g.write.Notes, n)
	}
	return g.write
}

// fail rolls back everything that is not published. The caller holds the turn and leads
// the first of the groups.
func (e *Engine) fail(err error) {
	for i, g := range e.groups {
		if g.err == nil {
			for _, r := range g.results {
				e.releaseHeld(r.held)
			}
			g.err, g.shared = err, len(e.groups) > 1 || len(g.results) > 1
			if i > 0 {
				g.err = fmt.Errorf("sessiondex: a write that this one was made on failed: %w", err)
			}
		}
	}
	if v := e.cur.Load(); v != nil {
		e.writer.Rollback(v)
	}
	e.logged = true // unknown, so assume it; the next write settles it
	e.closeGroup()
}

// publish makes results visible, in order. The caller holds the turn.
func (e *Engine) publish(results []*result) {
	last := results[len(results)-1].view
	if len(e.groups) == 0 {
		last = e.writer.View() // the same sessions, perhaps with merged titles
	}
	e.cur.Store(last)
	for _, r := range results {
		e.releaseHeld(r.held)
		if len(r.positions) > 0 {
			e.setPositions(r.positions)
		}
		if len(r.ids) > 0 {
			e.feed.append(r)
			e.watches.Wrote(r.ids)
		}
	}
}

// yieldTurn releases the turn, after doing what others had to put off meanwhile.
func (e *Engine) yieldTurn() {
	for {
		if e.stale.Swap(false) {
			e.refreshNow()
		}
		e.turn.Release()
		if !e.stale.Load() || !e.turn.TryTake() {
			return
		}
	}
}

// refresh publishes a text index as the background has sealed or merged it, or has the
// holder of the turn publish it; the answers stay the same. It is called from the
// background and never blocks.
func (e *Engine) refresh() {
	if o := e.shared.observer; o != nil && o.Merge != nil {
		o.Merge(MergeDone{e.titleStats()})
	}
	e.stale.Store(true)
	if e.turn.TryTake() {
		e.yieldTurn()
	}
}

// refreshNow is refresh for a caller that holds the turn. While results are unpublished
// it leaves the new form to their publish.
func (e *Engine) refreshNow() {
	if e.cur.Load() == nil {
		return
	}
	v := e.writer.Refresh()
	if len(e.groups) == 0 {
		e.cur.Store(v)
	}
}

// releaseHeld releases Extras that the file has by now, or will never have.
func (e *Engine) releaseHeld(references []string) {
	for _, reference := range references {
		e.shared.members.release(reference)
	}
}

func (e *Engine) setPositions(positions []store.Note) {
	e.positionsMu.Lock()
	defer e.positionsMu.Unlock()
	if e.positions == nil {
		e.positions = make(map[string][]byte)
	}
	for _, n := range positions {
		if n.Value == nil {
			delete(e.positions, n.Name)
		} else {
			e.positions[n.Name] = n.Value
		}
	}
}
