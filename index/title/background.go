package title

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// job builds one segment of what is in some memtables, or in some segments.
type job struct {
	mems []*memtable
	segs []segView // as of the start
	// died collects the ordinals whose title in the sources goes away while the
	// job runs. Under Index.mu.
	died []uint32
}

// schedule starts what is to be done and may be started. mu is held.
func (x *Index) schedule() {
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
			m.job = j
		}
		for _, s := range j.segs {
			s.job = j
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
func (x *Index) pickSeal() *job {
	v := x.current.Load()
	limit := x.opts.segmentCap(v.titles)
	j := &job{}
	sum := 0
	for _, m := range v.mems[:len(v.mems)-1] {
		t := m.table
		if t.job != nil || t.failed {
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
func (x *Index) wake(after time.Duration) {
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
func (x *Index) pickMerge() *job {
	if x.merging {
		return nil
	}
	v := x.current.Load()
	var all []candidate
	for _, s := range v.segs {
		if s.job == nil && !s.failed {
			all = append(all, candidate{s, s.len() - s.dead.len()})
		}
	}
	pick := x.opts.planMerge(all, v.titles)
	if pick == nil {
		return nil
	}
	j := &job{}
	for _, c := range pick {
		j.segs = append(j.segs, c.segView)
	}
	return j
}

// run does a job and what is to be done after it.
func (x *Index) run(j *job, version uint64) {
	defer x.jobs.Done()
	seg, err := x.build(j, version)
	x.finish(j, seg, err)
	if x.opts.Changed != nil && err == nil {
		x.opts.Changed()
	}
}

// build makes the segment of a job from what was live at a version; nil if
// nothing was.
func (x *Index) build(j *job, version uint64) (s *segment, err error) {
	defer func() {
		// A fault in the builder must not take the program down: what was to be
		// indexed is still there to be searched as before.
		if p := recover(); p != nil {
			err = fmt.Errorf("title: building a segment: %v", p)
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
	var list []titleOf
	take := func(ord uint32, title string) { list = append(list, titleOf{ord, title}) }
	for _, m := range j.mems {
		m.view().each(version, pace, take)
	}
	for _, s := range j.segs {
		s.each(pace, take)
	}
	if !pace() {
		return nil, errAborted
	}
	if len(list) == 0 {
		return nil, nil
	}
	return x.buildSegment(list, x.opts.GiantBytes, pace)
}

// finish puts a new segment in the place of its sources, less the titles that
// have gone away meanwhile.
func (x *Index) finish(j *job, seg *segment, err error) {
	var dead *deadEdit
	var size int
	if seg != nil {
		dead = editDead(nil, seg.places())
		size = seg.bytes()
	}
	bury := func(ords []uint32) {
		for _, ord := range ords {
			if doc, ok := seg.find(ord); ok {
				dead.add(doc)
			}
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	// Most of the dead are looked up without the lock, so that the writer does not
	// wait for them.
	for seg != nil && len(j.died) > 256 {
		died := j.died
		j.died = nil
		x.mu.Unlock()
		bury(died)
		x.mu.Lock()
	}
	for _, m := range j.mems {
		m.job = nil
		m.failed = err != nil
	}
	for _, s := range j.segs {
		s.job = nil
		s.failed = err != nil
	}
	x.running--
	x.merging = x.merging && j.segs == nil
	close(x.changed)
	x.changed = make(chan struct{})
	defer x.schedule()
	if err != nil {
		if !errors.Is(err, errAborted) {
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
	v.segs = slices.DeleteFunc(slices.Clone(v.segs), func(s segView) bool {
		return slices.ContainsFunc(j.segs, func(t segView) bool { return t.segment == s.segment })
	})
	if seg != nil {
		bury(j.died)
		s := segView{segment: seg, size: size}
		if dead.set.n > 0 {
			s.dead = dead.set
		}
		v.segs = append(v.segs, s)
		// In the order of their ordinals the matches of most come in order, too.
		slices.SortStableFunc(v.segs, func(a, b segView) int { return cmp.Compare(a.ord(0), b.ord(0)) })
	}
	x.current.Store(v)
}
