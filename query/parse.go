package query

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The names of the parameters.
const (
	paramQuery               = "query"
	paramState               = "state"
	paramSourceChannel       = "source_channel"
	paramSessionType         = "session_type"
	paramAppID               = "app_id"
	paramIncludeSubSessions  = "include_sub_sessions"
	paramIncludeTaskSessions = "include_task_sessions"
	paramCreatedAfter        = "created_after"
	paramCreatedBefore       = "created_before"
	paramSortBy              = "sort_by"
	paramSortDirection       = "sort_direction"
	paramLimit               = "limit"
	paramOffset              = "offset"
	paramWorkspaceID         = "workspace_id"
	paramAOPAssetID          = "aop_asset_id"
	paramTriggerType         = "trigger_type"
	paramMatch               = "match"
	paramCursor              = "cursor"
)

// params holds all of them in the contract's order, which is the order in which
// Parse and Validate list faults.
var params = [...]string{
	paramQuery, paramState, paramSourceChannel, paramSessionType, paramAppID,
	paramIncludeSubSessions, paramIncludeTaskSessions,
	paramCreatedAfter, paramCreatedBefore,
	paramSortBy, paramSortDirection, paramLimit, paramOffset,
	paramWorkspaceID, paramAOPAssetID, paramTriggerType, paramMatch, paramCursor,
}

// Parse reads the parameters of a request, by the rules of the package
// documentation. The Query that it returns is normalised; see Query.Normalized.
// If anything is wrong it returns the zero Query and an *Error that lists every
// faulty parameter.
//
// The Query shares the strings of v, and nothing else. Time is O(n log n) in the
// size of v; a request without lists allocates nothing.
func Parse(v url.Values) (Query, error) {
	return parse(v, false)
}

// ParseStrict is Parse, except that an unknown parameter is a fault too: a
// filter whose name is misspelt is then reported, not ignored.
func ParseStrict(v url.Values) (Query, error) {
	return parse(v, true)
}

func parse(v url.Values, strict bool) (Query, error) {
	p := parser{values: v}
	var q Query

	// In the order of params, for that is the order of the faults.
	q.Keyword = p.text(paramQuery)
	q.States = p.list(paramState)
	q.SourceChannels = p.list(paramSourceChannel)
	q.SessionTypes = p.list(paramSessionType)
	q.AppID = p.text(paramAppID)
	q.IncludeSubSessions = p.boolean(paramIncludeSubSessions)
	q.IncludeTaskSessions = p.boolean(paramIncludeTaskSessions)
	q.CreatedAfter = p.instant(paramCreatedAfter)
	q.CreatedBefore = p.before(paramCreatedBefore)
	q.SortBy = word(&p, paramSortBy, checkSortBy)
	q.SortDirection = word(&p, paramSortDirection, checkSortDirection)
	q.Limit = p.integer(paramLimit, checkLimit)
	q.Offset = p.integer(paramOffset, checkOffset)
	q.WorkspaceID = p.text(paramWorkspaceID)
	q.AOPAssetID = p.text(paramAOPAssetID)
	q.TriggerTypes = p.list(paramTriggerType)
	q.Match = word(&p, paramMatch, checkMatch)
	if typ, message := checkTerms(q.Match, q.Keyword); typ != "" {
		p.faults = slices.Insert(p.faults, 0, newFault(paramQuery, typ, message, q.Keyword))
	}
	q.Cursor = p.text(paramCursor)

	if strict {
		p.unknown()
	}
	if len(p.faults) > 0 {
		return Query{}, &Error{Faults: p.faults}
	}
	return q.Normalized(), nil
}

// parser reads parameters by their types and collects the faults.
type parser struct {
	values url.Values
	faults []Fault
}

func (p *parser) fault(param, typ, message, value string) {
	p.faults = append(p.faults, newFault(param, typ, message, value))
}

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
	if !utf8.ValidString(value) {
		p.fault(param, typeUnicode, msgUnicode, value)
		return ""
	}
	return value
}

// list returns the values sorted and without duplicates. It counts them before
// it allocates, so that a megabyte of commas costs no memory.
func (p *parser) list(param string) []string {
	n := 0
	for _, all := range p.values[param] {
		for value := range strings.SplitSeq(all, ",") {
			value = strings.TrimSpace(value)
			if !utf8.ValidString(value) {
				p.fault(param, typeUnicode, msgUnicode, value)
				return nil
			}
			if value != "" {
				n++
			}
		}
	}
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for _, all := range p.values[param] {
		for value := range strings.SplitSeq(all, ",") {
			if value = strings.TrimSpace(value); value != "" {
				list = append(list, value)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *parser) boolean(param string) bool {
	value, given := p.last(param)
	if !given {
		return false
	}
	b, ok := parseBool(value)
	if !ok {
		p.fault(param, typeBool, "Input should be a valid boolean, unable to interpret input", value)
	}
	return b
}

func (p *parser) instant(param string) time.Time {
	value, given := p.last(param)
	if !given {
		return time.Time{}
	}
	t, reason := parseTime(value)
	if reason != "" {
		p.fault(param, typeTime, msgTime+reason, value)
	}
	return t
}

// before reads an upper bound. The zero instant would stand for no bound, but
// means that nothing matches, since no session has a zero time or an earlier
// one; the nanosecond before it says so. (For a lower bound, the zero instant and
// no bound are the same.)
func (p *parser) before(param string) time.Time {
	faults := len(p.faults)
	t := p.instant(param)
	if _, given := p.last(param); given && len(p.faults) == faults && t.IsZero() {
		return t.Add(-1)
	}
	return t
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

// unknown faults the parameters that are none of ours, sorted by name.
func (p *parser) unknown() {
	var names []string
	for name := range p.values {
		if !slices.Contains(params[:], name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		value, _ := p.last(name)
		p.fault(name, typeExtra, "Extra inputs are not permitted", value)
	}
}

// parseInt reads decimal digits with an optional sign and white space around
// them. A number beyond the range of an int becomes the nearest one within it:
// which is out of range for a limit, and past the end for an offset.
func parseInt(s string) (n int, ok bool) {
	s = strings.TrimSpace(s)
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		digit := int(s[i]) - '0'
		if digit < 0 || digit > 9 {
			return 0, false
		}
		if n > (math.MaxInt-digit)/10 {
			n = math.MaxInt
			continue
		}
		n = n*10 + digit
	}
	if negative {
		n = -n
	}
	return n, true
}

// parseBool reads the words for true and false in any case. The case is ASCII's:
// by Unicode's rules "yeſ" would be a spelling of "yes".
func parseBool(s string) (value, ok bool) {
	var lower [len("false")]byte
	if len(s) > len(lower) {
		return false, false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(s)]) {
	case "true", "1", "yes", "on", "t", "y":
		return true, true
	case "false", "0", "no", "off", "f", "n":
		return false, true
	}
	return false, false
}
