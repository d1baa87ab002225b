package live

import "github.com/sessiondex/sessiondex/index"

// Change is what a session was in one version and is in a later one.
type Change struct{ Before, After index.Packed }

// sight is a session as matchers want to see it.
type sight struct {
	there  bool
	packed *index.Packed
	entry  index.Entry
	folded string
}

// sights are a session before and after a change.
type sights struct {
	before, after sight
	alike         bool // to every matcher that does not ask for the time of the update
}

func (c *Change) sights() sights {
	s := sights{before: sightOf(&c.Before), after: sightOf(&c.After)}
	s.alike = s.before.there == s.after.there && s.before.entry.Values == s.after.entry.Values && s.before.entry.Kind == s.after.entry.Kind && s.before.entry.Members == s.after.entry.Members &&
		s.before.entry.Created == s.after.entry.Created && s.before.folded == s.after.folded
	return s
}

func sightOf(p *index.Packed) sight {
	if !p.Used() {
		return sight{}
	}
	return sight{there: true, packed: p, entry: p.Entry(), folded: p.Folded()}
}

// Log holds the latest changes, as many as fit.
type Log struct {
	base    uint64 // the version before the first batch
	batches []Batch
	changes int
	bytes   int
}

// Batch leads from the version of the batch before to its own.
type Batch struct {
	Version uint64
	Changes []Change
	bytes   int
}

// Bounds of a log: they limit its memory, since changes hold on to sessions that
// are gone or were different.
const (
	MaxLogChanges = 4096
	maxLogBytes   = 16 << 20
)

// Reset forgets everything; the log goes on from the version.
func (l *Log) Reset(version uint64) { *l = Log{base: version} }

// Append adds the batch that leads to a version. The log keeps the changes.
func (l *Log) Append(version uint64, changes []Change) {
	b := Batch{Version: version, Changes: changes}
	for i := range changes {
		b.bytes += changes[i].Before.Bytes() + changes[i].After.Bytes()
	}
	l.batches = append(l.batches, b)
	l.changes += len(changes) + 1
	l.bytes += b.bytes
	for l.changes > MaxLogChanges || l.bytes > maxLogBytes {
		first := &l.batches[0]
		l.base = first.Version
		l.changes -= len(first.Changes) + 1
		l.bytes -= first.bytes
		*first = Batch{}
		l.batches = l.batches[1:]
	}
}

// After returns what came after a version; not ok if the log does not know.
func (l *Log) After(version uint64) (batches []Batch, ok bool) {
	if version == l.base {
		return l.batches, true
	}
	for i := len(l.batches) - 1; i >= 0; i-- {
		switch {
		case l.batches[i].Version == version:
			return l.batches[i+1:], true
		case l.batches[i].Version < version:
			return nil, false
		}
	}
	return nil, false
}

// Base returns the version before the first batch.
func (l *Log) Base() uint64 { return l.base }
