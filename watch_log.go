package sessiondex

import "github.com/sessiondex/sessiondex/index"

// change is what a session was in one of the hub's versions and is in the next.
type change struct{ old, now index.Packed }

// sight is a session as matchers want to see it.
type sight struct {
	there  bool
	packed *index.Packed
	entry  index.Entry
	folded string
}

// sights are a session before and after a change.
type sights struct {
	old, now sight
	alike    bool // to every matcher
}

func (c *change) sights() sights {
	s := sights{old: sightOf(&c.old), now: sightOf(&c.now)}
	s.alike = s.old.there == s.now.there && s.old.entry.Values == s.now.entry.Values && s.old.entry.Kind == s.now.entry.Kind &&
		s.old.entry.Created == s.now.entry.Created && s.old.folded == s.now.folded
	return s
}

func sightOf(p *index.Packed) sight {
	if !p.Used() {
		return sight{}
	}
	return sight{there: true, packed: p, entry: p.Entry(), folded: p.Folded()}
}

// changeLog holds the latest changes, as many as fit.
type changeLog struct {
	base    uint64 // the version before the first batch
	batches []batch
	changes int
	bytes   int
}

// batch leads from the version of the batch before to its own.
type batch struct {
	version uint64
	changes []change
	bytes   int
}

// Bounds of a log: they limit its memory, since changes hold on to sessions that
// are gone or were different.
const (
	maxLogChanges = 4096
	maxLogBytes   = 16 << 20
)

// reset forgets everything; the log goes on from the version.
func (l *changeLog) reset(version uint64) { *l = changeLog{base: version} }

func (l *changeLog) append(version uint64, changes []change) {
	b := batch{version: version, changes: changes}
	for i := range changes {
		b.bytes += changes[i].old.Bytes() + changes[i].now.Bytes()
	}
	l.batches = append(l.batches, b)
	l.changes += len(changes) + 1
	l.bytes += b.bytes
	for l.changes > maxLogChanges || l.bytes > maxLogBytes {
		first := &l.batches[0]
		l.base = first.version
		l.changes -= len(first.changes) + 1
		l.bytes -= first.bytes
		*first = batch{}
		l.batches = l.batches[1:]
	}
}

// after returns what came after a version; not ok if the log does not know.
func (l *changeLog) after(version uint64) (batches []batch, ok bool) {
	if version == l.base {
		return l.batches, true
	}
	for i := len(l.batches) - 1; i >= 0; i-- {
		switch {
		case l.batches[i].version == version:
			return l.batches[i+1:], true
		case l.batches[i].version < version:
			return nil, false
		}
	}
	return nil, false
}
