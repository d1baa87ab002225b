package query

import (
	"math"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/schema"
)

// brackets reads the parameters with brackets, f[gte]=10. f[] and f[eq] are set aside for
// the list of f; any other operator makes a condition of each value. Unknown brackets are
// faults, also where unknown parameters are ignored.
func (p *parser) brackets(q *Query) {
	var names []string
	for name, values := range p.values {
		if strings.Contains(name, "[") && len(values) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		field, rest, _ := strings.Cut(name, "[")
		word, closed := strings.CutSuffix(rest, "]")
		if !closed || strings.ContainsAny(word, "[]") {
			p.bracketFault(name, "Input should be named as in tags[all]=…")
			continue
		}
		p.bracket(q, name, field, word)
	}
}

func (p *parser) bracketFault(name, message string) {
	value, _ := p.last(name)
	p.fault(name, typeExtra, message, value)
}

// bracket reads one parameter.
func (p *parser) bracket(q *Query, name, field, word string) {
	values := p.values[name]
	switch {
	case word == "" && (field == paramIDs || field == paramKind || field == paramInclude || field == paramSearchIn):
		p.part(field).lists = values
		return
	case word == "eq" && field == paramIDs:
		p.part(field).literals = values
		return
	case name == paramIDPrefix:
		p.idPrefix(q, values)
		return
	case field == paramIDs:
		p.bracketFault(name, "Input should be ids=…, ids[eq]=… or ids[prefix]=…")
		return
	}
	r := p.schema.Lookup(field)
	switch {
	case r == nil:
		p.bracketFault(name, unknownField(p.schema))
	case word == "" && r.Type == schema.Keyword && !r.Single:
		p.part(field).lists = values
	case !hasOperator(r.Type, word):
		p.bracketFault(name, "Input should be "+usage(r))
	case word == "eq" && r.Type == schema.Keyword:
		p.part(field).literals = values
	case word == "eq":
		c := Cond{op: condEqual, field: field}
		for _, value := range values {
			if b, ok := p.bound(name, r, value); ok {
				c.bounds = append(c.bounds, b)
			}
		}
		q.Where = append(q.Where, c.sorted())
	default:
		for _, value := range values {
			if c, ok := p.cond(name, r, word, value); ok {
				q.Where = append(q.Where, c)
			}
		}
	}
}

// idPrefix reads beginnings of ids, all of which must hold: the longest says it.
func (p *parser) idPrefix(q *Query, values []string) {
	for _, value := range values {
		if len(value) < len(q.IDPrefix) {
			value, q.IDPrefix = q.IDPrefix, value
		}
		if !strings.HasPrefix(value, q.IDPrefix) {
			p.fault(paramIDPrefix, typeValue, "Input should be beginnings of one id", value)
		}
		q.IDPrefix = value
	}
}

// part returns what brackets add to the list of a parameter.
func (p *parser) part(param string) *listPart {
	if p.lists == nil {
		p.lists = make(map[string]*listPart)
	}
	if p.lists[param] == nil {
		p.lists[param] = new(listPart)
	}
	return p.lists[param]
}

// cond reads one value of an operator that the row's type has.
func (p *parser) cond(name string, r *schema.Row, word, value string) (c Cond, ok bool) {
	switch word {
	case "in":
		return In(r.Name, splitList(value)...), true
	case "not":
		return NotIn(r.Name, splitList(value)...), true
	case "all":
		return HasAll(r.Name, splitList(value)...), true
	case "prefix":
		return Prefix(r.Name, value), true
	case "exists":
		if p.booleanValue(name, value) {
			return Has(r.Name), true
		}
		return Lacks(r.Name), true
	}
	b, ok := p.bound(name, r, value)
	return comparison(condOp(slices.Index(words[:], word)), r.Name, b), ok
}

// bound reads a number or a timestamp.
func (p *parser) bound(name string, r *schema.Row, value string) (b bound, ok bool) {
	if r.Type == schema.Time {
		t, ok := p.instantValue(name, value)
		return boundOf(t), ok
	}
	f, ok := parseNumber(value)
	switch {
	case !ok:
		p.fault(name, typeFloat, "Input should be a valid number, unable to parse string as a number", value)
	case math.IsInf(f, 0):
		p.fault(name, typeFinite, msgFinite, value)
		ok = false
	}
	return numberBound(f), ok
}
