package httpapi

import (
	"strings"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// patch is a JSON merge patch (RFC 7396) of an object, read once, before the writer's turn:
// members replace those of the same name, objects member by member, and null removes.
type patch struct {
	members []patchMember
	places  map[string]int // in members, by name
}

type patchMember struct {
	name   string
	value  string
	object *patch // nil unless the value is one
}

// parsePatch reads a patch. One that nests deeper than a session may is refused here:
// applying it would take time for every level.
func parsePatch(text []byte) (*patch, error) {
	scanner := jsontext.Scanner[[]byte]{Text: text}
	for member := (jsontext.Member{}); scanner.Next(&member); {
	}
	if scanner.Failed() {
		return nil, bodyError("The patch is no JSON object: " + scanner.Fault())
	}
	return newPatch(string(text)), nil
}

// newPatch reads an object that is known to be one. Of members of the same name the last
// counts.
func newPatch(object string) *patch {
	p := &patch{places: make(map[string]int)}
	for w := jsontext.WalkObject(object); w.Next(); {
		m := patchMember{name: w.Name(), value: w.Value()}
		if m.value[0] == '{' {
			m.object = newPatch(m.value)
		}
		if at, again := p.places[m.name]; again {
			p.members[at] = m
			continue
		}
		p.places[m.name] = len(p.members)
		p.members = append(p.members, m)
	}
	return p
}

// apply returns the object after the patch. The order of its members stays; what is new
// comes last.
func (p *patch) apply(object string) string {
	var b strings.Builder
	b.Grow(len(object))
	p.write(&b, object)
	return b.String()
}

func (p *patch) write(b *strings.Builder, object string) {
	b.WriteByte('{')
	empty := b.Len()
	begin := func(quotedName string) {
		if b.Len() > empty {
			b.WriteByte(',')
		}
		b.WriteString(quotedName)
		b.WriteByte(':')
	}
	there := make([]bool, len(p.members))
	for w := jsontext.WalkObject(object); w.Next(); {
		at, ok := p.places[w.Name()]
		if !ok {
			begin(w.QuotedName())
			b.WriteString(w.Value())
			continue
		}
		there[at] = true
		if m := &p.members[at]; m.value != "null" {
			begin(w.QuotedName())
			m.write(b, w.Value())
		}
	}
	for i := range p.members {
		if m := &p.members[i]; !there[i] && m.value != "null" {
			begin(string(jsontext.AppendString(nil, m.name)))
			m.write(b, "{}")
		}
	}
	b.WriteByte('}')
}

// write writes the member's value as it is after a change of what there was.
func (m *patchMember) write(b *strings.Builder, before string) {
	switch {
	case m.object == nil:
		b.WriteString(m.value)
	case before[0] != '{':
		m.object.write(b, "{}")
	default:
		m.object.write(b, before)
	}
}
