package query

import (
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex/internal/fold"
	"github.com/sessiondex/sessiondex/schema"
)

// Facets counts the sessions that match a query, by the values of some fields.
type Facets struct {
	// Total is the number of sessions that match the whole query.
	Total int `json:"total"`
	// Fields has a facet for each field that was named, in the order named; never nil
	// in an answer without an error.
	Fields []Facet `json:"fields"`
}

// Field returns the facet of a field, the zero Facet if it was not counted.
func (f Facets) Field(name string) Facet {
	for _, facet := range f.Fields {
		if facet.Field == name {
			return facet
		}
	}
	return Facet{}
}

// Facet counts the matches by the values of one field. It leaves out the query's
// own filter on that field, and so says what choosing another value would give.
type Facet struct {
	Field string `json:"field"`
	// Values are the most frequent values, by descending count, then by value. Those of
	// a time are periods, as Period has them, of which the latest are listed, in ascending
	// order; periods without matches are left out. Those of the kind are "top_level",
	// "sub_session", "task_run" and "both", which are disjoint. Never nil in an answer
	// without an error.
	Values []FacetCount `json:"values"`
	// Distinct is how many values there are, those included that are not listed; with
	// FacetOptions.Search, of those that it finds.
	Distinct int `json:"distinct"`
	// AtMost says that Distinct is an upper bound, and that values may be missing or
	// counted too low: of a fleet whose parts have more values than they can list, see
	// MaxTop. An engine's counts are exact.
	AtMost bool `json:"at_most,omitempty"`
	// Missing is the number of matches that have no value.
	Missing int `json:"missing"`
	// Number is what there is to say of a field of numbers, whose values are not listed;
	// nil for any other.
	Number *NumberStats `json:"number,omitempty"`
}

// NumberStats sums up numbers. Min, Max and Sum are 0 if there are none; a Sum that
// overflows is the largest number.
type NumberStats struct {
	Min   float64 `json:"min"`
	Max   float64 `json:"max"`
	Sum   float64 `json:"sum"`
	Count int     `json:"count"` // of the matches that have a number
}

// Count returns the count of a value, 0 if it is not listed.
func (f Facet) Count(value string) int {
	for _, c := range f.Values {
		if c.Value == value {
			return c.Count
		}
	}
	return 0
}

// FacetCount is one value and the number of matches that have it.
type FacetCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Period is a part of the calendar that times are counted by, in a time zone. A day, and
// a month, goes from its first instant to that of the next.
type Period string

// The periods.
const (
	Month Period = "month" // "2026-01"
	Day   Period = "day"   // "2026-01-31"
	Hour  Period = "hour"  // "2026-01-31T15:00+01:00", its first instant; in UTC "…Z"
)

// DefaultTop is how many values a facet lists, and MaxTop how many it can be made to.
const (
	DefaultTop = 50
	MaxTop     = 10_000
)

// FacetOptions say what to count. The zero value counts by [DefaultFacets].
type FacetOptions struct {
	// Fields names the fields to count by, of those that [FacetFields] returns; empty
	// means DefaultFacets. A field named twice is counted once.
	Fields []string
	// Top is how many values a facet lists; 0 means DefaultTop.
	Top int
	// Search keeps, in the facets of keywords, the values that contain it: a literal
	// substring, trimmed and in any case, as a keyword is searched in titles. It changes
	// neither counts nor Missing, and no other facets; blank keeps all values.
	Search string
	// Period is what times are counted by; "" means Month.
	Period Period
	// Zone is where Period's hours, days and months are; nil means UTC.
	Zone *time.Location
}

// DefaultFacets returns the fields that are counted unless others are named.
func DefaultFacets() []string {
	return []string{"state", "source_channel", "session_type", "trigger_type", "app_id", "kind", "created_at"}
}

// FacetFields returns all fields of a schema that can be counted by, the default ones
// first.
func FacetFields(s *schema.Schema) []string {
	names := DefaultFacets()
	for _, name := range s.Names(func(r *schema.Row) bool { return r.Type != schema.Text }) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Validate is ValidateWith for the fields of the contract.
func (o FacetOptions) Validate() error { return o.ValidateWith(nil) }

// ValidateWith returns nil, or an *Error that lists everything that is wrong: a field
// that is none of the schema (parameter "facet"), a Top out of range ("top"), an unknown
// Period ("period"), a Search that is not valid UTF-8, or that no field is searched in
// because none is a keyword ("facet_query").
func (o FacetOptions) ValidateWith(s *schema.Schema) error {
	var faults []Fault
	for _, name := range o.Fields {
		if r := s.Lookup(name); r == nil || r.Type == schema.Text {
			faults = append(faults, NewFault("facet", typeEnum, oneOf(FacetFields(s)...), name))
		}
	}
	switch top := strconv.Itoa(o.Top); {
	case o.Top < 0:
		faults = append(faults, NewFault("top", typeAtLeast, "Input should be greater than or equal to 1", top))
	case o.Top > MaxTop:
		faults = append(faults, NewFault("top", typeAtMost, fmt.Sprintf("Input should be less than or equal to %d", MaxTop), top))
	}
	if message := o.checkSearch(s); message != "" {
		faults = append(faults, NewFault("facet_query", typeValue, message, o.Search))
	}
	switch o.Period {
	case "", Month, Day, Hour:
	default:
		faults = append(faults, NewFault("period", typeEnum, oneOf(Month, Day, Hour), string(o.Period)))
	}
	if len(faults) > 0 {
		return &Error{Faults: faults}
	}
	return nil
}

// checkSearch returns what is wrong with Search, or "".
func (o *FacetOptions) checkSearch(s *schema.Schema) (message string) {
	isKeyword := func(name string) bool {
		r := s.Lookup(name)
		return r == nil || r.Type == schema.Keyword // another fault is told of one that is unknown
	}
	switch {
	case !utf8.ValidString(o.Search):
		return msgUnicode
	case fold.Trim(o.Search) != "" && len(o.Fields) > 0 && !slices.ContainsFunc(o.Fields, isKeyword):
		return "Input should go with a facet of a keyword field"
	}
	return ""
}
