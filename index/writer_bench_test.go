package index

import (
	"flag"
	"fmt"
	"testing"
)

var benchEntries = flag.Int("entries", 100_000, "how many sessions the benchmarks of writes run on")

// benchEntry returns an entry of a typical store: few states, channels and types, hundreds
// of applications, and a tenth of the sessions hidden.
func benchEntry(i int) Entry {
	e := Entry{ID: fmt.Sprintf("session-%08d", i*7919%10_000_019), Title: fmt.Sprintf("Review %d of invoice %d", i%97, i), Created: second(i), Updated: second(i * 31 % 1_000_003)}
	e.Values[State] = [...]string{"running", "completed", "failed", "queued"}[i%4]
	e.Values[SourceChannel] = [...]string{"web", "api", "agent_email"}[i%3]
	e.Values[SessionType] = [...]string{"session", "video_session"}[i%2]
	e.Values[App] = fmt.Sprint("app-", i%300)
	e.Values[Workspace] = fmt.Sprint("workspace-", i%20)
	if i%10 == 0 {
		e.Kind = Task
	}
	return e
}

func benchWriter(b *testing.B) (*Writer, []Entry) {
	b.Helper()
	entries := make([]Entry, *benchEntries)
	for i := range entries {
		entries[i] = benchEntry(i)
	}
	w := NewWriter(nil, nil)
	w.Put(entries)
	return w, entries
}

// BenchmarkPut writes one session, or many, into a store of many. What is new is a
// value that no session had before: it must cost about what a known one does. All but
// state-alone move updated_at as well.
func BenchmarkPut(b *testing.B) {
	w, entries := benchWriter(b)
	updates := 0 // counted across the benchmarks, so that each update moves its session
	set := func(f int, value string) func(e *Entry, i int) {
		return func(e *Entry, i int) { e.Values[f] = value }
	}
	fresh := func(f int) func(e *Entry, i int) {
		return func(e *Entry, i int) { e.Values[f] = fmt.Sprint("never seen ", i) }
	}
	for _, bench := range []struct {
		name   string
		n      int
		change func(e *Entry, i int)
	}{
		{"state-alone", 1, func(e *Entry, i int) { e.Values[State] = [...]string{"running", "completed", "failed"}[i%3] }},
		{"touch", 1, func(*Entry, int) {}},
		{"state", 1, func(e *Entry, i int) { e.Values[State] = [...]string{"running", "completed"}[i%2] }},
		{"new-state", 1, fresh(State)},
		{"new-channel", 1, fresh(SourceChannel)},
		{"known-app", 1, set(App, "app-7")},
		{"new-app", 1, fresh(App)},
		{"known-workspace", 1, set(Workspace, "workspace-7")},
		{"new-workspace", 1, fresh(Workspace)},
		{"batch-1000", 1000, func(e *Entry, i int) { e.Values[State] = [...]string{"running", "completed"}[i%2] }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			k := 0
			batch := make([]Entry, bench.n)
			for b.Loop() {
				for i := range batch {
					at := k * 7919 % len(entries)
					k++
					e := entries[at]
					if bench.name != "state-alone" {
						updates++
						e.Updated = second(2_000_000 + updates)
					}
					bench.change(&e, k)
					batch[i] = e
				}
				w.Put(batch)
			}
		})
	}
}
