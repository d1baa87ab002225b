package query

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/schema"
)

// Parse is ParseWith for the contract's schema.
func Parse(v url.Values) (Query, error) { return parse(nil, v, false) }

// ParseWith reads the parameters of a request for sessions with this schema, by the rules
// of the package documentation. The Query that it returns is normalised; see
// Query.Normalized. If anything is wrong it returns the zero Query and an *Error that
// lists every faulty parameter.
//
// The Query shares the strings of v, and nothing else. Time is O(n log n) in the
// size of v.
func ParseWith(s *schema.Schema, v url.Values) (Query, error) { return parse(s, v, false) }

// ParseStrict is ParseStrictWith for the contract's schema.
func ParseStrict(v url.Values) (Query, error) { return parse(nil, v, true) }

// ParseStrictWith is ParseWith, except that an unknown parameter is a fault too: a
// filter whose name is misspelt is then reported, not ignored.
func ParseStrictWith(s *schema.Schema, v url.Values) (Query, error) { return parse(s, v, true) }

func parse(s *schema.Schema, v url.Values, strict bool) (Query, error) {
	p := parser{values: v, schema: s, zone: time.UTC}
	var q Query
	p.readZone()
	p.brackets(&q)

	q.Keyword = p.text(paramQuery)
	q.Match = word(&p, paramMatch, checkMatch)
	q.Typing = p.boolean(paramTyping)
	q.Typos = p.boolean(paramTypos)
	q.SearchIn = p.list(paramSearchIn)
	for r := range s.Rows() {
		p.row(&q, r)
	}
	q.IDs = p.list(paramIDs)
	for _, k := range p.list(paramKind) {
		q.Kinds = append(q.Kinds, Kind(k))
	}
	q.IncludeSubSessions = p.boolean(paramIncludeSubSessions)
	q.IncludeTaskSessions = p.boolean(paramIncludeTaskSessions)
	q.Include = p.list(paramInclude)
	q.SortFirst = word(&p, paramSortFirst, func(name string) string { return checkRow(s, name, isFlag, "a flag") })
	q.SortBy = word(&p, paramSortBy, func(by SortField) string { return checkSortBy(s, by) })
	q.SortDirection = word(&p, paramSortDirection, checkSortDirection)
	q.Limit = p.integer(paramLimit, checkLimit)
	q.Offset = p.integer(paramOffset, checkOffset)
	q.Cursor = p.text(paramCursor)

	if strict {
		p.unknown()
	}
	p.query(&q, s)
	if err := p.err(s); err != nil {
		return Query{}, err
	}
	return q.Normalized(), nil
}

// parser reads parameters by their types and collects the faults.
type parser struct {
	checker
	values url.Values
	schema *schema.Schema
	zone   *time.Location       // of bare dates
	lists  map[string]*listPart // by the parameter that they belong to
}

// listPart is what brackets add to a list: f[]=a,b and f[eq]=a.
type listPart struct{ lists, literals []string }

// last returns the value that counts of a parameter that is not a list.
func (p *parser) last(param string) (value string, given bool) {
	all := p.values[param]
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1], true
}

func (p *parser) text(param string) string {
	value, _ := p.last(param)
	return value
}

// row reads the parameters that a row has without brackets.
func (p *parser) row(q *Query, r *schema.Row) {
	switch r.Type {
	case schema.Keyword:
		p.keywordRow(q, r)
	case schema.Flag:
		if _, given := p.last(r.Name); given {
			value := flagFalse
			if p.boolean(r.Name) {
				value = flagTrue
			}
			q.Where = append(q.Where, In(r.Name, value))
		}
	case schema.Kind:
	default:
		if value, given := p.last(r.Name); given {
			p.fault(r.Name, typeExtra, "Input should be "+usage(r), value)
		}
	}
	if after, before := q.bounds(r.Index); after != nil {
		*after, _ = p.instant(r.After)
		if t, given := p.instant(r.Before); given {
			*before = upperBound(t)
		}
	}
}

