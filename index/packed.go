package index

// Packed is a session as one view had it. It can be kept without the view: it keeps
// only the session's own strings alive, which later views share unless they changed.
// The zero Packed is no session. Immutable, 72 bytes plus the strings.
type Packed struct {
	slot   slot
	layout *layout
}

// Packed returns the session at an ordinal in use.
func (v *View) Packed(ord uint32) Packed { return Packed{*v.slots.at(ord), v.layout} }

// FindPacked returns the session with an id, or the zero Packed. O(log n).
func (v *View) FindPacked(id string) Packed {
	if ord, ok := v.Find(id); ok {
		return v.Packed(ord)
	}
	return Packed{}
}

// Used reports whether there is a session.
func (p *Packed) Used() bool { return p.slot.used() }

// ID returns the session's id.
func (p *Packed) ID() string { return p.slot.id() }

// Entry returns the session's entry, without copying its strings.
func (p *Packed) Entry() Entry { return p.slot.entry() }

// Folded returns the folded title.
func (p *Packed) Folded() string { return p.slot.folded() }

// Key returns the sort key.
func (p *Packed) Key(by Order) Key { return p.layout.key(&p.slot, by) }

// Compare orders two sessions, of whatever views of one writer.
func (p *Packed) Compare(by Order, q *Packed) int {
	if c := p.layout.cell(&p.slot, by).compare(p.layout.cell(&q.slot, by)); c != 0 {
		return c
	}
	return p.layout.compareRest(&p.slot, &q.slot, by)
}

// Same reports whether p and q are the same in every member, or both are no session. It
// costs almost nothing if no write between the two views touched the session.
func (p *Packed) Same(q *Packed) bool { return p.slot == q.slot }

// Bytes returns how much memory the session's strings take, including an Extra that is
// kept elsewhere, since that may be held as long as the session is.
func (p *Packed) Bytes() int {
	n := len(p.slot.text) + len(p.slot.rest)
	if n == 0 {
		return 0
	}
	var e Entry
	splitRest(p.slot.rest, &e)
	return n + extraBytes(e.Extra)
}
