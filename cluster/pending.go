package cluster

import (
	"errors"
	"slices"

	"github.com/sessiondex/sessiondex"
)

// pending are the messages that were read and are not in the engine yet, folded: one change
// for each id.
type pending struct {
	changes map[string]*change
	bytes   int // about what they take
}

// change is what becomes of an id.
type change struct {
	put *sessiondex.Session // nil: deleted
	// gone are the tokens of the workspaces that it was deleted from before. A deletion
	// counts only for a session that is still in that workspace; it is always counted if
	// the session was put, there, by a change that it took the place of.
	gone   []string
	always bool
	// rivals are sessions of the id that were put in other workspaces before, and not
	// deleted there since.
	rivals []sessiondex.Session
}

func (p *pending) add(e *entry) {
	if e.op != opPut && e.op != opDelete {
		return
	}
	if p.changes == nil {
		p.changes = make(map[string]*change)
	}
	id := e.id
	if e.op == opPut {
		id = e.session.ID
	}
	c := p.changes[id]
	if c == nil {
		c = &change{}
		p.changes[id] = c
		p.bytes += 200
	}
	if e.op == opDelete {
		c.rivals = slices.DeleteFunc(c.rivals, func(s sessiondex.Session) bool { return token(s.WorkspaceID) == e.address.workspace })
	}
	switch {
	case e.op == opPut:
		s := e.session
		if c.put != nil && c.put.WorkspaceID != s.WorkspaceID {
			c.rivals = append(c.rivals, *c.put)
		}
		c.put = &s
		p.bytes += len(s.Extra) + len(s.Title)
	case c.put == nil:
		c.gone = append(c.gone, e.address.workspace)
	case token(c.put.WorkspaceID) == e.address.workspace:
		c.put, c.always = nil, true
	}
}

func (p *pending) reset() { *p = pending{} }

// applied is what came of applying changes.
type applied struct {
	// rejected are the errors of sessions that the engine does not take.
	rejected []error
	// rivals are sessions whose id another workspace had as well; the later counts.
	rivals []sessiondex.Session
}

// apply writes the changes.
func (p *pending) apply(tx *sessiondex.Tx) (out applied, err error) {
	puts := make([]sessiondex.Session, 0, len(p.changes))
	var gone []string
	for id, c := range p.changes {
		out.rivals = append(out.rivals, c.rivals...)
		old, err := tx.Get(id)
		there := err == nil
		if err != nil && !isGone(err) {
			return out, err
		}
		switch {
		case c.put != nil:
			puts = append(puts, *c.put)
			if there && old.WorkspaceID != c.put.WorkspaceID && !slices.Contains(c.gone, token(old.WorkspaceID)) {
				out.rivals = append(out.rivals, old)
			}
		case there && (c.always || slices.Contains(c.gone, token(old.WorkspaceID))):
			gone = append(gone, id)
		}
	}
	if _, err := tx.Delete(gone...); err != nil {
		return out, err
	}
	out.rejected, err = putAll(tx, puts)
	p.reset()
	return out, err
}

// putAll puts the sessions that the engine takes, and returns why not the others: they are
// in the stream, and there is nobody to be told that they are refused.
func putAll(tx *sessiondex.Tx, sessions []sessiondex.Session) (rejected []error, err error) {
	err = tx.Put(sessions...)
	if !errors.Is(err, sessiondex.ErrInvalidSession) {
		return nil, err
	}
	for i := range sessions {
		switch err := tx.Put(sessions[i]); {
		case errors.Is(err, sessiondex.ErrInvalidSession):
			rejected = append(rejected, err)
		case err != nil:
			return rejected, err
		}
	}
	return rejected, nil
}
