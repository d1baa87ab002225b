// Package jsontext reads and writes JSON text: it walks the members of an object in
// place, checks the grammar, and writes strings. It knows nothing about sessions.
package jsontext

import (
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth bounds the nesting of an object; the object itself is level 1. Real sessions
// nest three or four levels. A page or an event adds up to three levels around a session,
// and the strictest parser among clients (serde's) reads 127: one odd session must not
// make a whole page unreadable.
const MaxDepth = 124

// Text is the type of text to scan: a line of a file, or an Extra. Both are scanned in
// place, without a copy.
type Text interface{ string | []byte }

// Scanner walks the members of one JSON object and checks its syntax on the way, by
// exactly the grammar of encoding/json (RFC 8259). It does not check UTF-8: callers
// check the whole text at once, which is faster.
type Scanner[T Text] struct {
	// Text is the text to walk.
	Text    T
	pos     int
	started bool
	// odd means that the text, although valid, may have something that strict parsers
	// refuse; see Settle.
	odd   bool
	names nameSet // of the outermost object
	// expected is the rule that the text at pos breaks, "" if there is no fault.
	expected string
}

// Member is one member of the object, as offsets into the text: the name with
// its quotes, and the value without surrounding white space.
type Member struct{ Name, NameEnd, Value, ValueEnd int }

// Next moves to the next member. It returns false at the end of the object, if only
// white space follows it, and at a fault; Failed distinguishes the two.
func (s *Scanner[T]) Next(m *Member) bool {
	if s.expected != "" {
		return false
	}
	return s.advance('{', '}', "where an object begins", "after a member of an object") && s.member(m, &s.names, 1)
}

// NextElement is Next for a text that is an array: it sets only the offsets of the
// value.
func (s *Scanner[T]) NextElement(m *Member) bool {
	if s.expected != "" {
		return false
	}
	if !s.advance('[', ']', "where an array begins", "after an element of an array") {
		return false
	}
	m.Value = s.pos
	if !s.value(1) {
		return false
	}
	m.ValueEnd = s.pos
	return true
}

// advance steps to the next part of the outermost object or array.
func (s *Scanner[T]) advance(opening, closing byte, beginning, after string) bool {
	s.space()
	switch {
	case !s.started && s.peek() != opening:
		return s.fail(beginning)
	case !s.started:
		s.started = true
		s.pos++
		s.space()
		if s.peek() == closing {
			return s.end()
		}
	case s.peek() == closing:
		return s.end()
	case s.peek() == ',':
		s.pos++
		s.space()
	default:
		return s.fail(after)
	}
	return true
}

// Odd reports whether the scanned text may have something that strict parsers refuse;
// Settle decides.
func (s *Scanner[T]) Odd() bool { return s.odd }

// TooDeep reports whether the scan ended because the text nests deeper than MaxDepth.
// The last Member then has its name set.
func (s *Scanner[T]) TooDeep() bool { return s.expected == tooDeep }

// Failed reports whether the scan ended at a fault.
func (s *Scanner[T]) Failed() bool { return s.expected != "" }

// Fault describes the fault at which the scan ended.
func (s *Scanner[T]) Fault() string {
	if s.expected == tooDeep {
		return fmt.Sprintf("nests deeper than %d levels at byte %d", MaxDepth, s.pos+1)
	}
	if s.pos >= len(s.Text) {
		return "unexpected end of the text " + s.expected
	}
	r, size := utf8.DecodeRuneInString(string(s.Text[s.pos:min(len(s.Text), s.pos+utf8.UTFMax)]))
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("byte 0x%02x, which is not UTF-8, %s at byte %d", s.Text[s.pos], s.expected, s.pos+1)
	}
	return fmt.Sprintf("invalid character %q %s at byte %d", r, s.expected, s.pos+1)
}

const tooDeep = "too deep"

func (s *Scanner[T]) fail(expected string) bool {
	s.expected = expected
	return false
}

// end steps over the closing brace of the outermost object.
func (s *Scanner[T]) end() bool {
	s.pos++
	s.space()
	if s.pos < len(s.Text) {
		return s.fail("after the end of the object")
	}
	return false
}

// peek returns the byte at pos, 0 at the end. NUL is not legal outside strings, so the
// two need not be distinguished.
func (s *Scanner[T]) peek() byte {
	if s.pos < len(s.Text) {
		return s.Text[s.pos]
	}
	return 0
}

func (s *Scanner[T]) space() {
	for s.pos < len(s.Text) && IsSpace(s.Text[s.pos]) {
		s.pos++
	}
}

func IsSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t'
}

func (s *Scanner[T]) member(m *Member, names *nameSet, depth int) bool {
	if s.peek() != '"' {
		return s.fail("where the name of a member begins")
	}
	m.Name = s.pos
	if !s.string() {
		return false
	}
	m.NameEnd = s.pos
	if addName(names, s.Text, m.Name+1, m.NameEnd-1) {
		s.odd = true
	}
	s.space()
	if s.peek() != ':' {
		return s.fail("after the name of a member")
	}
	s.pos++
	s.space()
	m.Value = s.pos
	if !s.value(depth) {
		return false
	}
	m.ValueEnd = s.pos
	return true
}

