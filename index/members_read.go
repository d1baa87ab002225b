package index

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/schema"
)

// maxKeyword bounds a value of a keyword field, in bytes; a longer one does not count.
const maxKeyword = 4 << 10

// memberNode is a node of the tree of declared fields' paths in a session's JSON: the
// fields at this path, and those below its members.
type memberNode struct {
	fields []int // indexes of declared fields
	kids   map[string]*memberNode
}

func newMemberNode(members []*rowLayout) *memberNode {
	root := new(memberNode)
	for i, r := range members {
		n := root
		for _, name := range r.Path() {
			if n.kids == nil {
				n.kids = make(map[string]*memberNode)
			}
			if n.kids[name] == nil {
				n.kids[name] = new(memberNode)
			}
			n = n.kids[name]
		}
		n.fields = append(n.fields, i)
	}
	return root
}

// memberReader reads the values of declared fields. It is not safe for concurrent use.
type memberReader struct {
	l       *layout
	raw     []string // by declared field: its JSON text, "" if absent
	values  []string
	packed  []byte
	payload []byte
}

// fill completes an entry to be put; old is the session's slot before, nil if it is
// new.
func (r *memberReader) fill(e *Entry, old *slot) {
	if len(r.l.members) == 0 {
		e.Members = ""
		return
	}
	same := false
	if old != nil {
		was, kept := old.further()
		if same = kept == e.kept(); same {
			e.Members = was
		}
	}
	if !same {
		e.Members = r.read(e.Extra)
	}
	e.Kind &= schema.KindBits
	for _, hidden := range r.l.schema.Hidden() {
		if payload, _ := e.Members.payload(hidden.Index); payload != "" {
			e.Kind |= hidden.Hides
		}
	}
}

// read returns the values in a session's further members, a JSON object.
func (r *memberReader) read(extra string) Members {
	l := r.l
	if extra == "" || len(l.members) == 0 {
		return ""
	}
	r.raw = append(r.raw[:0], make([]string, len(l.members))...)
	r.find(l.paths, extra)
	r.packed = r.packed[:0]
	for i, raw := range r.raw {
		if raw == "" {
			continue
		}
		row := l.members[i]
		payload, fits := r.readValue(row, raw)
		r.packed = appendMember(r.packed, row.Index, payload, !fits)
		r.payload = payload[:0]
	}
	return Members(r.packed)
}

// find records the texts of the fields at and below a node. If a member occurs twice,
// the last one counts.
func (r *memberReader) find(n *memberNode, text string) {
	for _, i := range n.fields {
		r.raw[i] = text
	}
	if len(n.kids) == 0 {
		return
	}
	r.forget(n)
	scanner := jsontext.Scanner[string]{Text: text}
	for m := (jsontext.Member{}); scanner.Next(&m); {
		if kid := n.kids[jsonString(text[m.Name:m.NameEnd])]; kid != nil {
			r.find(kid, text[m.Value:m.ValueEnd])
		}
	}
}

// forget clears the texts recorded below a node.
func (r *memberReader) forget(n *memberNode) {
	for _, kid := range n.kids {
		for _, i := range kid.fields {
			r.raw[i] = ""
		}
		r.forget(kid)
	}
}

// readValue returns the payload of a JSON value, nil if it does not count as a value,
// and false if all or part of it is of the wrong type. The payload is valid until the
// next call.
func (r *memberReader) readValue(row *rowLayout, raw string) (payload []byte, fits bool) {
	dst := r.payload[:0]
	c := raw[0]
	if c == 'n' {
		return nil, true
	}
	switch row.Type {
	case schema.Keyword:
		return r.readKeyword(row, raw)
	case schema.Flag:
		if c == 't' {
			dst = append(dst, 1)
		}
		return dst, c == 't' || c == 'f'
	case schema.Number:
		if f, ok := jsonNumber(raw); ok {
			return numberPayload(dst, f), true
		}
	case schema.Time:
		if at, ok := jsonTime(raw); ok {
			return timePayload(dst, at), true
		}
	case schema.Text:
		if c == '"' {
			return append(dst, jsonString(raw)...), true
		}
	}
	return nil, false
}

func (r *memberReader) readKeyword(row *rowLayout, raw string) (payload []byte, fits bool) {
	values := r.values[:0]
	fits = true
	take := func(raw string) {
		value := ""
		if raw[0] == '"' {
			value = jsonString(raw)
		}
		if fits = fits && raw[0] == '"' && len(value) <= maxKeyword; raw[0] == '"' && value != "" && len(value) <= maxKeyword {
			values = append(values, value)
		}
	}
	if raw[0] == '[' {
		scanner := jsontext.Scanner[string]{Text: raw}
		for m := (jsontext.Member{}); scanner.NextElement(&m); {
			take(raw[m.Value:m.ValueEnd])
		}
	} else {
		take(raw)
	}
	slices.Sort(values)
	values = slices.Compact(values)
	r.values = values
	return keywordPayload(r.payload[:0], r.l.fold, values, row.Sorted), fits
}

// smallest returns the index of the value that sorts first by its folded form, and that
// form. Values are ascending, so among equal forms the first is the smallest raw one.
func smallest(form fold.Form, values []string) (at int, folded string) {
	for i, v := range values {
		if f := form.Fold(v); i == 0 || f < folded {
			at, folded = i, f
		}
	}
	return at, folded
}

func jsonNumber(raw string) (float64, bool) {
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		return 0, false
	}
	f, err := strconv.ParseFloat(raw, 64)
	return f, err == nil
}

func jsonTime(raw string) (Instant, bool) {
	text := raw
	switch c := raw[0]; {
	case c == '"':
		text = jsonString(raw)
	case c != '-' && (c < '0' || c > '9'):
		return Instant{}, false
	}
	t, reason := civil.Parse(text, time.UTC, civil.Auto) // as parameters are read
	return InstantOf(t), reason == ""
}

// jsonString returns the decoded JSON string.
func jsonString(raw string) string {
	inside := raw[1 : len(raw)-1]
	if strings.IndexByte(inside, '\\') < 0 {
		return inside
	}
	text, _ := jsontext.AppendUnescaped(nil, inside)
	return string(text)
}
