package sessiondex

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"sync"

	"github.com/sessiondex/sessiondex/index"
)

// membersInFile keeps the Extras of sessions in the file: memory has a reference to
// each, and an Extra is read when a session is returned. A nil *membersInFile keeps all
// in memory.
//
// A reference is a digest of the contents, so a record read from the file shows whether
// it still has the Extra in question, whatever was written meanwhile. Extras that the
// file does not have are held in memory: those not confirmed yet, and replaced ones for
// as long as anything refers to the session as it was. An Extra is held before the file
// loses it, so a reader that does not find it in the file finds it in memory.
type membersInFile struct {
	file  file
	seeds [2]maphash.Seed

	mu   sync.Mutex
	held map[string]*heldExtra // by reference
}

type heldExtra struct {
	extra   string
	holders int
}

// minInFile is the length from which an Extra stays in the file: for shorter ones the
// reference would save little.
const minInFile = 128

func newMembersInFile(f file) *membersInFile {
	return &membersInFile{file: f, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, held: make(map[string]*heldExtra)}
}

// refer replaces the Extra of an entry with a reference, if it is long enough.
func (m *membersInFile) refer(e *index.Entry) {
	if m == nil || len(e.Extra) < minInFile {
		return
	}
	var sum [16]byte
	for i, seed := range m.seeds {
		binary.LittleEndian.PutUint64(sum[8*i:], maphash.String(seed, e.Extra))
	}
	e.Reference = index.ExtraReference(len(e.Extra), sum)
}

// hold keeps an Extra in memory until it has been released as often as it was held.
func (m *membersInFile) hold(reference, extra string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.held[reference]; h != nil {
		h.holders++
	} else {
		m.held[reference] = &heldExtra{extra, 1}
	}
}

func (m *membersInFile) release(reference string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.held[reference]; h.holders > 1 {
		h.holders--
	} else {
		delete(m.held, reference)
	}
}

func (m *membersInFile) inMemory(reference string) (extra string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := m.held[reference]; h != nil {
		return h.extra, true
	}
	return "", false
}

// resolve replaces the references of sessions with their Extras, reading the file once
// for all of them.
func (m *membersInFile) resolve(sessions []Session) error {
	if m == nil {
		return nil
	}
	var ids []string
	var places []int
	for i := range sessions {
		s := &sessions[i]
		if !index.IsReference(s.Extra) {
			continue
		}
		if extra, ok := m.inMemory(s.Extra); ok {
			s.Extra = extra
		} else {
			ids, places = append(ids, s.ID), append(places, i)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	err := m.file.Read(ids, func(i int, record []byte) error {
		s := &sessions[places[i]]
		if record != nil {
			entry, err := entryOf(s.ID, record)
			if err != nil {
				return err
			}
			if m.refer(&entry); entry.Reference == s.Extra {
				s.Extra = entry.Extra
				return nil
			}
		}
		extra, ok := m.inMemory(s.Extra) // replaced in the file meanwhile
		if !ok {
			return fmt.Errorf("%w: the members of session %q are not those that were read", ErrCorrupt, cut(s.ID))
		}
		s.Extra = extra
		return nil
	})
	return storeError(err)
}

// one is resolve for a single session.
func (m *membersInFile) one(s *Session) error {
	if m == nil || !index.IsReference(s.Extra) {
		return nil
	}
	one := []Session{*s}
	err := m.resolve(one)
	s.Extra = one[0].Extra
	return err
}

// entry returns a session's entry with its Extra, ready to be written.
func (m *membersInFile) entry(p *index.Packed) (index.Entry, error) {
	e := p.Entry()
	if m == nil || !index.IsReference(e.Extra) {
		return e, nil
	}
	s := Session{ID: e.ID, Extra: e.Extra}
	err := m.one(&s)
	e.Extra = s.Extra
	return e, err
}

// replaced holds the Extra of a session that is about to be replaced or deleted until
// nothing refers to the session as it was.
func (m *membersInFile) replaced(before, after *index.Packed) error {
	if m == nil || !before.Used() {
		return nil
	}
	was := before.Entry()
	if !index.IsReference(was.Extra) || after.Used() && after.Entry().Extra == was.Extra {
		return nil
	}
	full, err := m.entry(before)
	if err != nil {
		return err
	}
	// A copy, since the string would keep before alive, and its collection is the
	// signal.
	reference := string([]byte(was.Extra))
	m.hold(reference, full.Extra)
	before.WhenDropped(func() { m.release(reference) })
	return nil
}

// event resolves the sessions of an event.
func (m *membersInFile) event(ev *Event) error {
	if ev.Page != nil {
		return m.resolve(ev.Page.Items)
	}
	return m.one(&ev.Session)
}
