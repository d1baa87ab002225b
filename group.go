package sessiondex

import (
	"fmt"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/store"
)

// groupBytes ends a group: what a transaction of the file changes is held in memory,
// several times over.
const groupBytes = 8 << 20

// group is a transaction of the file in the making. The first function whose result
// is in it leads: it waits until the group before is done, closes this one, writes
// it, and publishes the results in order. All fields but the channels are guarded by
// the turn.
//
// While a group is being written the next functions run already, on what it will have
// made true. So if it fails, all groups behind it do.
type group struct {
	results []*result
	bytes   int
	records map[string]store.Record // of each id; without a value to remove it
	notes   map[string]store.Note
	write   store.Write // the rest
	err     error
	shared  bool // err is set, and more than one result was concerned

	before <-chan struct{} // closed when the group before is done
	full   chan struct{}   // closed when the group takes no more
	done   chan struct{}   // closed when it is published or has failed
}

// waiting is a function whose results are in a group.
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

// recordsOf returns the record of each session that was written, without a value for
// one that was deleted, and the commit, if such are kept.
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

// keep adds a commit to the log in the file, if commits are to be kept there.
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
	case e.logged: // what was kept does not lead here
		g.write.Log, g.write.LogFrom = nil, number+1
		e.logged = false
	}
}

// closeGroup lets nobody else into the open group. The caller holds the turn.
func (e *Engine) closeGroup() {
	if g := e.open; g != nil {
		e.open = nil
		close(g.full)
	}
}

// wait returns when the result is published, or why it is not; shared says that it
// may have been another's fault.
func (w *waiting) wait() (shared bool, err error) {
	if w.leads {
		w.engine.lead(w.group)
	}
	<-w.group.done
	return w.group.shared, w.group.err
}

// lead writes a group and publishes it, or fails it.
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
	e.turn.takeAnyway()
	if e.open == g {
		e.closeGroup()
	}
	lost := g.err != nil // with the group before
	e.turn.release()
	var err error
	if !lost {
		e.verifying.RLock()
		defer e.verifying.RUnlock()
		start := e.shared.observer.began()
		err = storeError(e.store.Apply(g.storeWrite()))
		e.shared.observer.sync(start, g, err)
	}
	e.turn.takeAnyway()
	defer e.yieldTurn()
	if err != nil {
		e.fail(err)
	}
	e.groups = slices.Delete(e.groups, 0, 1) // and nothing of it stays reachable
	if err == nil && !lost {
		e.publish(g.results)
	}
	close(g.done)
}

// storeWrite is what the group changes in the file.
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

// fail takes back everything that is not published. The caller holds the turn and
// leads the first of the groups.
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
	e.logged = true // for all that is known; the next write sees to it
	e.closeGroup()
}

// publish makes results visible, in order. The caller holds the turn.
func (e *Engine) publish(results []*result) {
	last := results[len(results)-1].view
	if len(e.groups) == 0 {
		last = e.writer.View() // the same sessions, and maybe a better form of the titles
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

// yieldTurn gives the turn back, and has done by then what others could not do
// meanwhile.
func (e *Engine) yieldTurn() {
	for {
		if e.stale.Swap(false) {
			e.refreshNow()
		}
		e.turn.release()
		if !e.stale.Load() || !e.turn.tryTake() {
			return
		}
	}
}

// refresh publishes a better form of the title index, with the same answers. It
// is called from the background and waits for nobody.
func (e *Engine) refresh() {
	if o := e.shared.observer; o != nil && o.Merge != nil {
		o.Merge(MergeDone{e.titleStats()})
	}
	e.stale.Store(true)
	if e.turn.tryTake() {
		e.yieldTurn()
	}
}

// refreshNow is refresh for whoever holds the turn. While something is not published
// yet it waits for that.
func (e *Engine) refreshNow() {
	if e.cur.Load() == nil {
		return
	}
	v := e.writer.Refresh()
	if len(e.groups) == 0 {
		e.cur.Store(v)
	}
}

// releaseHeld lets go of Extras that the file has by now, or will never have.
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
