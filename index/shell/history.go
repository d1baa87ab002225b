package shell

import "sort"

// history holds the changes of the last versions, oldest first, so that a match
// set that is known for one of them can be brought up to date. It is persistent:
// entries are only ever appended behind those that others see.
type history struct {
	entries []entry
	since   uint64 // changes after this version are in entries
}

type entry struct {
	version uint64
	ord     uint32
	text    string
}

const (
	historyMax = 2048
	// The text of a change is kept alive by the history, so a large one ends it.
	historyText = 4096
)

func (h history) append(version uint64, changes []Change) history {
	if len(changes) > historyMax {
		return history{since: version}
	}
	for _, c := range changes {
		if len(c.Text) > historyText {
			return history{since: version}
		}
	}
	if len(h.entries)+len(changes) > cap(h.entries) {
		keep := h.entries
		if over := len(keep) + len(changes) - historyMax; over > 0 {
			// Of this version some may be left; it is not asked for any more.
			h.since = keep[over-1].version
			keep = keep[over:]
		}
		size := 64
		for size < 2*(len(keep)+len(changes)) {
			size *= 2
		}
		h.entries = append(make([]entry, 0, min(size, 2*historyMax)), keep...)
	}
	for _, c := range changes {
		h.entries = append(h.entries, entry{version, c.Ord, c.Text})
	}
	return h
}

// after returns the changes after a version, oldest first, and false if they are
// not all known.
func (h history) after(version uint64) ([]entry, bool) {
	if version < h.since {
		return nil, false
	}
	i := sort.Search(len(h.entries), func(i int) bool { return h.entries[i].version > version })
	return h.entries[i:], true
}
