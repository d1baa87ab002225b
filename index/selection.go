package index

// Selection is the sessions of an ordering that are of some classes. It knows how
// many there are and gives any of them by its position among them, without a
// look at those before: it adds up the counts of groups and blocks and reads
// sessions in a block or two only. The zero Selection selects nothing.
type Selection struct {
	o       *Ordering
	slots   *slots
	classes *ClassSet // nil: all
	n       int
	sums    []int32 // by group: its sessions; nil where the ordering does not count
}

// Select returns the sessions of an ordering by update that are of some classes, all
// if those are nil. O(groups × classes), microseconds at a million sessions; of an
// ordering of a block or less, and of one by another key, it reads every session's
// class.
func (v *View) Select(o *Ordering, classes *ClassSet) Selection {
	s := Selection{o: o, slots: &v.slots, classes: classes, n: o.n}
	switch {
	case classes == nil:
	case o.counted:
		s.n = 0
		s.sums = make([]int32, len(o.groups))
		for i, g := range o.groups {
			n := sum(classes, g.counts)
			s.sums[i] = int32(n)
			s.n += n
		}
	default:
		s.n = 0
		o.Ascend(0, o.n, func(run []uint32) bool {
			s.n += s.count(run)
			return true
		})
	}
	return s
}

// Ordering returns the ordering that is selected from.
func (s *Selection) Ordering() *Ordering { return s.o }

// Len returns the number of sessions. O(1).
func (s *Selection) Len() int { return s.n }

// All reports whether every session of the ordering is selected whatever its class.
func (s *Selection) All() bool { return s.classes == nil }

// Has reports whether the class of a session, which must be in the ordering, is selected.
func (s *Selection) Has(ord uint32) bool {
	return s.classes == nil || s.classes.has(s.slots.class(ord))
}

func (s *Selection) count(run []uint32) int {
	n := 0
	bits, classes := &s.classes.bits, &s.slots.classes
	for _, ord := range run {
		c := classes.at(ord)
		// Added, not branched upon: whether a session is selected is anybody's guess.
		n += int(bits[c>>6%uint16(len(bits))] >> (c & 63) & 1)
	}
	return n
}

// blockLen returns how many sessions of a block are selected.
func (s *Selection) blockLen(b *block) int {
	if s.o.counted {
		return sum(s.classes, b.counts)
	}
	return s.count(b.ords)
}

// AppendRange appends the selected ordinals at positions, among the selected, from up
// to but not including to. It returns how many sessions it read as well.
func (s *Selection) AppendRange(dst []uint32, from, to int) (ords []uint32, read int) {
	from, to = max(from, 0), min(to, s.n)
	if from >= to {
		return dst, 0
	}
	if s.classes == nil {
		return s.o.AppendRange(dst, from, to), to - from
	}
	pos := 0
	for i, g := range s.o.groups {
		if s.sums != nil && pos+int(s.sums[i]) <= from {
			pos += int(s.sums[i])
			continue
		}
		for _, b := range g.blocks {
			n := s.blockLen(b)
			if n == 0 || pos+n <= from {
				pos += n
				continue
			}
			read += len(b.ords)
			for _, ord := range b.ords {
				if !s.classes.has(s.slots.class(ord)) {
					continue
				}
				if pos >= from {
					dst = append(dst, ord)
				}
				if pos++; pos == to {
					return dst, read
				}
			}
		}
	}
	return dst, read
}

// Rank returns how many of the selected have a key below k.
func (s *Selection) Rank(k Key) int {
	o := s.o
	if s.classes == nil || o.n == 0 {
		return o.rank(s.slots, &k)
	}
	gi := o.findGroup(&k)
	g := o.groups[gi]
	bi := g.find(o.by, &k)
	n := 0
	for i := range gi {
		if s.sums != nil {
			n += int(s.sums[i])
			continue
		}
		for _, b := range o.groups[i].blocks {
			n += s.count(b.ords)
		}
	}
	for _, b := range g.blocks[:bi] {
		n += s.blockLen(b)
	}
	b := g.blocks[bi]
	return n + s.count(b.ords[:searchBlock(o.by, s.slots, b.ords, &k)])
}
