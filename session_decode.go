package sessiondex

import (
	"bytes"
	"hash/maphash"
	"time"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// UnmarshalJSON reads a session from the contract's JSON. It accepts exactly the
// syntax that encoding/json accepts (nesting is bounded at 124 levels), and is strict
// about the rest; s changes only if all is well. Every error is a *SessionError.
//
//   - A member that is null counts as absent, and null in place of the session is
//     refused. Names are compared exactly. If an indexed member occurs twice, the last
//     one counts.
//   - id, created_at and updated_at must be there. A string member takes a string, a
//     boolean member true or false; nothing is converted.
//   - A timestamp is an RFC 3339 string; t and z may be in lower case, a space may
//     stand for the T, the offset may lack its colon or its minutes, and a timestamp
//     without a zone is UTC. Numbers are refused, since their unit is unknown.
//   - is_sub_session absent is true if parent_session_id is set, is_task_session
//     absent is true if aop_asset_id is set, session_type absent or empty is
//     "session".
//   - All other members are kept in Extra, in order, names and values byte for byte;
//     only white space around them is dropped (and white space within, if the text has
//     line breaks). Strict parsers must be able to read them: if members of one object
//     have the same name, at any depth, the last is kept, and a number that is too
//     large for a double is refused.
//   - Bytes that are not UTF-8 are refused everywhere. An escaped surrogate without
//     its other half (a title cut in the middle of an emoji) becomes U+FFFD in the
//     title and in Extra, at any depth and in names too. In the other indexed strings it
//     is refused, since they are compared exactly and two different values would become
//     one.
//
// A title may have any length here; the limit is that of the engine.
func (s *Session) UnmarshalJSON(data []byte) error {
	decoded, err := decodeSession(data)
	if err != nil {
		return err
	}
	*s = decoded
	return nil
}

// decodeSession reads one session; see UnmarshalJSON. The result does not alias data.
func decodeSession(data []byte) (Session, error) {
	var d sessionDecoder
	return d.decode(data)
}

// sessionDecoder reads one session after another and reuses its buffers. It is not safe
// for concurrent use.
type sessionDecoder struct {
	// words interns values that many sessions have; nil copies each.
	words   *wordTable
	scratch []byte // an unescaped string
	extra   []byte // the Extra of the session being read
	fault   *SessionError
}

// decode reads one session in two steps: it finds the members, which checks the
// syntax, and only then reads their values. So an error can name the session wherever
// its id occurs, and the last of several equal members counts.
func (d *sessionDecoder) decode(data []byte) (Session, error) {
	var (
		s      Session
		raw    [memberCount][]byte // nil: absent or null
		member jsontext.Member
	)
	d.fault = nil
	d.extra = d.extra[:0]
	validUTF8 := utf8.Valid(data)
	lineBreaks := bytes.IndexByte(data, '\n') >= 0 || bytes.IndexByte(data, '\r') >= 0
	scanner := jsontext.Scanner[[]byte]{Text: data}
	for scanner.Next(&member) {
		name, value := data[member.Name:member.NameEnd], data[member.Value:member.ValueEnd]
		if !validUTF8 {
			d.checkUTF8(name, value)
		}
		if i := memberOf(d.unquote(name)); i >= 0 {
			if raw[i] = value; value[0] == 'n' {
				raw[i] = nil
			}
			continue
		}
		if len(d.extra) == 0 {
			d.extra = append(d.extra, '{')
		} else {
			d.extra = append(d.extra, ',')
		}
		d.extra = append(append(d.extra, name...), ':')
		if lineBreaks {
			d.extra = jsontext.AppendCompact(d.extra, value)
		} else {
			d.extra = append(d.extra, value...)
		}
	}
	switch {
	case scanner.TooDeep():
		d.fault = newFault(string(d.unquote(data[member.Name:member.NameEnd])), data[member.Value:], scanner.Fault())
	case scanner.Failed():
		d.fault = newFault("", data, "must be a JSON object: "+scanner.Fault())
	}

	s.ID = d.text(memberID, raw[memberID], nil)
	if s.ID == "" {
		d.refuse(memberNames[memberID], raw[memberID], missingOrEmpty)
	}
	s.Title = d.text(memberTitle, raw[memberTitle], nil)
	s.State = d.text(memberState, raw[memberState], d.words)
	s.SourceChannel = d.text(memberSourceChannel, raw[memberSourceChannel], d.words)
	s.SessionType = d.text(memberSessionType, raw[memberSessionType], d.words)
	s.AppID = d.text(memberAppID, raw[memberAppID], d.words)
	s.WorkspaceID = d.text(memberWorkspaceID, raw[memberWorkspaceID], d.words)
	s.ParentSessionID = d.text(memberParentSessionID, raw[memberParentSessionID], d.words)
	s.AOPAssetID = d.text(memberAOPAssetID, raw[memberAOPAssetID], d.words)
	s.TriggerType = d.text(memberTriggerType, raw[memberTriggerType], d.words)
	s.IsSubSession = d.bool(memberIsSubSession, raw[memberIsSubSession], s.ParentSessionID != "")
	s.IsTaskSession = d.bool(memberIsTaskSession, raw[memberIsTaskSession], s.AOPAssetID != "")
	s.CreatedAt = d.time(memberCreatedAt, raw[memberCreatedAt])
	s.UpdatedAt = d.time(memberUpdatedAt, raw[memberUpdatedAt])
	s.SessionType = s.sessionType()
	if d.fault != nil {
		d.fault.ID = s.ID
		return Session{}, d.fault
	}
	if len(d.extra) > 0 {
		s.Extra = string(append(d.extra, '}'))
	}
	if scanner.Odd() && s.Extra != "" {
		mended, unreadable := jsontext.Settle(s.Extra)
		if unreadable != nil {
			fault := newFault(unreadable.Name, unreadable.Value, tooLarge)
			fault.ID = s.ID
			return Session{}, fault
		}
		s.Extra = mended
	}
	return s, nil
}

const missingOrEmpty = "must be there and not be empty"

// refuse records a fault. The first one stays.
func (d *sessionDecoder) refuse(field string, value []byte, reason string) {
	if d.fault == nil {
		d.fault = newFault(field, value, reason)
	}
}

func (d *sessionDecoder) checkUTF8(name, value []byte) {
	for _, part := range [...][]byte{name, value} {
		if at := invalidUTF8(part); at >= 0 {
			d.refuse(string(d.unquote(name)), value, notUTF8(at))
		}
	}
}

// unquote returns the decoded JSON string; the result is valid until the next call.
func (d *sessionDecoder) unquote(quoted []byte) []byte {
	text, _ := d.unquoteStrictly(quoted)
	return text
}

func (d *sessionDecoder) unquoteStrictly(quoted []byte) (text []byte, lone bool) {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside, false
	}
	d.scratch, lone = jsontext.AppendUnescaped(d.scratch[:0], inside)
	return d.scratch, lone
}

