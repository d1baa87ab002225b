package shell

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/index/set"
)

// job builds one segment of what is in some memtables, or in some segments.
type job[S Segment] struct {
	mems []*memtable
	segs []SegmentView[S] // as of the start
	died
}

// schedule starts what is to be done and may be started. mu is held.
func (x *Index[S]) schedule() {
	for !x.closed && x.running < x.opts.Workers {
		j := x.pickSeal()
		if j == nil {
			j = x.pickMerge()
		}
		if j == nil {
			return
		}
		x.running++
		for _, m := range j.mems {
			m.died = &j.died
		}
		for _, s := range j.segs {
			s.died = &j.died
		}
		x.merging = x.merging || j.segs != nil
		version := x.current.Load().version
		x.jobs.Add(1)
		go x.run(j, version)
	}
}

// pickSeal returns a job for the oldest memtables that are to be sealed. A
// memtable is when it is as large as a segment may be, or when it is due and has
// waited for SealAfter.
func (x *Index[S]) pickSeal() *job[S] {
	v := x.current.Load()
	limit := x.opts.segmentCap(v.texts)
	j := &job[S]{}
	sum := 0
	for _, m := range v.mems[:len(v.mems)-1] {
		t := m.table
		if t.died != nil || t.failed {
			continue
		}
		if sum += t.live(); len(j.mems) > 0 && sum > limit {
			return j
		}
		j.mems = append(j.mems, t)
	}
	a := x.active
	if a.n < x.opts.SealTitles && a.bytes < x.opts.SealBytes {
		if len(j.mems) > 0 {
			return j
		}
		return nil
	}
	if wait := x.opts.SealAfter - time.Since(x.born); wait > 0 && a.n < limit && x.waiting == 0 {
		if len(j.mems) > 0 {
			return j
		}
		x.wake(wait)
		return nil
	}
	if sum += a.live(); len(j.mems) > 0 && sum > limit {
		return j
	}
	next := v.clone()
	x.freeze(next)
	x.current.Store(next)
	j.mems = append(j.mems, a)
	return j
}

// wake has schedule called after some time, unless it is going to be anyway.
func (x *Index[S]) wake(after time.Duration) {
	if x.timer != nil {
		return
	}
	x.jobs.Add(1)
	x.timer = time.AfterFunc(after, func() {
		defer x.jobs.Done()
		x.mu.Lock()
		defer x.mu.Unlock()
		x.timer = nil
		x.schedule()
	})
}

// pickMerge returns a job for the segments to be rewritten. One merge runs at a
// time: it is large, and nothing is lost while it waits.
func (x *Index[S]) pickMerge() *job[S] {
	if x.merging {
		return nil
	}
	v := x.current.Load()
	var all []candidate[S]
	for _, s := range v.segs {
		if s.died == nil && !s.failed {
			all = append(all, candidate[S]{s, s.Len() - s.Deleted.Len()})
		}
	}
	pick := planMerge(&x.opts, all, v.texts)
	if pick == nil {
		return nil
	}
	j := &job[S]{}
	for _, c := range pick {
		j.segs = append(j.segs, c.SegmentView)
	}
	return j
}

// run does a job and what is to be done after it.
func (x *Index[S]) run(j *job[S], version uint64) {
	defer x.jobs.Done()
	seg, err := x.buildJob(j, version)
	x.finish(j, seg, err)
	if x.opts.Changed != nil && err == nil {
		x.opts.Changed()
	}
}

// buildJob makes the segment of a job from what was live at a version; nil if
// nothing was.
func (x *Index[S]) buildJob(j *job[S], version uint64) (s *sealed[S], err error) {
	defer func() {
		// A fault in the builder must not take the program down: what was to be
		// indexed is still there to be searched as before.
		if p := recover(); p != nil {
			err = fmt.Errorf("building a segment: %v", p)
		}
	}()
	steps := 0
	pace := func() bool {
		// Yielding lets readers and the writer in long before the scheduler would
		// take the processor away, which is every 10 ms.
		if steps++; steps%4 == 0 {
			runtime.Gosched()
		}
		return !x.closing.Load()
	}
	var list []Text
	take := func(ord uint32, text string) { list = append(list, Text{ord, text}) }
	for _, m := range j.mems {
		m.view().each(version, pace, take)
	}
	for _, s := range j.segs {
		s.Each(pace, take)
	}
	if !pace() {
		return nil, ErrAborted
	}
	if len(list) == 0 {
		return nil, nil
	}
	slices.SortFunc(list, func(a, b Text) int { return cmp.Compare(a.Ord, b.Ord) })
	seg, err := x.build(list, &x.opts, pace)
	if err != nil {
		return nil, err
	}
	return &sealed[S]{Segment: seg, Docs: seg.Numbering()}, nil
}

// finish puts a new segment in the place of its sources, less the titles that
// have gone away meanwhile.
func (x *Index[S]) finish(j *job[S], seg *sealed[S], err error) {
	var deleted *set.Set
	var size int
	if seg != nil {
		size = seg.Segment.Bytes()
	}
	markDeleted := func(ords []uint32) {
		for _, ord := range ords {
			if doc, ok := seg.Find(ord); ok {
				deleted = deleted.Add(0, doc) // of no write: all of it is made here
			}
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	// Most of the deleted are looked up without the lock, so that the writer does not
	// wait for them.
	for seg != nil && len(j.ords) > 256 {
		ords := j.ords
		j.ords = nil
		x.mu.Unlock()
		markDeleted(ords)
		x.mu.Lock()
	}
	for _, m := range j.mems {
		m.died = nil
		m.failed = err != nil
	}
	for _, s := range j.segs {
		s.died = nil
		s.failed = err != nil
	}
	x.running--
	x.merging = x.merging && j.segs == nil
	close(x.changed)
	x.changed = make(chan struct{})
	defer x.schedule()
	if err != nil {
		if !errors.Is(err, ErrAborted) {
			x.failures++
			x.lastError = err
		}
		return
	}
	if j.segs != nil {
		x.merges++
	} else {
		x.seals++
	}

	old := x.current.Load()
	v := old.clone()
	v.mems = slices.DeleteFunc(slices.Clone(v.mems), func(m memView) bool { return slices.Contains(j.mems, m.table) })
	v.segs = slices.DeleteFunc(slices.Clone(v.segs), func(s SegmentView[S]) bool {
		return slices.ContainsFunc(j.segs, func(t SegmentView[S]) bool { return t.sealed == s.sealed })
	})
	if seg != nil {
		markDeleted(j.ords)
		v.segs = append(v.segs, SegmentView[S]{seg, deleted, size})
		// In the order of their ordinals the matches of most come in order, too.
		slices.SortStableFunc(v.segs, func(a, b SegmentView[S]) int { return cmp.Compare(a.Ord(0), b.Ord(0)) })
	}
	x.current.Store(v)
}
