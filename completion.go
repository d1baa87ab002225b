package sessiondex

import (
	"hash/maphash"
	"strconv"
	"sync/atomic"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// The public API's types require more of a session than this library indexes: two
// members must be present, and a dozen others have a type. Its clients refuse a whole
// page for one row that breaks these rules, and stored sessions may break them. So the
// contract's answers, and they alone, are completed on their way out: storage, exports
// and change feeds keep each session as it was put.

// publicType is the JSON type that the public API gives a member; null fits all.
type publicType uint8

const (
	publicString publicType = iota
	publicBool
	publicInteger // no fraction, no exponent, within 64 bits
	publicNumber
)

// publicMembers are the members of the public API's SessionOut, in its newest version,
// that have no field of their own here. Older versions have fewer of them, with the
// same types.
var publicMembers = [...]struct {
	name string
	typ  publicType
}{
	publicThreadID:            {"thread_id", publicString},
	publicSessionStatus:       {"session_status_v2", publicString},
	publicRunStatus:           {"run_status_v2", publicString},
	publicFailureReason:       {"failure_reason_v2", publicString},
	publicAgent:               {"agent", publicString},
	publicModel:               {"model", publicString},
	publicNumMessages:         {"num_messages", publicInteger},
	publicTotalCost:           {"total_cost_usd", publicNumber},
	publicPreview:             {"last_message_preview", publicString},
	publicCreatedBy:           {"created_by_id", publicString},
	publicIsUnread:            {"is_unread", publicBool},
	publicCollabAgent:         {"collab_agent_id", publicString},
	publicExecutionError:      {"aop_execution_error", publicString},
	publicExecutionSuccessful: {"aop_execution_succeeded", publicBool},
}

const (
	publicThreadID = iota
	publicSessionStatus
	publicRunStatus
	publicFailureReason
	publicAgent
	publicModel
	publicNumMessages
	publicTotalCost
	publicPreview
	publicCreatedBy
	publicIsUnread
	publicCollabAgent
	publicExecutionError
	publicExecutionSuccessful
	publicCount
)

// publicByLength looks up public members by the length of their name: at most two share
// a length.
var publicByLength = func() (table [32][2]int8) {
	for i := range table {
		table[i] = [2]int8{-1, -1}
	}
	for i, m := range publicMembers {
		slot := &table[len(m.name)]
		if slot[0] >= 0 {
			slot[1] = int8(i)
			continue
		}
		slot[0] = int8(i)
	}
	return table
}()

// publicMemberOf returns the index of this name in publicMembers, or -1.
func publicMemberOf(name string) int {
	if len(name) >= len(publicByLength) {
		return -1
	}
	for _, i := range publicByLength[len(name)] {
		if i >= 0 && publicMembers[i].name == name {
			return int(i)
		}
	}
	return -1
}

// IsPublicMember reports whether the public API's types know a member of this name that
// has no field in a Session, such as thread_id. The contract's answers have such a
// member with the type it has there, or not at all.
func IsPublicMember(name string) bool { return publicMemberOf(name) >= 0 }

// fits reports whether a valid JSON value has the type, or is null.
func (t publicType) fits(value string) bool {
	switch c := value[0]; c {
	case 'n':
		return true
	case '"':
		return t == publicString
	case 't', 'f':
		return t == publicBool
	case '{', '[':
		return false
	}
	switch t {
	case publicNumber:
		return true
	case publicInteger:
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

// publicStatus returns the session_status_v2 to fill in for a session without one.
func publicStatus(state string) string {
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

// completedSizeHint is about how many bytes completing adds, without the id.
const completedSizeHint = 60

// requiredMembers are the public members that must be present and not null.
const requiredMembers = 1<<publicThreadID | 1<<publicSessionStatus

// publicShape is what the completion needs to know about an Extra.
type publicShape uint8

const (
	hasThreadID      publicShape = 1 << iota // and of the right type
	hasSessionStatus                         // likewise
	hasMisfits                               // members of a type that clients refuse
)

// misfits returns the public members of a valid Extra whose value has the wrong type,
// one bit for each index in publicMembers, and the Extra's shape.
func misfits(extra string) (members uint32, shape publicShape) {
	for w := jsontext.WalkObject(extra); w.Next(); {
		i := publicMemberOf(w.Name())
		if i < 0 {
			continue
		}
		value := w.Value()
		switch {
		case !publicMembers[i].typ.fits(value):
			members |= 1 << i
			shape |= hasMisfits
		case requiredMembers&(1<<i) == 0:
		case value[0] == 'n':
			shape |= hasMisfits
		case i == publicThreadID:
			shape |= hasThreadID
		default:
			shape |= hasSessionStatus
		}
	}
	return members, shape
}

// hasMisfit reports whether the contract's answers leave out a member of extra.
func hasMisfit(extra string) bool {
	members, _ := misfits(extra)
	return members != 0
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

func shapeOf(extra string) publicShape {
	const shapeBits = hasThreadID | hasSessionStatus | hasMisfits
	hash := maphash.String(shapes.seed, extra)
	slot := &shapes.slots[hash>>(64-14)]
	tag := hash &^ uint64(shapeBits)
	if held := slot.Load(); held&^uint64(shapeBits) == tag {
		return publicShape(held) & shapeBits
	}
	_, shape := misfits(extra)
	slot.Store(tag | uint64(shape))
	return shape
}

// appendCompletedExtra appends the members of Extra for clients of the public API, each
// after a comma: without public members of another type, and with the required ones
// that are absent or null filled in behind the others.
func (s *Session) appendCompletedExtra(dst []byte) []byte {
	var shape publicShape
	if s.Extra != "" {
		if shape = shapeOf(s.Extra); shape&hasMisfits == 0 {
			dst = appendMembers(dst, extraMembers(s.Extra))
		} else {
			dst = appendFitting(dst, s.Extra)
		}
	}
	if shape&hasThreadID == 0 {
		dst = append(dst, `,"thread_id":`...)
		dst = jsontext.AppendString(dst, s.ID)
	}
	if shape&hasSessionStatus == 0 {
		dst = append(dst, `,"session_status_v2":"`...)
		dst = append(append(dst, publicStatus(s.State)...), '"')
	}
	return dst
}

// appendFitting appends the members one by one and skips those of a type that clients
// refuse.
func appendFitting(dst []byte, extra string) []byte {
	for w := jsontext.WalkObject(extra); w.Next(); {
		if i := publicMemberOf(w.Name()); i >= 0 {
			value := w.Value()
			if !publicMembers[i].typ.fits(value) || value[0] == 'n' && requiredMembers&(1<<i) != 0 {
				continue
			}
		}
		dst = appendMembers(dst, w.Member())
	}
	return dst
}

// DropDerived removes from Extra what AppendContractJSON would fill in anyway: a thread_id
// that is the id, and a session_status_v2 that follows from the state. Call it before
// storing a session that an endpoint returned; otherwise the status would not follow later
// changes of the state. Reading a Page from JSON does it for all of its sessions; reading
// a Session does not.
func (s *Session) DropDerived() {
	isDerived := func(w *jsontext.Walk) bool {
		value := w.Value()
		switch publicMemberOf(w.Name()) {
		case publicThreadID:
			return value[0] == '"' && jsontext.Unquoted(value) == s.ID
		case publicSessionStatus:
			return value[0] == '"' && jsontext.Unquoted(value) == publicStatus(s.State)
		}
		return false
	}
	found := false
	for w := jsontext.WalkObject(s.Extra); w.Next(); {
		found = found || isDerived(&w)
	}
	if !found {
		return
	}
	kept := make([]byte, 0, len(s.Extra))
	for w := jsontext.WalkObject(s.Extra); w.Next(); {
		if !isDerived(&w) {
			kept = append(append(kept, ','), w.Member()...)
		}
	}
	if s.Extra = ""; len(kept) > 0 {
		kept[0] = '{'
		s.Extra = string(append(kept, '}'))
	}
}
