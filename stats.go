package sessiondex

// Stats describes the newest version of an engine.
type Stats struct {
	// Sessions is the number of sessions, hidden ones included.
	Sessions int
	// Version counts the writes that led here.
	Version uint64
	// SessionBytes is the size of the sessions themselves, their folded titles
	// included, without any index.
	SessionBytes int64
}

// Stats describes the newest version; zero once closed. O(1).
func (e *Engine) Stats() Stats {
	v := e.cur.Load()
	if v == nil {
		return Stats{}
	}
	return Stats{Sessions: v.Len(), Version: v.Version(), SessionBytes: v.TextBytes()}
}
