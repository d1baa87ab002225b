package shell

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sessiondex/sessiondex/index/set"
)

// Index is the writer's side of the title index. Apply is for one writer at a
// time; all else may be called from anywhere.
type Index[S Segment] struct {
	opts    Options
	cache   *cache[S]
	current atomic.Pointer[View[S]]

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

	build Builder[S]
	epoch set.Epoch // of the last edit of what is deleted

	closing atomic.Bool // jobs give up
	jobs    sync.WaitGroup
}

// Builder makes a segment of texts with distinct ordinals, in ascending order. pace is
// to be called about every tenth of a millisecond of work, wherever that is possible;
// it stops the work by returning false, and the error must then be ErrAborted. What is
// returned must not be a nil pointer without an error.
type Builder[S Segment] func(list []Text, o *Options, pace func() bool) (S, error)

// ErrAborted is the error of a build that was given up.
var ErrAborted = errors.New("building was given up")

// New makes an empty index. match reports whether a text matches a key of the cache,
// which must be what a search for the key finds. It reports every fault of the options
// at once.
func New[S Segment](o *Options, build Builder[S], match func(key, text string) bool) (*Index[S], error) {
	opts, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	x := &Index[S]{
		opts:    opts,
		cache:   newCache[S](opts.CacheBytes, match),
		active:  newMemtable(0),
		changed: make(chan struct{}),
		build:   build,
	}
	x.current.Store(&View[S]{
		cache: x.cache,
		mems:  []memView{x.active.view()},
	})
	return x, nil
}

// Change sets the text of an ordinal, or removes it with "". The text is kept as it is,
// not copied: by the segment that holds it until that is rewritten, at the latest when
// a quarter of its documents are deleted.
type Change struct {
	Ord  uint32
	Text string
}

// Apply takes in one write and returns its View. An ordinal must not occur twice
// in one call. The new titles can be searched at once. Apply never waits for work
// in the background; a single change takes about a microsecond, plus the copy of
// half a kilobyte when it replaces or removes a title of a segment; a large batch
// 0.2 µs a change.
func (x *Index[S]) Apply(changes []Change) *View[S] {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := x.current.Load()
	v := old.next()
	full := x.opts.segmentCap(v.texts + len(changes))
	x.epoch++
	edited := false
	for _, c := range changes {
		if x.remove(v, c.Ord, &edited) {
			v.texts--
		}
		if c.Text == "" {
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
		x.active.append(c.Ord, c.Text)
		v.texts++
		v.limit = max(v.limit, int(c.Ord)+1)
	}
	v.mems = slices.Clone(v.mems)
	v.mems[len(v.mems)-1] = x.active.view()
	v.history = old.history.append(v.version, changes)
	x.current.Store(v)
	x.schedule()
	return v
}

// remove takes away the text that an ordinal has before this write, if any.
func (x *Index[S]) remove(v *View[S], ord uint32, edited *bool) bool {
	if int(ord) >= v.limit {
		return false
	}
	for i := len(v.mems) - 1; i >= 0; i-- {
		if v.mems[i].table.remove(ord, v.version) {
			return true
		}
	}
	for i := range v.segs {
		doc, ok := v.segs[i].Find(ord)
		if !ok || v.segs[i].Deleted.Contains(doc) {
			continue
		}
		if !*edited {
			v.segs, *edited = slices.Clone(v.segs), true
		}
		s := &v.segs[i]
		s.Deleted = s.Deleted.Add(x.epoch, doc)
		if s.died != nil {
			s.died.ords = append(s.died.ords, ord)
		}
		return true
	}
	return false
}

// freeze ends the active memtable and starts another.
func (x *Index[S]) freeze(v *View[S]) {
	v.mems = slices.Clone(v.mems)
	v.mems[len(v.mems)-1] = x.active.view()
	x.active = newMemtable(0)
	v.mems = append(v.mems, x.active.view())
}

// View returns the current version: the titles of the last Apply, in the best
// form that there is. It never waits.
func (x *Index[S]) View() *View[S] { return x.current.Load() }

// Wait returns when there is nothing left to seal or to merge; titles that are
// too few to be worth a segment stay in the buffer. It does not let SealAfter
// pass first. A closed Index has nothing left.
func (x *Index[S]) Wait(ctx context.Context) error {
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
	Segments   int // immutable
	Deleted    int // texts of segments that are gone but not yet merged away
	Buffered   int // titles that are scanned, the deleted among them included
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
func (x *Index[S]) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.current.Load()
	s := Stats{
		Titles: v.texts, Segments: len(v.segs),
		Seals: x.seals, Merges: x.merges, Building: x.running,
		Failures: x.failures, LastError: x.lastError,
	}
	for _, g := range v.segs {
		s.Deleted += g.Deleted.Len()
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
func (x *Index[S]) Close() error {
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
