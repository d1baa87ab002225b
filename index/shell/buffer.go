package shell

import "sync/atomic"

// memtable is a stretch of the buffer: fresh texts in the order in which they
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
	died     *died             // where what is sealing the memtable hears of removals; nil: nothing is
	failed   bool              // sealing has failed; it stays and is scanned
}

const memChunkLen = 256

type memChunk struct {
	ords  [memChunkLen]uint32
	texts [memChunkLen]string
	gone  [memChunkLen]atomic.Uint64 // the version that took the text away; 0: none
}

func newMemtable(capacity int) *memtable {
	return &memtable{at: make(map[uint32]uint32, capacity), min: 1<<32 - 1}
}

func (m *memtable) append(ord uint32, text string) {
	i := m.n % memChunkLen
	if i == 0 {
		m.chunks = append(m.chunks, new(memChunk))
	}
	c := m.chunks[len(m.chunks)-1]
	c.ords[i], c.texts[i] = ord, text
	m.at[ord] = uint32(m.n)
	m.n++
	m.bytes += len(text)
	m.min, m.max = min(m.min, ord), max(m.max, ord)
}

// remove takes the live text of an ordinal away as of a version and reports
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
	if m.died != nil {
		m.died.ords = append(m.died.ords, ord)
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

// died collects the ordinals whose text in the sources of a job goes away while it
// runs. Under Index.mu.
type died struct{ ords []uint32 }

// each calls f with the entries that are live at a version, in chunks of at most
// memChunkLen between which goOn is asked.
func (v memView) each(version uint64, goOn func() bool, f func(ord uint32, text string)) bool {
	for k, c := range v.chunks {
		if !goOn() {
			return false
		}
		for i := range min(memChunkLen, v.n-k*memChunkLen) {
			if gone := c.gone[i].Load(); gone == 0 || gone > version {
				f(c.ords[i], c.texts[i])
			}
		}
	}
	return true
}
