package sessiondex

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// DefaultMaxTitleBytes is the length of the longest title, in bytes of UTF-8, unless
// an engine's options say otherwise.
const DefaultMaxTitleBytes = 1 << 20

// SessionError says why a session is refused. It matches ErrInvalidSession.
type SessionError struct {
	// ID is the session's id, "" if it has none or none that could be read.
	ID string
	// Index is the session's index among those of one call; -1 if the call takes a
	// single session.
	Index int
	// Field is the JSON name of the faulty member, or "Extra" for the field of that
	// name; "" if the session as a whole is at fault, such as text that is not JSON.
	Field string
	// Value is the faulty value, cut to 100 characters: the text itself where it came
	// from Go, the raw JSON where it came from JSON, "" if it is absent.
	Value string
	// Reason says what the member must be, or what is wrong with it.
	Reason string
}

// Error names the session, the field, the reason and the value, in this order.
func (e *SessionError) Error() string {
	var b strings.Builder
	b.WriteString(ErrInvalidSession.Error())
	if e.ID != "" {
		b.WriteString(" " + strconv.Quote(cut(e.ID)))
	}
	if e.Index >= 0 {
		b.WriteString(" (index " + strconv.Itoa(e.Index) + ")")
	}
	if e.Field != "" {
		b.WriteString(": " + printable(e.Field))
	}
	b.WriteString(": " + e.Reason)
	if e.Value != "" {
		b.WriteString(", got " + printable(e.Value))
	}
	return b.String()
}

// Unwrap returns ErrInvalidSession.
func (e *SessionError) Unwrap() error { return ErrInvalidSession }

// newFault returns an error without ID and Index; the caller fills them in.
func newFault[T jsontext.Text](field string, value T, reason string) *SessionError {
	return &SessionError{Index: -1, Field: cut(field), Value: cut(value), Reason: reason}
}

// maxShown is how many characters of a value an error shows.
const maxShown = 100

// cut returns the first maxShown characters of text and an ellipsis, or all of it. A
// byte that is not UTF-8 counts as one character.
func cut[T jsontext.Text](text T) string {
	head := string(text[:min(len(text), maxShown*utf8.UTFMax)])
	runes := 0
	for i := range head {
		if runes == maxShown {
			return head[:i] + "…"
		}
		runes++
	}
	if len(head) < len(text) {
		return head + "…"
	}
	return head
}

// printable returns text as it is, or quoted if it holds anything that could garble
// a terminal or a log line.
func printable(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	return strconv.Quote(text)
}

// Validate returns a *SessionError for the first rule that the session breaks, nil if
// an engine with default options takes it:
//
//   - the id is not empty;
//   - created_at and updated_at are not zero and lie in the years 1 to 9999 (UTC),
//     which is what RFC 3339 can write;
//   - all strings are valid UTF-8 (any character may occur, NUL too: ids are opaque);
//   - the title has at most DefaultMaxTitleBytes bytes;
//   - Extra is empty or one JSON object, nested at most 124 levels, names no member that
//     has a field of its own, and holds no number that a double cannot: strict parsers
//     refuse more, and with it the whole page that it is on.
//
// Half of an escaped surrogate pair, and members of the same name, are no faults:
// engines repair them, as UnmarshalJSON does.
//
// The cost is one pass over the strings; a valid session allocates nothing.
func (s *Session) Validate() error { return validate(s, DefaultMaxTitleBytes) }

// validate is Validate with a limit of maxTitle bytes on the title.
func validate(s *Session, maxTitle int) error {
	_, fault := settle(s, maxTitle)
	if fault == nil {
		return nil // not a nil *SessionError, which would be an error
	}
	fault.ID = s.ID
	return fault
}

// settleBatch validates every session, and checks that no id occurs twice. It returns
// the sessions with repaired Extras: the slice it was passed if nothing needed repair,
// otherwise a copy.
func settleBatch(sessions []Session, maxTitle int) ([]Session, error) {
	settled := sessions
	for i := range sessions {
		extra, fault := settle(&sessions[i], maxTitle)
		if fault != nil {
			fault.ID, fault.Index = sessions[i].ID, i
			return nil, fault
		}
		if extra == sessions[i].Extra {
			continue
		}
		if &settled[0] == &sessions[0] {
			settled = slices.Clone(sessions)
		}
		settled[i].Extra = extra
	}
	return settled, distinctIDs(settled)
}

// distinctIDs refuses a batch in which an id occurs twice.
func distinctIDs(sessions []Session) error {
	if len(sessions) < 2 {
		return nil
	}
	first := make(map[string]int, len(sessions))
	for i := range sessions {
		id := sessions[i].ID
		if j, twice := first[id]; twice {
			return &SessionError{ID: id, Index: i, Field: memberNames[memberID],
				Reason: fmt.Sprintf("must not occur twice in one batch (also at index %d)", j)}
		}
		first[id] = i
	}
	return nil
}

