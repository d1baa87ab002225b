package main

import (
	"math"
	"runtime"
	"runtime/metrics"
	"time"
)

// spell is what Go's runtime did in a span of time. The runtime adds up the times of
// its processors only when a collection ends, so that a span begins and ends
// with one that is forced; that at the end is taken out again by the cost of
// another, which finds the same heap.
type spell struct {
	Wall time.Duration `json:"wall_ns"`
	// Busy is the time of all processors that was not idle, Collector that of the
	// garbage collector in it, and Idle the part of the latter that was done on
	// processors which had nothing else to do.
	Busy      time.Duration `json:"busy_ns"`
	Collector time.Duration `json:"collector_ns"`
	Idle      time.Duration `json:"collector_idle_ns"`
	// Cycles is the number of collections that began by themselves.
	Cycles int `json:"cycles"`
	// Pause is the longest stop of all goroutines by the collector; the bucket of the
	// histogram that it is in ends there. 0 if there was none.
	Pause  time.Duration `json:"longest_pause_ns"`
	Allocs int64         `json:"allocs"`
	Bytes  int64         `json:"alloc_bytes"`
	// LiveBytes and LiveObjects are what is left in the heap after a collection, and
	// Full is the time of all processors that one takes.
	LiveBytes   int64         `json:"live_bytes"`
	LiveObjects int64         `json:"live_objects"`
	Full        time.Duration `json:"full_collection_ns"`
}

// share is the collector's part of the time, as measured. Few collections, or none,
// fall into a short span: see reckoned.
func (s *spell) share() float64 { return s.Collector.Seconds() / max(s.Busy.Seconds(), 1e-9) }

// reckoned is the collector's part of the time in the long run: with GOGC at 100 there
// is one collection for as many bytes of garbage as are live.
func (s *spell) reckoned() float64 {
	collector := s.Full.Seconds() * float64(s.Bytes) / float64(max(s.LiveBytes, 1))
	own := max(s.Busy-s.Collector, 1).Seconds()
	return collector / (collector + own)
}

// reading is what the runtime has counted since the process began.
type reading struct {
	at                           time.Time
	busy, collector, idle        time.Duration
	cycles                       int
	pauses                       *metrics.Float64Histogram
	allocs, bytes, live, objects int64
}

func read() reading {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/total:cpu-seconds"},
		{Name: "/cpu/classes/idle:cpu-seconds"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/sched/pauses/total/gc:seconds"},
		{Name: "/gc/heap/allocs:objects"},
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/gc/heap/objects:objects"},
	}
	metrics.Read(samples)
	seconds := func(i int) time.Duration { return time.Duration(samples[i].Value.Float64() * 1e9) }
	count := func(i int) int64 { return int64(samples[i].Value.Uint64()) }
	return reading{
		at: time.Now(), busy: seconds(0) - seconds(1), collector: seconds(2), idle: seconds(3), cycles: int(count(4)),
		pauses: samples[5].Value.Float64Histogram(), allocs: count(6), bytes: count(7), live: count(8), objects: count(9),
	}
}

// beginSpell forces a collection and begins a span; the function that it returns ends
// it, with two more.
func beginSpell() (end func() *spell) {
	runtime.GC()
	begin := read()
	return func() *spell {
		last := read()
		runtime.GC()
		settled := read()
		runtime.GC()
		after := read()
		s := &spell{
			// The forced one first waits for the end of one that is under way.
			Wall: last.at.Sub(begin.at), Cycles: settled.cycles - begin.cycles - 1,
			Pause: longest(begin.pauses, last.pauses), Allocs: last.allocs - begin.allocs, Bytes: last.bytes - begin.bytes,
			LiveBytes: after.live, LiveObjects: after.objects, Full: after.collector - settled.collector,
		}
		s.Busy = max(0, settled.busy-begin.busy-(after.busy-settled.busy))
		if s.Cycles > 0 {
			s.Collector = max(0, settled.collector-begin.collector-s.Full)
			s.Idle = min(s.Collector, max(0, settled.idle-begin.idle-(after.idle-settled.idle)))
		}
		return s
	}
}

// longest is the end of the last bucket that something was added to.
func longest(before, now *metrics.Float64Histogram) time.Duration {
	for i := len(now.Counts) - 1; i >= 0; i-- {
		if now.Counts[i] > before.Counts[i] {
			if end := now.Buckets[i+1]; !math.IsInf(end, 1) {
				return time.Duration(end * 1e9)
			}
			return time.Duration(now.Buckets[i] * 1e9)
		}
	}
	return 0
}
