package sessiondex

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex/internal/live"
	"github.com/sessiondex/sessiondex/query"
)

// EventKind says what an Event reports.
type EventKind string

// The kinds of events.
const (
	// Resync carries the whole window, which replaces the client's list. A watch begins
	// with it, unless it continues where another one ended.
	Resync EventKind = "resync"
	// Entered: a session is new in the window, at NewRank.
	Entered = EventKind(live.Entered)
	// Left: the session at OldRank is no longer in the window.
	Left = EventKind(live.Left)
	// Moved: a session went from OldRank to NewRank, and may have changed as well.
	Moved = EventKind(live.Moved)
	// Changed: the session at NewRank has changed.
	Changed = EventKind(live.Changed)
	// TotalChanged: no row has changed, but the number of matches has.
	TotalChanged EventKind = "total"
)

// Event is a change to a window of a listing: to the page that the query's Limit
// and Offset ask for.
//
// A client that keeps the window as a list applies events in the order in which
// they come: Left takes out the row at OldRank, Entered puts one in at NewRank,
// Moved takes one out at OldRank and puts it in at NewRank, Changed replaces the
// one at NewRank, and Resync replaces the list; Apply does it. Ranks are indexes into
// the list as it is at that moment; the first row of the window is 0. After an event
// that is Last, the list and the total are exactly those of List in this Version, and
// stay so until the version of the next event. Before that, a change is incomplete and
// should not be shown.
type Event struct {
	Kind EventKind `json:"kind"`
	// ID is the session's id; "" for Resync and TotalChanged. Session is the session as
	// it is now, and zero for Left.
	ID      string  `json:"id,omitzero"`
	Session Session `json:"session,omitzero"`
	// OldRank and NewRank are indexes into the window, -1 for none.
	OldRank int `json:"old_rank"`
	NewRank int `json:"new_rank"`
	// Version is the engine's version that the window shows, and Total the number of
	// matches in it.
	Version uint64 `json:"version"`
	Total   int    `json:"total"`
	// Last marks the last event of a version.
	Last bool `json:"last"`
	// Page is the whole window; only for Resync.
	Page *Page `json:"page,omitzero"`

	listing uint64 // a hash, for the token
}

// Token returns a token with which WatchOptions.After continues after this event; "" if
// the event is not the last of its version. It is short, URL-safe and opaque, and means
// nothing to another history or query: that of an engine from Open survives a restart.
func (ev Event) Token() string {
	if !ev.Last {
		return ""
	}
	return live.Token(ev.listing, ev.Version)
}

// Apply returns the list after the event. Like append, it changes the list in place
// where it can. The list must be the result of all events before.
func (ev Event) Apply(list []Session) []Session {
	switch ev.Kind {
	case Resync:
		return slices.Clone(ev.Page.Items)
	case Entered:
		return slices.Insert(list, ev.NewRank, ev.Session)
	case Left:
		return slices.Delete(list, ev.OldRank, ev.OldRank+1)
	case Moved:
		return slices.Insert(slices.Delete(list, ev.OldRank, ev.OldRank+1), ev.NewRank, ev.Session)
	case Changed:
		list[ev.NewRank] = ev.Session
	}
	return list
}

// WatchOptions tune a watch. A zero field means its default, and a nil
// *WatchOptions all defaults.
type WatchOptions struct {
	// After is the token of the event after which the watch continues. If the window
	// has not changed since, the watch begins with the next change. If it has, or if
	// the event is too long ago to know, or if the token is of another engine or query,
	// the watch begins with a Resync, as without a token.
	After string
	// MinInterval is the shortest time from one version to the next, which limits how
	// often a busy listing changes. Changes in between are delivered together. Default
	// 0: every change as soon as the reader is ready for it.
	MinInterval time.Duration
	// Group names the party whose watch this is, where several share an engine. The
	// windows of one group take a bounded part of the work that all watches wait for,
	// and are computed by at most half of the processors. Watches of the same query
	// share their work within a group. Default "": no group, and no such bound.
	Group string
}

func (o *WatchOptions) withDefaults() (WatchOptions, error) {
	var out WatchOptions
	if o != nil {
		out = *o
	}
	if out.MinInterval < 0 {
		return out, fmt.Errorf("sessiondex: invalid options: MinInterval: must not be negative, got %v", out.MinInterval)
	}
	return out, nil
}

