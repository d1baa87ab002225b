package jsontext

import "strconv"

// Unreadable is a part of an object that strict parsers refuse, and that cannot be
// repaired without a loss for other parsers.
type Unreadable struct {
	// Name is the name of the object's member, and Value the number in it.
	Name, Value string
}

// Settle repairs the parts of an object that strict parsers refuse and tolerant ones
// accept, in the way of the latter. An escaped surrogate without its other half, in a
// string or a name at any depth, becomes the escape of U+FFFD. If members of one object
// have the same name, the last is kept. A number that is too large for a double cannot
// be repaired and is returned. The object must be valid JSON. It is returned as it is if
// there is nothing to repair. Settle costs several times as much as scanning: call it
// only if Scanner.Odd reports true.
func Settle(object string) (string, *Unreadable) {
	var m mender
	m.walk(object, 1)
	switch {
	case m.fault != nil:
		return object, m.fault
	case !m.changed:
		return object, nil
	}
	return string(m.out), nil
}

// mender copies JSON text and repairs it on the way.
type mender struct {
	out     []byte
	changed bool
	member  string // the current member of the outermost object
	fault   *Unreadable
}

// walk copies the value in text.
func (m *mender) walk(text string, depth int) {
	switch text[0] {
	case '"':
		m.string(text)
	case '[':
		m.array(text, depth)
	case '{':
		m.object(text, depth)
	case 't', 'f', 'n':
		m.out = append(m.out, text...)
	case ' ', '\t', '\r', '\n':
		m.walk(text[1:], depth)
	default:
		if _, err := strconv.ParseFloat(text, 64); err != nil && m.fault == nil {
			m.fault = &Unreadable{m.member, text}
		}
		m.out = append(m.out, text...)
	}
}

// string copies a string; the escape of U+FFFD is as long as that of a surrogate.
func (m *mender) string(quoted string) {
	at := len(m.out)
	m.out = append(m.out, quoted...)
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		n := escapeLength(quoted, i)
		if n == 6 && isHalf(quoted, i) {
			if isPair(quoted, i) {
				n = 12
			} else {
				copy(m.out[at+i:], `\ufffd`)
				m.changed = true
			}
		}
		i += n - 1
	}
}

func (m *mender) object(text string, depth int) {
	last := make(map[string]int) // the index of the last member of each name
	n := 0
	for w := WalkObject(text); w.Next(); n++ {
		last[w.Name()] = n
	}
	m.out = append(m.out, '{')
	first, i := true, 0
	for w := WalkObject(text); w.Next(); i++ {
		name := w.Name()
		if last[name] != i {
			m.changed = true
			continue
		}
		if !first {
			m.out = append(m.out, ',')
		}
		first = false
		if depth == 1 {
			m.member = name
		}
		m.string(w.QuotedName())
		m.out = append(m.out, ':')
		m.walk(w.Value(), depth+1)
	}
	m.out = append(m.out, '}')
}

func (m *mender) array(text string, depth int) {
	m.out = append(m.out, '[')
	first := true
	for i := 1; ; {
		for text[i] == ',' || IsSpace(text[i]) {
			i++
		}
		if text[i] == ']' {
			break
		}
		if !first {
			m.out = append(m.out, ',')
		}
		first = false
		end := valueEnd(text, i)
		m.walk(text[i:end], depth+1)
		i = end
	}
	m.out = append(m.out, ']')
}