// value steps over one value inside a container of the given depth.
func (s *Scanner[T]) value(depth int) bool {
	switch c := s.peek(); c {
	case '"':
		return s.string()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	case '{', '[':
		if depth >= MaxDepth {
			return s.fail(tooDeep)
		}
		if c == '{' {
			return s.object(depth + 1)
		}
		return s.array(depth + 1)
	default:
		if c == '-' || isDigit(c) {
			return s.number()
		}
		return s.fail("where a value begins")
	}
}

func (s *Scanner[T]) object(depth int) bool {
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return true
	}
	var names nameSet
	for {
		var m Member
		if !s.member(&m, &names, depth) {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return true
		default:
			return s.fail("after a member of an object")
		}
	}
}

func (s *Scanner[T]) array(depth int) bool {
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return true
	}
	for {
		if !s.value(depth) {
			return false
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return true
		default:
			return s.fail("after an element of an array")
		}
	}
}

func (s *Scanner[T]) literal(word string) bool {
	for i := range len(word) {
		if s.peek() != word[i] {
			return s.fail("in the literal " + word)
		}
		s.pos++
	}
	return true
}

func (s *Scanner[T]) number() bool {
	begin := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	switch {
	case s.peek() == '0': // no digit may follow; the caller would reject it
		s.pos++
	case !s.digits():
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		exponent := s.pos
		if s.pos-begin > sureLength || !s.digits() {
			s.odd = true
			return s.expected == "" && s.digits()
		}
		s.odd = s.odd || s.pos-exponent > sureExponent
		return true
	}
	s.odd = s.odd || s.pos-begin > sureLength
	return true
}

// A number with at most this many characters before the exponent, and this many digits
// in the exponent, certainly fits a double.
const (
	sureLength   = 200
	sureExponent = 2
)

func (s *Scanner[T]) digits() bool {
	if !isDigit(s.peek()) {
		return s.fail("in a number")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// string steps over a string, quotes included.
func (s *Scanner[T]) string() bool {
	text, i := s.Text, s.pos+1
	for i < len(text) {
		if i+8 <= len(text) {
			special := specialBytes(load64(text, i))
			if special == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(special) / 8
		}
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			return true
		case c == '\\':
			n := escapeLength(text, i)
			if n == 0 {
				s.pos = i + 1
				return s.fail("in an escape of a string")
			}
			if n == 6 && isHalf(text, i) {
				if isPair(text, i) {
					n = 12
				} else {
					s.odd = true
				}
			}
			i += n
		case c < 0x20:
			s.pos = i
			return s.fail("in a string")
		default:
			i++
		}
	}
	s.pos = len(text)
	return s.fail("in a string")
}

// escapeLength returns the length of the escape at i, 0 if it is none.
func escapeLength[T Text](text T, i int) int {
	if i+1 >= len(text) {
		return 0
	}
	switch text[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(text, i+2); ok {
			return 6
		}
	}
	return 0
}

// isHalf reports whether the escape at i is half of a surrogate pair.
func isHalf[T Text](text T, i int) bool {
	return (text[i+2] == 'd' || text[i+2] == 'D') && text[i+3] >= '8'
}

// isPair reports whether the half at i begins a surrogate pair.
func isPair[T Text](text T, i int) bool {
	high, _ := hex4(text, i+2)
	if i+12 > len(text) || text[i+6] != '\\' || text[i+7] != 'u' {
		return false
	}
	low, ok := hex4(text, i+8)
	return ok && utf16.DecodeRune(high, low) != utf8.RuneError
}

// hex4 reads the four hexadecimal digits at i.
func hex4[T Text](text T, i int) (rune, bool) {
	if i+4 > len(text) {
		return 0, false
	}
	var r rune
	for k := range 4 {
		c := text[i+k]
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
)

// load64 reads eight bytes at once, the first into the lowest byte. For little-endian
// machines the compiler makes it a single load; elsewhere it is only slower.
func load64[T Text](text T, i int) uint64 {
	_ = text[i+7]
	return uint64(text[i]) | uint64(text[i+1])<<8 | uint64(text[i+2])<<16 | uint64(text[i+3])<<24 |
		uint64(text[i+4])<<32 | uint64(text[i+5])<<40 | uint64(text[i+6])<<48 | uint64(text[i+7])<<56
}

// specialBytes marks, by their high bits, the bytes of x that end the plain part
// of a JSON string: the quote, the backslash and the control characters. The
// lowest mark is exact; borrows may set false ones above it.
func specialBytes(x uint64) uint64 {
	quote := x ^ '"'*everyByte
	slash := x ^ '\\'*everyByte
	return ((x-0x20*everyByte)&^x | (quote-everyByte)&^quote | (slash-everyByte)&^slash) & highBits
}

// nameSet detects names that may have occurred before in an object: it has a bit for
// each, by a hash of the name's length and ends.
type nameSet [32]uint64

// addName adds a name and reports whether it may have been added before. A name with an
// escape may equal any other.
func addName[T Text](set *nameSet, text T, from, to int) bool {
	h := uint32(to - from)
	for i := from; i < min(to, from+4); i++ {
		h = (h ^ uint32(text[i])) * 16777619
	}
	for i := max(from, to-8); i < to; i++ {
		h = (h ^ uint32(text[i])) * 16777619
	}
	for i := from; i < to; i++ {
		if text[i] == '\\' {
			return true
		}
	}
	h ^= h >> 15
	bit := uint64(1) << (h & 63)
	limb := &set[h>>6&31]
	seen := *limb&bit != 0
	*limb |= bit
	return seen
}