// Watch yields the changes to one listing as they happen: to the window that the
// query's Limit and Offset ask for, and to the total. It begins with the whole window
// (Resync) and continues until the loop ends, the context ends, or the engine is
// closed; the context's error or ErrClosed comes last. A query that List refuses, or
// one with a cursor, is refused with a *query.Error.
//
//	for ev, err := range engine.Watch(ctx, query.Query{AppID: "billing"}, nil) {
//		if err != nil {
//			return err
//		}
//		rows = ev.Apply(rows)
//		if ev.Last {
//			show(rows, ev.Total)
//		}
//	}
//
// Nothing accumulates between two steps of the loop: a reader that is slower than the
// writers gets the difference between its window and the current one, in one step. So a
// watch keeps one window's sessions and no more, and never makes a writer wait.
// Versions with the same window are skipped, and a session that left and came back
// between two steps may be reported as moved, changed, or not at all.
//
// A write costs the writer some 30 ns for all watches together, and nothing if
// there are none. In the background each written session is tested against the listings
// that it could belong to, some 30 ns each: those that ask for its application,
// workspace or state, for example, and those without such a condition. With 10,000
// watches of other applications that is 1 µs in all, with 10,000 different keywords
// 0.25 ms, and never more than half of one processor: faster writes are tested
// together, once per millisecond or per twice the time that testing takes. A watch is
// woken if the session could be in its window or change the total, and then costs one
// page. Watches of the same query and window share all of that.
func (e *Engine) Watch(ctx context.Context, q query.Query, o *WatchOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if err := e.watch(ctx, q, o, yield); err != nil {
			yield(Event{OldRank: -1, NewRank: -1}, err)
		}
	}
}

// watch returns nil when the loop ended.
func (e *Engine) watch(ctx context.Context, q query.Query, o *WatchOptions, yield func(Event, error) bool) error {
	options, err := o.withDefaults()
	if err != nil {
		return err
	}
	w, err := e.watches.JoinGroup(ctx, options.Group, q, options.After)
	if err != nil {
		return watchError(err)
	}
	defer w.Leave()
	for {
		next, err := w.Next(ctx)
		if err != nil {
			return watchError(err)
		}
		delivered := false
		for ev := range events(w, next) {
			if err := e.shared.members.event(&ev); err != nil {
				return err
			}
			if !yield(ev, nil) {
				return nil
			}
			delivered = true
		}
		w.Has(next)
		if delivered && options.MinInterval > 0 {
			if err := w.Pause(ctx, options.MinInterval); err != nil {
				return watchError(err)
			}
		}
	}
}

func watchError(err error) error {
	if errors.Is(err, live.ErrClosed) {
		return ErrClosed
	}
	return err
}

// events yields the events that lead from the reader's window to the next.
func events(w *live.Watcher, next *live.Window) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		blank := Event{OldRank: -1, NewRank: -1, Version: next.Version(), Total: next.Total, listing: w.Listing()}
		had := w.Window()
		if had == nil {
			ev := blank
			ev.Kind, ev.Last, ev.Page = Resync, true, windowPage(w, next)
			yield(ev)
			return
		}
		edits := next.Edits(had)
		for i, e := range edits {
			ev := blank
			ev.Kind, ev.OldRank, ev.NewRank, ev.Last = EventKind(e.Kind), e.OldRank, e.NewRank, i == len(edits)-1
			if e.Kind == live.Left {
				ev.ID = had.Rows[e.Row].ID()
			} else {
				row := next.Rows[e.Row].Entry()
				restore(&ev.Session, &row)
				ev.ID = ev.Session.ID
			}
			if !yield(ev) {
				return
			}
		}
		if len(edits) == 0 && had.Total != next.Total {
			ev := blank
			ev.Kind, ev.Last = TotalChanged, true
			yield(ev)
		}
	}
}

// windowPage returns a window as List would.
func windowPage(w *live.Watcher, window *live.Window) *Page {
	q := w.Query()
	p := &Page{
		Items: make([]Session, len(window.Rows)), Limit: q.Limit, Offset: q.Offset, Total: window.Total,
		HasMore: window.NextCursor != "", NextCursor: window.NextCursor, PrevCursor: window.PrevCursor,
	}
	for i := range window.Rows {
		e := window.Rows[i].Entry()
		restore(&p.Items[i], &e)
	}
	if p.HasMore {
		next := p.Offset + len(p.Items)
		p.NextOffset = &next
	}
	return p
}
