// Package publicapi completes what the contract's endpoint answers.
//
// The public API's types require more of a session than this library indexes: two
// members must be present, and a dozen others have a type. Its clients refuse a whole
// page for one row that breaks these rules, and stored sessions may break them. So the
// contract's answers, and they alone, are completed on their way out: storage, exports
// and change feeds keep each session as it was put.
//
// The package sees of a session its id, its state and its Extra: one JSON object with the
// members that have no field.
package publicapi

import (
	"hash/maphash"
	"strconv"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// jsonType is the JSON type that the public API gives a member; null fits all.
type jsonType uint8

const (
	typeString jsonType = iota
	typeBool
	typeInteger // no fraction, no exponent, within 64 bits
	typeNumber
)

// members are the members of the public API's SessionOut, in its newest version,
// that have no field of their own here. Older versions have fewer of them, with the
// same types.
var members = [...]struct {
	name string
	typ  jsonType
}{
	threadID:            {"thread_id", typeString},
	sessionStatus:       {"session_status_v2", typeString},
	runStatus:           {"run_status_v2", typeString},
	failureReason:       {"failure_reason_v2", typeString},
	agent:               {"agent", typeString},
	model:               {"model", typeString},
	numMessages:         {"num_messages", typeInteger},
	totalCost:           {"total_cost_usd", typeNumber},
	preview:             {"last_message_preview", typeString},
	createdBy:           {"created_by_id", typeString},
	isUnread:            {"is_unread", typeBool},
	collabAgent:         {"collab_agent_id", typeString},
	executionError:      {"aop_execution_error", typeString},
	executionSuccessful: {"aop_execution_succeeded", typeBool},
}

const (
	threadID = iota
	sessionStatus
	runStatus
	failureReason
	agent
	model
	numMessages
	totalCost
	preview
	createdBy
	isUnread
	collabAgent
	executionError
	executionSuccessful
	memberCount
)

// byLength looks up members by the length of their name: at most two share
// a length.
var byLength = func() (table [32][2]int8) {
	for i := range table {
		table[i] = [2]int8{-1, -1}
	}
	for i, m := range members {
		slot := &table[len(m.name)]
		if slot[0] >= 0 {
			slot[1] = int8(i)
			continue
		}
		slot[0] = int8(i)
	}
	return table
}()

// memberOf returns the index of this name in members, or -1.
func memberOf(name string) int {
	if len(name) >= len(byLength) {
		return -1
	}
	for _, i := range byLength[len(name)] {
		if i >= 0 && members[i].name == name {
			return int(i)
		}
	}
	return -1
}

// IsMember reports whether the public API's types know a member of this name that has no
// field in a session, such as thread_id. The contract's answers have such a member with
// the type it has there, or not at all.
func IsMember(name string) bool { return memberOf(name) >= 0 }

// fits reports whether a valid JSON value has the type, or is null.
func (t jsonType) fits(value string) bool {
	switch c := value[0]; c {
	case 'n':
		return true
	case '"':
		return t == typeString
	case 't', 'f':
		return t == typeBool
	case '{', '[':
		return false
	}
	switch t {
	case typeNumber:
		return true
	case typeInteger:
		const sureDigits = 18 // always fit 64 bits
		for i := range len(value) {
			if c := value[i]; (c < '0' || c > '9') && (i > 0 || c != '-') {
				return false
			}
		}
		if len(value) <= sureDigits {
			return true
		}
		_, err := strconv.ParseInt(value, 10, 64)
		return err == nil
	}
	return false
}

// statusOf returns the session_status_v2 to fill in for a session without one.
func statusOf(state string) string {
	switch state {
	case "running":
		return "active"
	case "needs_input", "waiting_for_input":
		return "needs_input"
	case "failed", "error":
		return "error"
	}
	return "idle"
}

// SizeHint is about how many bytes completing adds, without the id.
const SizeHint = 60

// required are the members that must be present and not null.
const required = 1<<threadID | 1<<sessionStatus

// shape is what the completion needs to know about an Extra.
type shape uint8

const (
	hasThreadID      shape = 1 << iota // and of the right type
	hasSessionStatus                   // likewise
	hasMisfits                         // members of a type that clients refuse
)

// misfits reports whether a valid Extra has a public member whose value has the wrong
// type, and returns the Extra's shape.
func misfits(extra string) (found bool, is shape) {
	for w := jsontext.WalkObject(extra); w.Next(); {
		i := memberOf(w.Name())
		if i < 0 {
			continue
		}
		value := w.Value()
		switch {
		case !members[i].typ.fits(value):
			found = true
			is |= hasMisfits
		case required&(1<<i) == 0:
		case value[0] == 'n':
			is |= hasMisfits
		case i == threadID:
			is |= hasThreadID
		default:
			is |= hasSessionStatus
		}
	}
	return found, is
}

// HasMisfit reports whether the contract's answers leave out a member of a valid Extra.
func HasMisfit(extra string) bool {
	found, _ := misfits(extra)
	return found
}

// shapes caches the shapes of the Extras that were written last, since parsing an Extra
// costs about as much as writing the whole session. A slot holds the shape in its
// lowest bits and a keyed hash of the text in the others, so it needs neither a lock
// nor a reference to the text. Two texts that share a slot and agree in 61 bits of the
// hash would be completed wrongly; that is too unlikely to guard against.
var shapes struct {
	seed  maphash.Seed
	slots [1 << 14]atomic.Uint64
}

func init() { shapes.seed = maphash.MakeSeed() }

func shapeOf(extra string) shape {
	const shapeBits = hasThreadID | hasSessionStatus | hasMisfits
	hash := maphash.String(shapes.seed, extra)
	slot := &shapes.slots[hash>>(64-14)]
	tag := hash &^ uint64(shapeBits)
	if held := slot.Load(); held&^uint64(shapeBits) == tag {
		return shape(held) & shapeBits
	}
	_, is := misfits(extra)
	slot.Store(tag | uint64(is))
	return is
}

// AppendMembers appends the members of a valid Extra for clients of the public API, each
// after a comma: without public members of another type, and with the required ones
// that are absent or null filled in behind the others, from the session's id and state.
func AppendMembers(dst []byte, extra, id, state string) []byte {
	var is shape
	if extra != "" {
		if is = shapeOf(extra); is&hasMisfits == 0 {
			dst = jsontext.AppendMembers(dst, jsontext.MembersOf(extra))
		} else {
			dst = appendFitting(dst, extra)
		}
	}
	if is&hasThreadID == 0 {
		dst = append(dst, `,"thread_id":`...)
		dst = jsontext.AppendString(dst, id)
	}
	if is&hasSessionStatus == 0 {
		dst = append(dst, `,"session_status_v2":"`...)
		dst = append(append(dst, statusOf(state)...), '"')
	}
	return dst
}

// appendFitting appends the members one by one and skips those of a type that clients
// refuse.
func appendFitting(dst []byte, extra string) []byte {
	for w := jsontext.WalkObject(extra); w.Next(); {
		if i := memberOf(w.Name()); i >= 0 {
			value := w.Value()
			if !members[i].typ.fits(value) || value[0] == 'n' && required&(1<<i) != 0 {
				continue
			}
		}
		dst = jsontext.AppendMembers(dst, w.Member())
	}
	return dst
}

// Underived returns a valid Extra without what AppendMembers would fill in anyway: a
// thread_id that is the id, and a session_status_v2 that follows from the state.
func Underived(extra, id, state string) string {
	isDerived := func(w *jsontext.Walk) bool {
		value := w.Value()
		switch memberOf(w.Name()) {
		case threadID:
			return value[0] == '"' && jsontext.Unquoted(value) == id
		case sessionStatus:
			return value[0] == '"' && jsontext.Unquoted(value) == statusOf(state)
		}
		return false
	}
	found := false
	for w := jsontext.WalkObject(extra); w.Next(); {
		found = found || isDerived(&w)
	}
	if !found {
		return extra
	}
	kept := make([]byte, 0, len(extra))
	for w := jsontext.WalkObject(extra); w.Next(); {
		if !isDerived(&w) {
			kept = append(append(kept, ','), w.Member()...)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	kept[0] = '{'
	return string(append(kept, '}'))
}
