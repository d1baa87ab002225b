package sessiondex

import (
	"hash/maphash"
	"math/bits"
	"strconv"
	"strings"
	"sync/atomic"
)

// The public API's types say more of a session than this library indexes: two members
// that have to be there, and the types of a dozen others. Its clients refuse a whole
// page for one row that breaks them, and what people put need not keep to them. So the
// contract's answers are completed on their way out, and nowhere else: what is stored,
// exported and told of changes stays what was put.

// publicType is the JSON type that the public API gives a member; null fits all.
type publicType uint8

const (
	publicString publicType = iota
	publicBool
	publicInteger // without fraction and exponent, within 64 bits
	publicNumber
)

// publicMembers are the members of the public API's SessionOut that have no field of
// their own here, of its newest version: older ones know fewer, of the same types.
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

// publicByLength finds a public member by its length first: no three have the same.
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

// publicMemberOf returns the public member of this name, -1 if it is none.
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
			if c := value[i]; !isDigit(c) && (i > 0 || c != '-') {
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

// publicStatus is the session_status_v2 of a session that has none of its own.
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

// requiredMembers are the public members that have to be there and not be null.
const requiredMembers = 1<<publicThreadID | 1<<publicSessionStatus

// publicShape is what completing has to know of an Extra.
type publicShape uint8

const (
	hasThreadID      publicShape = 1 << iota // and of the right type
	hasSessionStatus                         // likewise
	hasMisfits                               // members that clients could not read
)

// misfits returns the public members of a valid Extra whose value has another type, as
// bits by their place in publicMembers, and what completing has to know.
func misfits(extra string) (members uint32, shape publicShape) {
	for w := walkExtra(extra); w.next(); {
		i := publicMemberOf(w.name())
		if i < 0 {
			continue
		}
		value := w.value()
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

// shapes remembers the shapes of the Extras that were written last, since reading one
// costs about as much as writing the whole session. A slot holds the shape in its
// lowest bits and in the others those of a keyed hash of the text, so that it needs
// neither a lock nor a reference to the text. That two texts of the same slot agree in
// 61 bits of the hash, and one of them is completed wrongly, does not happen.
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
			dst = appendMembers(dst, walkExtra(s.Extra).text)
		} else {
			dst = appendFitting(dst, s.Extra)
		}
	}
	if shape&hasThreadID == 0 {
		dst = append(dst, `,"thread_id":`...)
		dst = appendJSONString(dst, s.ID)
	}
	if shape&hasSessionStatus == 0 {
		dst = append(dst, `,"session_status_v2":"`...)
		dst = append(append(dst, publicStatus(s.State)...), '"')
	}
	return dst
}

// appendFitting appends the members one by one, but for those that clients could not
// read.
func appendFitting(dst []byte, extra string) []byte {
	for w := walkExtra(extra); w.next(); {
		if i := publicMemberOf(w.name()); i >= 0 {
			value := w.value()
			if !publicMembers[i].typ.fits(value) || value[0] == 'n' && requiredMembers&(1<<i) != 0 {
				continue
			}
		}
		dst = appendMembers(dst, w.member())
	}
	return dst
}

// DropDerived removes from Extra what AppendContractJSON would fill in anyway: a thread_id
// that is the id, and a session_status_v2 that follows from the state. Whoever stores a
// session that an endpoint answered calls it, or the status would stay what it was when
// the state changes. Reading a Page from JSON does it for all of its sessions; reading a
// Session does not.
func (s *Session) DropDerived() {
	isDerived := func(w *extraWalk) bool {
		value := w.value()
		switch publicMemberOf(w.name()) {
		case publicThreadID:
			return value[0] == '"' && unquoted(value) == s.ID
		case publicSessionStatus:
			return value[0] == '"' && unquoted(value) == publicStatus(s.State)
		}
		return false
	}
	found := false
	for w := walkExtra(s.Extra); w.next(); {
		found = found || isDerived(&w)
	}
	if !found {
		return
	}
	kept := make([]byte, 0, len(s.Extra))
	for w := walkExtra(s.Extra); w.next(); {
		if !isDerived(&w) {
			kept = append(append(kept, ','), w.member()...)
		}
	}
	if s.Extra = ""; len(kept) > 0 {
		kept[0] = '{'
		s.Extra = string(append(kept, '}'))
	}
}

// unquoted returns what a valid JSON string means.
func unquoted(quoted string) string {
	text, _ := appendUnescaped(nil, quoted[1:len(quoted)-1])
	return string(text)
}

// extraWalk walks the members of an Extra that is known to be valid, which is much
// faster than checking it again: only where tokens end has to be found.
type extraWalk struct {
	text                                     string // between the braces
	nameBegin, nameEnd, valueBegin, valueEnd int    // of the member, quotes included
}

func walkExtra(extra string) extraWalk {
	from, to := 0, len(extra)
	for from < to && isJSONSpace(extra[from]) {
		from++
	}
	for from < to && isJSONSpace(extra[to-1]) {
		to--
	}
	if to-from < len(`{}`) || extra[from] != '{' || extra[to-1] != '}' {
		return extraWalk{}
	}
	from, to = from+1, to-1
	for from < to && isJSONSpace(extra[from]) {
		from++
	}
	for from < to && isJSONSpace(extra[to-1]) {
		to--
	}
	return extraWalk{text: extra[from:to]}
}

// next moves to the next member; false at the end, and where the text is no object after
// all.
func (w *extraWalk) next() bool {
	text, i := w.text, w.valueEnd
	for i < len(text) && (text[i] == ',' || isJSONSpace(text[i])) {
		i++
	}
	if i >= len(text) || text[i] != '"' {
		return false
	}
	w.nameBegin = i
	i = stringEnd(text, i)
	w.nameEnd = i
	for i < len(text) && (text[i] == ':' || isJSONSpace(text[i])) {
		i++
	}
	w.valueBegin = i
	w.valueEnd = valueEnd(text, i)
	return w.valueEnd > i
}

func (w *extraWalk) member() string { return w.text[w.nameBegin:w.valueEnd] }
func (w *extraWalk) value() string  { return w.text[w.valueBegin:w.valueEnd] }

func (w *extraWalk) name() string {
	name := w.text[w.nameBegin+1 : w.nameEnd-1]
	if strings.IndexByte(name, '\\') >= 0 {
		return unquoted(w.text[w.nameBegin:w.nameEnd])
	}
	return name
}

// stringEnd returns where the string that begins at i ends.
func stringEnd(text string, i int) int {
	for i++; i < len(text); {
		if i+8 <= len(text) {
			special := specialBytes(load64(text, i))
			if special == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(special) / 8
		}
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
	return len(text)
}

// valueEnd returns where the value that begins at i ends.
func valueEnd(text string, i int) int {
	if i >= len(text) {
		return i
	}
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case '{', '[':
		return containerEnd(text, i)
	}
	for i < len(text) && text[i] != ',' && !isJSONSpace(text[i]) {
		i++
	}
	return i
}

func containerEnd(text string, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(text)
}