func (d *sessionDecoder) text(member int, raw []byte, words *wordTable) string {
	if raw == nil {
		return ""
	}
	if raw[0] != '"' {
		d.refuse(memberNames[member], raw, "must be a string or null")
		return ""
	}
	text, lone := d.unquoteStrictly(raw)
	if lone && member != memberTitle {
		d.refuse(memberNames[member], raw, "must not contain half a surrogate pair")
		return ""
	}
	return words.string(text)
}

func (d *sessionDecoder) bool(member int, raw []byte, absent bool) bool {
	switch {
	case raw == nil:
		return absent
	case raw[0] == 't':
		return true
	case raw[0] != 'f':
		d.refuse(memberNames[member], raw, "must be true, false or null")
	}
	return false
}

func (d *sessionDecoder) time(member int, raw []byte) time.Time {
	if raw == nil {
		d.refuse(memberNames[member], nil, "must be there")
		return time.Time{}
	}
	if raw[0] != '"' {
		d.refuse(memberNames[member], raw, notATimestamp)
		return time.Time{}
	}
	t, fault := parseTime(d.unquote(raw))
	if fault != "" {
		d.refuse(memberNames[member], raw, fault)
	}
	return t
}

// parseTime reads a session's timestamp in the same forms as query parameters; see
// package civil.
func parseTime(s []byte) (t time.Time, fault string) {
	t, reason := civil.Parse(string(s), time.UTC, civil.NoNumbers)
	if reason != "" {
		return time.Time{}, notATimestamp + " (" + reason + ")"
	}
	return t, timeFault(t)
}

// wordTable interns short strings: states, channels and applications repeat on every
// line of a file. It holds at most wordSlots strings; of two that fall in one slot the
// later stays. A nil table copies.
type wordTable struct {
	seed  maphash.Seed
	slots [wordSlots]string
}

const (
	wordSlots  = 1024
	maxWordLen = 64
)

func newWordTable() *wordTable { return &wordTable{seed: maphash.MakeSeed()} }

func (w *wordTable) string(text []byte) string {
	if w == nil || len(text) == 0 || len(text) > maxWordLen {
		return string(text)
	}
	slot := &w.slots[maphash.Bytes(w.seed, text)%wordSlots]
	if *slot != string(text) {
		*slot = string(text)
	}
	return *slot
}