// settle returns the session's Extra, repaired for strict parsers, or the first fault.
func settle(s *Session, maxTitle int) (extra string, fault *SessionError) {
	if fault := fieldFault(s, maxTitle); fault != nil {
		return "", fault
	}
	return settleExtra(s.Extra)
}

// fieldFault returns the first fault of the members that have a field in Session.
func fieldFault(s *Session, maxTitle int) *SessionError {
	if s.ID == "" {
		return newFault(memberNames[memberID], "", missingOrEmpty)
	}
	for _, text := range [...]struct {
		member int
		value  string
	}{
		{memberID, s.ID},
		{memberTitle, s.Title},
		{memberState, s.State},
		{memberSourceChannel, s.SourceChannel},
		{memberSessionType, s.SessionType},
		{memberAppID, s.AppID},
		{memberWorkspaceID, s.WorkspaceID},
		{memberParentSessionID, s.ParentSessionID},
		{memberAOPAssetID, s.AOPAssetID},
		{memberTriggerType, s.TriggerType},
	} {
		if text.member == memberTitle && len(text.value) > maxTitle {
			return newFault(memberNames[memberTitle], text.value,
				fmt.Sprintf("must have at most %d bytes, has %d", maxTitle, len(text.value)))
		}
		if !utf8.ValidString(text.value) {
			return newFault(memberNames[text.member], text.value, notUTF8(invalidUTF8(text.value)))
		}
	}
	for _, instant := range [...]struct {
		member int
		value  time.Time
	}{{memberCreatedAt, s.CreatedAt}, {memberUpdatedAt, s.UpdatedAt}} {
		switch reason := timeFault(instant.value); reason {
		case "":
		case zeroTime:
			return newFault(memberNames[instant.member], "", "is missing (zero)")
		default:
			return newFault(memberNames[instant.member], instant.value.UTC().Format(time.RFC3339Nano), reason)
		}
	}
	return nil
}

// The reasons to refuse a timestamp.
const (
	notATimestamp  = "must be an RFC 3339 timestamp"
	yearOutOfRange = "must lie in the years 1 to 9999 (UTC)"
	zeroTime       = "must not be the zero time"
)

// timeFault says why t cannot be a session's timestamp; "" if it can. RFC 3339 can
// write the years 1 to 9999.
func timeFault(t time.Time) string {
	if t.IsZero() {
		return zeroTime
	}
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return yearOutOfRange
	}
	return ""
}

// settleExtra returns an Extra from a Go caller, repaired for strict parsers, or its
// fault.
func settleExtra(extra string) (string, *SessionError) {
	const field = "Extra"
	if extra == "" {
		return "", nil
	}
	if !utf8.ValidString(extra) {
		return "", newFault(field, extra, notUTF8(invalidUTF8(extra)))
	}
	scanner := jsontext.Scanner[string]{Text: extra}
	var member jsontext.Member
	for scanner.Next(&member) {
		name := extra[member.Name+1 : member.NameEnd-1]
		i := memberOf(name)
		if i < 0 && strings.IndexByte(name, '\\') >= 0 {
			unescaped, _ := jsontext.AppendUnescaped(nil, name)
			i = memberOf(unescaped)
		}
		if i >= 0 {
			return "", newFault(field, extra[member.Name:member.ValueEnd],
				fmt.Sprintf("must not name %q, which has a field of its own", memberNames[i]))
		}
	}
	if scanner.TooDeep() {
		return "", newFault(jsontext.Unquoted(extra[member.Name:member.NameEnd]), extra[member.Value:], scanner.Fault())
	}
	if scanner.Failed() {
		return "", newFault(field, extra, "must be empty or a JSON object: "+scanner.Fault())
	}
	if !scanner.Odd() {
		return extra, nil
	}
	mended, unreadable := jsontext.Settle(extra)
	if unreadable != nil {
		return "", newFault(unreadable.Name, unreadable.Value, tooLarge)
	}
	return mended, nil
}

const tooLarge = "must not hold a number that is too large for a double"

// invalidUTF8 returns where text stops being UTF-8, -1 if it never does.
func invalidUTF8[T jsontext.Text](text T) int {
	for i, r := range string(text) {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(string(text[i:min(len(text), i+utf8.UTFMax)])); size == 1 {
				return i
			}
		}
	}
	return -1
}

func notUTF8(at int) string { return fmt.Sprintf("must be valid UTF-8, breaks off at byte %d", at+1) }
