package title

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Index is the writer's side of the title index. Apply is for one writer at a
// time; all else may be called from anywhere.
type Index struct {
	opts    Options
	cache   *cache
	current atomic.Pointer[View]

	// mu guards what follows. It is held for the length of an Apply, and by the
	// background for the moments in which it takes or replaces something; never
	// while a segment is built, and never by a reader.
	mu      sync.Mutex
	active  *memtable   // the last of the current View's; takes new titles
	born    time.Time   // when the active memtable got its first title
	timer   *time.Timer // will call schedule; nil if none is set
	running int         // jobs
	merging bool        // one of them is a merge
	waiting int         // calls of Wait
	closed  bool
	changed chan struct{} // closed and replaced whenever a job has ended

	seals, merges, failures uint64
	lastError               error

	buildSegment func([]titleOf, int, func() bool) (*segment, error) // replaced by tests

	closing atomic.Bool // jobs give up
	jobs    sync.WaitGroup
}

// New makes an empty index. It reports every fault of the options at once.
func New(o *Options) (*Index, error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	x := &Index{
		opts:         opts,
		cache:        newCache(opts.CacheBytes),
		active:       newMemtable(0),
		changed:      make(chan struct{}),
		buildSegment: buildSegment,
	}
	x.current.Store(&View{
		cache: x.cache,
		mems:  []memView{x.active.view()},
	})
	return x, nil
}

// Change sets the folded title of an ordinal, or removes it with "". The text is
// kept as it is, not copied: by the segment that holds it until that is rewritten,
// at the latest when a quarter of its titles are dead.
type Change struct {
	Ord    uint32
	Folded string
}

// Apply takes in one write and returns its View. An ordinal must not occur twice
// in one call. The new titles can be searched at once. Apply never waits for work
// in the background; a single change takes about a microsecond, plus the copy of
// half a kilobyte when it replaces or removes a title of a segment; a large batch
// 0.2 µs a change.
func (x *Index) Apply(changes []Change) *View {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.current.Load()
	v := old.next()
	full := x.opts.segmentCap(v.titles + len(changes))
	var edits map[int]*deadEdit // by place in v.segs
	for _, c := range changes {
		if x.remove(v, c.Ord, &edits) {
			v.titles--
		}
		if c.Folded == "" {
			continue
		}
		if x.active.n >= full {
			x.freeze(v)
		}
		if x.active.n == 0 {
			x.born = time.Now()
			if len(changes) > 64 {
				x.active.at = make(map[uint32]uint32, min(len(changes), full))
			}
		}
		x.active.append(c.Ord, c.Folded)
		v.titles++
		v.limit = max(v.limit, int(c.Ord)+1)
	}
	if len(edits) > 0 {
		v.segs = slices.Clone(v.segs)
		for i, e := range edits {
			v.segs[i].dead = e.set
		}
	}
	v.mems = slices.Clone(v.mems)
	v.mems[len(v.mems)-1] = x.active.view()
	v.history = old.history.append(v.version, changes)
	x.current.Store(v)
	x.schedule()
	return v
}

// remove takes away the title that an ordinal has before this write, if any.
func (x *Index) remove(v *View, ord uint32, edits *map[int]*deadEdit) bool {
	if int(ord) >= v.limit {
		return false
	}
	for i := len(v.mems) - 1; i >= 0; i-- {
		if v.mems[i].table.remove(ord, v.version) {
			return true
		}
	}
	for i := range v.segs {
		s := &v.segs[i]
		doc, ok := s.find(ord)
		if !ok {
			continue
		}
		e := (*edits)[i]
		if e == nil {
			if s.dead.has(doc) {
				continue
			}
			e = editDead(s.dead, s.places())
			if *edits == nil {
				*edits = map[int]*deadEdit{}
			}
			(*edits)[i] = e
		}
		if e.add(doc) {
			if s.job != nil {
				s.job.died = append(s.job.died, ord)
			}
			return true
		}
	}
	return false
}

// freeze ends the active memtable and starts another.
func (x *Index) freeze(v *View) {
	v.mems = slices.Clone(v.mems)
	v.mems[len(v.mems)-1] = x.active.view()
	x.active = newMemtable(0)
	v.mems = append(v.mems, x.active.view())
}

// View returns the current version: the titles of the last Apply, in the best
// form that there is. It never waits.
func (x *Index) View() *View { return x.current.Load() }

// Wait returns when there is nothing left to seal or to merge; titles that are
// too few to be worth a segment stay in the buffer. It does not let SealAfter
// pass first. A closed Index has nothing left.
func (x *Index) Wait(ctx context.Context) error {
	x.mu.Lock()
	x.waiting++
	defer func() {
		x.mu.Lock()
		x.waiting--
		x.mu.Unlock()
	}()
	for {
		x.schedule()
		idle, changed := x.running == 0, x.changed
		x.mu.Unlock()
		if idle {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
		x.mu.Lock()
	}
}

// Stats tells the state of an Index.
type Stats struct {
	Titles     int // in the current version
	Segments   int // immutable, built by bleve
	Dead       int // titles of segments that are gone but not yet merged away
	Buffered   int // titles that are scanned, the dead among them included
	CacheItems int // known match sets

	SegmentBytes int // memory, estimated, without the text of the titles
	BufferBytes  int // text of the buffered titles
	CacheBytes   int

	Seals, Merges uint64 // finished
	Building      int    // under way
	// Failures counts segments that could not be built. Their titles stay in the
	// buffer, or in the segments that were to be merged, and are found there.
	Failures  uint64
	LastError error
}

// Stats returns the current state. O(segments).
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.current.Load()
	s := Stats{
		Titles: v.titles, Segments: len(v.segs),
		Seals: x.seals, Merges: x.merges, Building: x.running,
		Failures: x.failures, LastError: x.lastError,
	}
	for _, g := range v.segs {
		s.Dead += g.dead.len()
		s.SegmentBytes += g.size
	}
	for _, m := range v.mems {
		s.Buffered += m.n
		s.BufferBytes += m.table.bytes
	}
	s.CacheItems, s.CacheBytes = x.cache.size()
	return s
}

// Close ends the work in the background and waits for every goroutine. It may be
// called more than once. Views stay readable, and Apply still works; what is not
// sealed then is scanned.
func (x *Index) Close() error {
	x.mu.Lock()
	x.closed = true
	x.closing.Store(true)
	if x.timer != nil && x.timer.Stop() {
		x.jobs.Done()
	}
	x.timer = nil
	x.mu.Unlock()
	x.jobs.Wait()
	return nil
}
