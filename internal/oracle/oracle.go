// Package oracle answers listings in the plainest way: filter every session, sort,
// slice. Tests compare the engine with it, so it shares no code with the engine except
// the types of sessions and queries and the folding of text. It is written to be
// compared with the contract, not to be fast: a listing costs a pass over all sessions
// and a sort of the matches.
package oracle

import (
	"maps"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/query"
)

// Oracle holds sessions. The zero Oracle is empty and ready to use. Concurrent reads
// are safe, but not during a write.
type Oracle struct {
	// Fold is how titles are compared; set it before the first Put.
	Fold sessiondex.Fold

	rows map[string]row
}

type row struct {
	sessiondex.Session
	form   fold.Form
	folded string // the title, folded once
}

// Put inserts sessions or replaces those with the same ids, one after another. They
// must be valid. As in the engine's answers, an empty SessionType becomes "session",
// and times are in UTC without a monotonic reading.
func (o *Oracle) Put(sessions ...sessiondex.Session) {
	if o.rows == nil {
		o.rows = make(map[string]row, len(sessions))
	}
	for _, s := range sessions {
		if s.SessionType == "" {
			s.SessionType = "session"
		}
		s.CreatedAt = s.CreatedAt.Round(0).UTC()
		s.UpdatedAt = s.UpdatedAt.Round(0).UTC()
		form := fold.Form(o.Fold)
		o.rows[s.ID] = row{s, form, form.Fold(s.Title)}
	}
}

// Delete removes sessions and returns how many of the ids existed.
func (o *Oracle) Delete(ids ...string) int {
	before := len(o.rows)
	for _, id := range ids {
		delete(o.rows, id)
	}
	return before - len(o.rows)
}

// Clone returns a copy that later writes to o do not change, and vice versa: the
// counterpart of a snapshot.
func (o *Oracle) Clone() *Oracle { return &Oracle{o.Fold, maps.Clone(o.rows)} }

// Get returns the session with this id.
func (o *Oracle) Get(id string) (sessiondex.Session, bool) {
	r, ok := o.rows[id]
	return r.Session, ok
}

// Len returns the number of sessions.
func (o *Oracle) Len() int { return len(o.rows) }

// List returns the page that a valid query without a cursor asks for. The page's
// cursors are empty, since their form is up to the engine; everything else must equal
// the engine's page.
func (o *Oracle) List(q query.Query) sessiondex.Page {
	all := o.All(q)
	page := sessiondex.Page{
		Items:  []sessiondex.Session{},
		Limit:  q.Limit,
		Offset: q.Offset,
		Total:  len(all),
	}
	if page.Limit == 0 {
		page.Limit = 50
	}
	if page.Offset >= len(all) {
		return page
	}
	rest := all[page.Offset:]
	page.Items = rest[:min(page.Limit, len(rest))]
	if len(page.Items) < len(rest) {
		next := page.Offset + len(page.Items)
		page.HasMore, page.NextOffset = true, &next
	}
	return page
}

// All returns every match in order, whatever the query's Limit, Offset and Cursor.
func (o *Oracle) All(q query.Query) []sessiondex.Session {
	var matches []row
	for _, r := range o.rows {
		if visible(r, q) && matchesRest(r, q, nothing) {
			matches = append(matches, r)
		}
	}
	slices.SortFunc(matches, func(a, b row) int {
		if q.SortDirection == "asc" {
			return compare(a, b, q.SortBy)
		}
		return compare(b, a, q.SortBy)
	})
	out := make([]sessiondex.Session, len(matches))
	for i, r := range matches {
		out[i] = r.Session
	}
	return out
}

// compare is the ascending order. Ids are unique, so different rows are never equal.
func compare(a, b row, by query.SortField) int {
	c := 0
	switch by {
	case "title":
		if c = strings.Compare(a.folded, b.folded); c == 0 {
			c = strings.Compare(a.Title, b.Title)
		}
	case "created_at":
		c = a.CreatedAt.Compare(b.CreatedAt)
	default:
		c = a.UpdatedAt.Compare(b.UpdatedAt)
	}
	if c == 0 {
		c = strings.Compare(a.ID, b.ID)
	}
	return c
}
