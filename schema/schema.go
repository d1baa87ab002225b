// Package schema defines which fields sessions have: the contract's, and those that a
// program declares.
//
// A [Field] has a name, a path in the session's JSON, a [Type] and two marks. The type
// determines a field's conditions, its facet and its order: the contract's members are
// rows of the same table, some with further parameters (see [Row]). Code that parses,
// validates, indexes, plans, documents or prints fields walks a [Schema]; there is no
// second list of fields.
//
//	row                type     beside its name
//	state              keyword
//	source_channel     keyword
//	session_type       keyword
//	trigger_type       keyword  implies task runs
//	app_id             keyword  one value
//	workspace_id       keyword  one value
//	aop_asset_id       keyword  one value, implies task runs
//	parent_session_id  keyword  one value, implies sub-sessions
//	created_at         time     created_after, created_before; sorted
//	updated_at         time     updated_after, updated_before; sorted
//	title              text     query; sorted
//	kind               kind     include_sub_sessions, include_task_sessions
//
// The package imports no other package of this module. A Schema is immutable and safe
// for concurrent use.
package schema

import (
	"iter"
	"slices"
)

// Field declares a member of the sessions' JSON, by which sessions can be filtered,
// counted and, if Sorted, sorted. Declaring a field does not change what is stored or
// returned.
type Field struct {
	// Name is the parameter, the facet and the sort key: 1 to 64 ASCII letters, digits,
	// "_", "-" and ".", beginning with a letter or "_". It may not be one of Reserved.
	Name string
	// Member is where the value is in the session's JSON; "" means Name. A dot reaches
	// into an object ("agent.name"); "\." is a dot and "\\" a backslash. It may not lie
	// in a member of the contract.
	Member string
	// Type is the type of the field's values. A value of another type does not count.
	Type Type
	// Hidden, for a Flag, leaves the sessions that have the flag out of listings that do
	// not include them, like sub-sessions and task runs. At most MaxHidden fields have
	// it.
	Hidden bool
	// Sorted, for a Keyword, Number or Time, lets listings be sorted by the field.
	Sorted bool
}

// Type is the type of a field's values.
type Type string

// The types. Kind is the type of the contract's row kind only.
const (
	Keyword Type = "keyword" // a string, or several (tags), compared exactly
	Flag    Type = "flag"    // true or false
	Number  Type = "number"  // a JSON number, as a double
	Time    Type = "time"    // an instant
	Text    Type = "text"    // a string that is searched by words
	Kind    Type = "kind"    // top_level, sub_session, task_run, both
)

// MaxHidden is how many hidden flags a schema may have.
const MaxHidden = 4

// Row is a field as a Schema has it. Rows are shared: do not write to them.
type Row struct {
	Field
	// Index is the row's place in Fields, from 0: a key for arrays by field.
	Index int
	// Single rows take one literal value as the parameter of their name (the last one,
	// if it is repeated); others take a list.
	Single bool
	// Implies is the kind of session that a condition on the field includes in the
	// listing, since only such sessions have a value.
	Implies Visibility
	// Hides is the bit of a hidden flag; 0 for any other row.
	Hides Visibility
	// After and Before name the parameters of inclusive bounds; "" for a row that has none.
	After, Before string
}

// Declared reports whether the row is a declared field, not one of the contract's.
func (r *Row) Declared() bool { return r.Index >= len(contract.rows) }

// Schema is a table of fields. A nil *Schema is the contract's.
type Schema struct {
	rows   []Row
	byName map[string]*Row
	hidden []*Row
}

// Contract returns the schema of the contract, without declared fields. It is always
// the same one.
func Contract() *Schema { return contract }

// New returns the contract's schema followed by the fields, in this order. The error is
// an *Error that lists every fault of every field.
func New(fields ...Field) (*Schema, error) {
	if faults := check(fields); len(faults) > 0 {
		return nil, &Error{Faults: faults}
	}
	rows := slices.Grow(slices.Clone(contract.rows), len(fields))
	hides := firstHidden
	for _, f := range fields {
		if f.Member == "" {
			f.Member = f.Name
		}
		row := Row{Field: f, Index: len(rows)}
		if f.Hidden {
			row.Hides = hides
			hides <<= 1
		}
		rows = append(rows, row)
	}
	return newSchema(rows), nil
}

func newSchema(rows []Row) *Schema {
	s := &Schema{rows: rows, byName: make(map[string]*Row, len(rows))}
	for i := range rows {
		row := &rows[i]
		s.byName[row.Name] = row
		if row.Hidden {
			s.hidden = append(s.hidden, row)
		}
	}
	return s
}

func (s *Schema) orContract() *Schema {
	if s == nil {
		return contract
	}
	return s
}

// Fields yields the contract's rows and then the declared fields, in the order of their
// declaration.
func (s *Schema) Fields() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for r := range s.Rows() {
			if !yield(r.Field) {
				return
			}
		}
	}
}

// Rows yields the rows in the order of Fields.
func (s *Schema) Rows() iter.Seq[*Row] {
	s = s.orContract()
	return func(yield func(*Row) bool) {
		for i := range s.rows {
			if !yield(&s.rows[i]) {
				return
			}
		}
	}
}

// Declared yields the rows of the declared fields.
func (s *Schema) Declared() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for r := range s.Rows() {
			if r.Declared() && !yield(r) {
				return
			}
		}
	}
}

// Len returns the number of rows.
func (s *Schema) Len() int { return len(s.orContract().rows) }

// Row returns the row of an index.
func (s *Schema) Row(index int) *Row { return &s.orContract().rows[index] }

// Lookup returns the row of a name, or nil.
func (s *Schema) Lookup(name string) *Row { return s.orContract().byName[name] }

// Hidden returns the rows of the hidden flags, by their bits. The result is shared: do
// not write to it.
func (s *Schema) Hidden() []*Row { return s.orContract().hidden }

// Names returns the names of the rows that keep accepts, in the order of Fields.
func (s *Schema) Names(keep func(*Row) bool) []string {
	var names []string
	for r := range s.Rows() {
		if keep(r) {
			names = append(names, r.Name)
		}
	}
	return names
}
