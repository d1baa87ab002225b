package sessiondex

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// Member returns the value of a member of Extra as raw JSON, and whether there is one
// with this name. The value is a copy. Member, SetMember and DeleteMember are linear in
// the size of Extra.
func (s *Session) Member(name string) (json.RawMessage, bool) {
	place, ok := memberIn(s.Extra, name)
	if !ok {
		return nil, false
	}
	return json.RawMessage(s.Extra[place.Value:place.ValueEnd]), true
}

// SetMember sets a member of Extra to v as encoding/json writes it. It replaces the
// member with this name, or adds one after all others. json.RawMessage("null") and nil
// store null. It returns an error, and changes nothing, if v cannot be written as JSON,
// if name is a field of Session, or if Extra is not a JSON object.
func (s *Session) SetMember(name string, v any) error {
	if memberOf(name) >= 0 {
		return newFault(name, "", "is a field of Session, not a member of Extra")
	}
	var value bytes.Buffer
	enc := json.NewEncoder(&value)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalidSession, printable(name), err)
	}
	raw := bytes.TrimSpace(value.Bytes())
	if _, fault := settleExtra(s.Extra); fault != nil {
		return fault
	}
	if place, ok := memberIn(s.Extra, name); ok {
		s.Extra = s.Extra[:place.Value] + string(raw) + s.Extra[place.ValueEnd:]
		return nil
	}
	b := make([]byte, 0, len(s.Extra)+len(name)+len(raw)+8)
	switch end := lastMember(s.Extra); {
	case end < 0:
		b = append(b, '{')
	default:
		b = append(append(b, s.Extra[:end]...), ',')
	}
	b = append(jsontext.AppendString(b, name), ':')
	s.Extra = string(append(append(b, raw...), '}'))
	return nil
}

// DeleteMember removes a member of Extra; it does nothing if there is none with this
// name.
func (s *Session) DeleteMember(name string) {
	place, ok := memberIn(s.Extra, name)
	if !ok {
		return
	}
	before, after := s.Extra[:place.Name], s.Extra[place.ValueEnd:]
	// Remove one comma too: the one after the member, or before it if it is the last.
	for i := 0; i < len(after) && (jsontext.IsSpace(after[i]) || after[i] == ','); i++ {
		if after[i] == ',' {
			s.Extra = before + after[i+1:]
			return
		}
	}
	for i := len(before) - 1; i > 0; i-- {
		if before[i] == ',' {
			s.Extra = before[:i] + after
			return
		}
	}
	s.Extra = "" // it was the only member
}

// memberIn returns the offsets of a member of an object.
func memberIn(extra, name string) (jsontext.Member, bool) {
	if extra == "" {
		return jsontext.Member{}, false
	}
	scanner := jsontext.Scanner[string]{Text: extra}
	var m jsontext.Member
	for scanner.Next(&m) {
		if jsontext.Unquoted(extra[m.Name:m.NameEnd]) == name {
			return m, true
		}
	}
	return jsontext.Member{}, false
}

// lastMember returns where the last member of an object ends, -1 if the object is
// empty.
func lastMember(extra string) int {
	end := -1
	if extra == "" {
		return end
	}
	scanner := jsontext.Scanner[string]{Text: extra}
	var m jsontext.Member
	for scanner.Next(&m) {
		end = m.ValueEnd
	}
	return end
}