// keywordRow reads f=a,b and what f[eq] adds to the list.
func (p *parser) keywordRow(q *Query, r *schema.Row) {
	var values, literals []string
	if part := p.lists[r.Name]; part != nil {
		literals = part.literals
	}
	if !r.Single {
		values = p.list(r.Name)
	} else if values = literals; p.text(r.Name) != "" {
		values = append(slices.Clip(values), p.text(r.Name))
	}
	if len(values) == 0 {
		return
	}
	l, one := q.list(r.Index), q.single(r.Index)
	switch {
	case l != nil && literals == nil:
		*l = values
	case one != nil && literals == nil:
		*one = values[0]
	default:
		q.Where = append(q.Where, In(r.Name, values...))
	}
}

// list returns all values that a list parameter has, with those that brackets add,
// sorted and without duplicates. It counts them before it allocates, so that a megabyte
// of commas costs no memory.
func (p *parser) list(param string) []string {
	var part listPart
	if more := p.lists[param]; more != nil {
		part = *more
	}
	n := len(part.literals)
	for _, lists := range [...][]string{p.values[param], part.lists} {
		for _, all := range lists {
			for value := range strings.SplitSeq(all, ",") {
				if strings.TrimSpace(value) != "" {
					n++
				}
			}
		}
	}
	if n == 0 {
		return nil
	}
	list := append(make([]string, 0, n), part.literals...)
	for _, lists := range [...][]string{p.values[param], part.lists} {
		for _, all := range lists {
			for value := range strings.SplitSeq(all, ",") {
				if value = strings.TrimSpace(value); value != "" {
					list = append(list, value)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *parser) boolean(param string) bool {
	value, given := p.last(param)
	return given && p.booleanValue(param, value)
}

func (p *parser) booleanValue(param, value string) bool {
	b, ok := ParseBool(value)
	if !ok {
		p.fault(param, typeBool, msgBool, value)
	}
	return b
}

func (p *parser) instant(param string) (t time.Time, given bool) {
	value, given := p.last(param)
	if given {
		t, given = p.instantValue(param, value)
	}
	return t, given
}

func (p *parser) instantValue(param, value string) (t time.Time, ok bool) {
	t, reason := civil.Parse(value, p.zone, civil.Auto)
	if reason != "" {
		p.fault(param, typeTime, msgTime+reason, value)
	}
	return t, reason == ""
}

// readZone reads the time zone of bare dates.
func (p *parser) readZone() {
	name, given := p.last(paramTZ)
	if !given {
		return
	}
	zone, err := ParseZone(name)
	if err != nil {
		p.fault(paramTZ, typeZone, "Input should be the name of a time zone, such as UTC or Europe/Berlin", name)
		return
	}
	p.zone = zone
}

// word reads one of a few words, which check knows.
func word[T ~string](p *parser, param string, check func(T) (message string)) T {
	value, given := p.last(param)
	if !given {
		return ""
	}
	if message := check(T(value)); message != "" {
		p.fault(param, typeEnum, message, value)
	}
	return T(value)
}

// integer reads a number that check then finds within its range.
func (p *parser) integer(param string, check func(int) (typ, message string)) int {
	value, given := p.last(param)
	if !given {
		return 0
	}
	n, ok := parseInt(value)
	if !ok {
		p.fault(param, typeInt, "Input should be a valid integer, unable to parse string as an integer", value)
	} else if typ, message := check(n); typ != "" {
		p.fault(param, typ, message, value)
	}
	return n
}

// unknown faults the parameters that are none of ours.
func (p *parser) unknown() {
	for name := range p.values {
		if !slices.Contains(params[:], name) && p.schema.Lookup(name) == nil && !strings.Contains(name, "[") {
			value, _ := p.last(name)
			p.fault(name, typeExtra, "Extra inputs are not permitted", value)
		}
	}
}
