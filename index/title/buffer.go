package title

import "sync/atomic"

// memtable is a stretch of the buffer: fresh titles in the order in which they
// came, not indexed. The writer appends to it; a View sees the first n entries.
//
// An entry that was replaced or removed is stamped with the version that did so.
// A View sees the entries that had no stamp at its own version, so a stamp never
// changes what an older View sees, and nothing has to be copied.
type memtable struct {
	chunks []*memChunk
	n      int
	bytes  int // of text

	// Of the writer, under Index.mu.
	at       map[uint32]uint32 // the live entry of an ordinal
	min, max uint32            // bounds of the ordinals that were ever in
	job      *job              // what is sealing the memtable
	failed   bool              // sealing has failed; it stays and is scanned
}

const memChunkLen = 256

type memChunk struct {
	ords   [memChunkLen]uint32
	titles [memChunkLen]string
	gone   [memChunkLen]atomic.Uint64 // the version that took the title away; 0: none
}

func newMemtable(room int) *memtable {
	return &memtable{at: make(map[uint32]uint32, room), min: 1<<32 - 1}
}

func (m *memtable) append(ord uint32, title string) {
	i := m.n % memChunkLen
	if i == 0 {
		m.chunks = append(m.chunks, new(memChunk))
	}
	c := m.chunks[len(m.chunks)-1]
	c.ords[i], c.titles[i] = ord, title
	m.at[ord] = uint32(m.n)
	m.n++
	m.bytes += len(title)
	m.min, m.max = min(m.min, ord), max(m.max, ord)
}

// remove takes the live title of an ordinal away as of a version and reports
// whether there was one.
func (m *memtable) remove(ord uint32, version uint64) bool {
	if ord < m.min || ord > m.max {
		return false
	}
	i, ok := m.at[ord]
	if !ok {
		return false
	}
	m.chunks[i/memChunkLen].gone[i%memChunkLen].Store(version)
	delete(m.at, ord)
	if m.job != nil {
		m.job.died = append(m.job.died, ord)
	}
	return true
}

// live returns the number of live entries in the writer's version.
func (m *memtable) live() int { return len(m.at) }

// memView is a memtable as one View sees it.
type memView struct {
	table  *memtable
	chunks []*memChunk
	n      int
}

func (m *memtable) view() memView { return memView{m, m.chunks, m.n} }

// each calls f with the entries that are live at a version, in chunks of at most
// memChunkLen between which goOn is asked.
func (v memView) each(version uint64, goOn func() bool, f func(ord uint32, title string)) bool {
	for k, c := range v.chunks {
		if !goOn() {
			return false
		}
		for i := range min(memChunkLen, v.n-k*memChunkLen) {
			if gone := c.gone[i].Load(); gone == 0 || gone > version {
				f(c.ords[i], c.titles[i])
			}
		}
	}
	return true
}
