package sessiondex

import "context"

// Stats describes the newest version of an engine.
type Stats struct {
	// Sessions is the number of sessions, hidden ones included.
	Sessions int
	// Version counts the writes that led here.
	Version uint64
	// SessionBytes is the size of the sessions themselves, their folded titles
	// included, without any index.
	SessionBytes int64
	// IllTyped says, by declared field, how many sessions have a value there, or an
	// element of a list, that is not of the field's type and so is none. Fields without
	// such sessions are left out; nil if there are none.
	IllTyped map[string]int
	// LeftOut is how many sessions have a member that the public API's types know and
	// whose value is of another type, so that the contract's answers leave it out; see
	// Session.AppendContractJSON.
	LeftOut int
	// Titles describes the title index; zero with Options.ScanTitles.
	Titles TitleStats
}

// TitleStats describes a title index.
type TitleStats struct {
	// Segments is the number of immutable segments, and Bytes an estimate of their
	// memory without the titles' own text.
	Segments, Bytes int
	// Buffered is the number of titles that are not in a segment yet and are
	// scanned, Dead of those that are gone but still in one.
	Buffered, Dead int
	// CacheBytes is the memory of the match sets that are kept.
	CacheBytes int
	// Seals and Merges count the segments built from fresh titles and from other
	// segments, Failures those that could not be built: their titles are scanned.
	Seals, Merges, Failures uint64
}

// Stats describes the newest version; zero once closed. O(1).
func (e *Engine) Stats() Stats {
	v := e.cur.Load()
	if v == nil {
		return Stats{}
	}
	s := Stats{Sessions: v.Len(), Version: v.Version(), SessionBytes: v.TextBytes(), LeftOut: v.Noted()}
	for row := range v.Schema().Declared() {
		if n := v.IllTyped(row.Index); n > 0 {
			if s.IllTyped == nil {
				s.IllTyped = make(map[string]int)
			}
			s.IllTyped[row.Name] = n
		}
	}
	s.Titles = e.titleStats()
	return s
}

func (e *Engine) titleStats() TitleStats {
	if e.titles == nil {
		return TitleStats{}
	}
	t := e.titles.Stats()
	return TitleStats{
		Segments: t.Segments, Bytes: t.SegmentBytes + t.BufferBytes, Buffered: t.Buffered, Dead: t.Deleted,
		CacheBytes: t.CacheBytes, Seals: t.Seals, Merges: t.Merges, Failures: t.Failures,
	}
}

// WaitIndexed returns when the title index has nothing left to do in the
// background, or with the context's error. Answers are right before that too; it
// is for measuring.
func (e *Engine) WaitIndexed(ctx context.Context) error {
	if e.cur.Load() == nil {
		return ErrClosed
	}
	if e.titles == nil {
		return ctx.Err()
	}
	return e.titles.Wait(ctx)
}
