package title

import "math/bits"

// deadSet says which titles of a segment are gone. It is persistent: an edit
// copies what it touches, and other Views keep theirs. nil is the empty set.
type deadSet struct {
	n      int
	chunks []*deadChunk // by title number / deadChunkBits; nil: none are dead
}

const deadChunkBits = 4096

type deadChunk [deadChunkBits / 64]uint64

func (d *deadSet) len() int {
	if d == nil {
		return 0
	}
	return d.n
}

func (d *deadSet) has(doc uint32) bool {
	if d == nil {
		return false
	}
	c := d.chunks[doc/deadChunkBits]
	return c != nil && c[doc/64%(deadChunkBits/64)]>>(doc&63)&1 != 0
}

// remove takes the dead out of a bit array of titles.
func (d *deadSet) remove(words []uint64) {
	if d == nil || words == nil {
		return
	}
	for i, c := range d.chunks {
		if c == nil {
			continue
		}
		w := words[i*len(c):]
		w = w[:min(len(w), len(c))]
		for k := range w {
			w[k] &^= c[k]
		}
	}
}

// deadEdit is a deadSet being changed; it copies each chunk at most once.
type deadEdit struct {
	set   *deadSet
	owned []bool
}

func editDead(d *deadSet, titles int) *deadEdit {
	chunks := (titles + deadChunkBits - 1) / deadChunkBits
	e := &deadEdit{&deadSet{chunks: make([]*deadChunk, chunks)}, make([]bool, chunks)}
	if d != nil {
		e.set.n = d.n
		copy(e.set.chunks, d.chunks)
	}
	return e
}

// add reports whether the title was alive.
func (e *deadEdit) add(doc uint32) bool {
	i := doc / deadChunkBits
	if !e.owned[i] {
		c := new(deadChunk)
		if old := e.set.chunks[i]; old != nil {
			*c = *old
		}
		e.set.chunks[i], e.owned[i] = c, true
	}
	w := &e.set.chunks[i][doc/64%(deadChunkBits/64)]
	if *w>>(doc&63)&1 != 0 {
		return false
	}
	*w |= 1 << (doc & 63)
	e.set.n++
	return true
}

// check counts the dead.
func (d *deadSet) check() bool {
	if d == nil {
		return true
	}
	n := 0
	for _, c := range d.chunks {
		if c != nil {
			for _, w := range c {
				n += bits.OnesCount64(w)
			}
		}
	}
	return n == d.n
}
