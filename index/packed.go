package index

// Packed is a session as one view had it. It can be kept without the view: it
// holds on to the session's own strings, which later views share where they did
// not change, and to nothing else. The zero Packed is no session. Immutable, 64
// bytes besides the strings.
type Packed struct{ slot slot }

// Packed returns the session at an ordinal in use.
func (v *View) Packed(ord uint32) Packed { return Packed{*v.slots.at(ord)} }

// FindPacked returns the session that has an id, or the zero Packed. O(log n).
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

// Entry returns all that is known of the session, without a copy of its strings.
func (p *Packed) Entry() Entry { return p.slot.entry() }

// Folded returns the folded title.
func (p *Packed) Folded() string { return p.slot.folded() }

// Key returns the sort key.
func (p *Packed) Key(by Order) Key { return p.slot.key(by) }

// Compare orders two sessions, of whatever views.
func (p *Packed) Compare(by Order, q *Packed) int { return compareSlots(by, &p.slot, &q.slot) }

// Same reports whether p and q are the same in every member, or both none. Next
// to nothing if the second view has left the session alone.
func (p *Packed) Same(q *Packed) bool { return p.slot == q.slot }

// ValueOf returns one value of the session at an ordinal in use.
func (v *View) ValueOf(f Field, ord uint32) string { return v.slots.at(ord).value(f) }

// Bytes returns how much memory the session's strings take.
func (p *Packed) Bytes() int { return len(p.slot.text) + len(p.slot.rest) }
