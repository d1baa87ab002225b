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
	// IllTyped has, for each declared field, the number of sessions whose value, or an
	// element of it, is not of the field's type and so does not count as a value.
	// Fields without such sessions are left out; nil if there are none.
	IllTyped map[string]int
	// LeftOut is how many sessions have a member that the contract's answers leave out,
	// because its value has not the type that the public API gives it; see
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
	// Buffered is the number of titles that are not in a segment yet and are scanned,
	// Deleted the number of deleted titles that are still in one.
	Buffered, Deleted int
	// CacheBytes is the memory of the cached match sets.
	CacheBytes int
	// Seals and Merges count the segments built from fresh titles and from other
	// segments, Failures the segments that could not be built: their titles are
	// scanned.
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
		Segments: t.Segments, Bytes: t.SegmentBytes + t.BufferBytes, Buffered: t.Buffered, Deleted: t.Deleted,
		CacheBytes: t.CacheBytes, Seals: t.Seals, Merges: t.Merges, Failures: t.Failures,
	}
}

// WaitIndexed returns when the title index, and those of words that were asked for, have
// nothing left to do in the background and reads use what they have, or with the context's
// error. It waits for the writes that are under way. Answers are right before that too; use
// it before measuring, and not inside of Tx.
func (e *Engine) WaitIndexed(ctx context.Context) error {
	if e.cur.Load() == nil {
		return ErrClosed
	}
	if e.titles != nil {
		if err := e.titles.Wait(ctx); err != nil {
			return err
		}
	}
	if e.words != nil {
		if err := e.words.Wait(ctx); err != nil {
			return err
		}
	}
	// What is indexed is published by whoever has the turn: wait until that is done.
	if err := e.takeAlone(ctx); err != nil {
		return err
	}
	e.stale.Store(true)
	e.yieldTurn()
	return nil
}
