package query

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/civil"
	"github.com/sessiondex/sessiondex/schema"
)

// Cond is a condition on one field, or on several ([AnyOf]), of the contract's or
// declared. It is made by the functions below, immutable, and keeps no list that it was
// given. The zero Cond is [Any].
//
// The type of a field decides which conditions it takes; [Query.ValidateWith] checks.
// Apart from NotIn and Lacks, a condition holds only for sessions that have a value.
type Cond struct {
	op     condOp
	field  string
	values []string
	bounds []bound // of comparisons
	conds  []Cond  // of AnyOf, none of them an AnyOf or Any
}

// condOp is what a Cond asks for.
type condOp uint8

const (
	condAny condOp = iota
	condIn
	condNotIn
	condHasAll
	condPrefix
	condHas
	condLacks
	condEqual
	condAtLeast
	condAbove
	condAtMost
	condBelow
	condAnyOf
)

// In holds for sessions that have any of the values in the field: those of a keyword,
// compared exactly, or "true" or "false" of a flag. Without values it holds for none.
func In(field string, values ...string) Cond { return listCond(condIn, field, values) }

// NotIn holds for sessions that have none of the values, so also for those without any.
func NotIn(field string, values ...string) Cond { return listCond(condNotIn, field, values) }

// HasAll holds for sessions that have all of the values in a keyword field. Without
// values it holds for all.
func HasAll(field string, values ...string) Cond { return listCond(condHasAll, field, values) }

// Prefix holds for sessions that have a value that begins with prefix, byte by byte.
func Prefix(field, prefix string) Cond {
	return Cond{op: condPrefix, field: field, values: []string{prefix}}
}

// Has holds for sessions that have a value in the field.
func Has(field string) Cond { return Cond{op: condHas, field: field} }

// Lacks holds for sessions that have no value in the field.
func Lacks(field string) Cond { return Cond{op: condLacks, field: field} }

// Bound is what number fields (as doubles) and time fields are compared with.
type Bound interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 | time.Time
}

// Equal holds for sessions whose value is one of vs. Without values it holds for none.
func Equal[T Bound](field string, vs ...T) Cond {
	c := Cond{op: condEqual, field: field}
	for _, v := range vs {
		c.bounds = append(c.bounds, boundOf(v))
	}
	return c.sorted()
}

// sorted returns an Equal with its bounds sorted and without duplicates, in place.
func (c Cond) sorted() Cond {
	slices.SortFunc(c.bounds, compareBounds)
	c.bounds = slices.CompactFunc(c.bounds, func(a, b bound) bool { return compareBounds(a, b) == 0 })
	return c
}

// AtLeast holds for sessions whose value is v or more.
func AtLeast[T Bound](field string, v T) Cond { return comparison(condAtLeast, field, boundOf(v)) }

// Above holds for sessions whose value is more than v.
func Above[T Bound](field string, v T) Cond { return comparison(condAbove, field, boundOf(v)) }

// AtMost holds for sessions whose value is v or less.
func AtMost[T Bound](field string, v T) Cond { return comparison(condAtMost, field, boundOf(v)) }

// Below holds for sessions whose value is less than v.
func Below[T Bound](field string, v T) Cond { return comparison(condBelow, field, boundOf(v)) }

// AnyOf holds for sessions for which one of the conditions holds; without conditions for
// none. It can stand in a [Scope]; in Query.Where it is a fault.
func AnyOf(conds ...Cond) Cond {
	c := Cond{op: condAnyOf}
	for _, one := range conds {
		switch one.op {
		case condAny:
			return one
		case condAnyOf:
			c.conds = append(c.conds, one.conds...)
		default:
			c.conds = append(c.conds, one)
		}
	}
	slices.SortFunc(c.conds, compareConds)
	return c
}

// Any holds for every session. UpdateWhere and DeleteWhere want it in place of a query
// without conditions.
func Any() Cond { return Cond{} }

// listCond sorts the values, since their order says nothing.
func listCond(op condOp, field string, values []string) Cond {
	return Cond{op: op, field: field, values: sortedSet(values)}
}

// sortedSet returns a sorted copy without duplicates, or nil if it is empty.
func sortedSet(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Compact(values)
}

func comparison(op condOp, field string, b bound) Cond {
	return Cond{op: op, field: field, bounds: []bound{b}}
}

// bound is a number or an instant in UTC.
type bound struct {
	number float64
	at     time.Time
	isTime bool
}

func boundOf[T Bound](v T) bound {
	switch v := any(v).(type) {
	case time.Time:
		return bound{at: v.Round(0).UTC(), isTime: true}
	case float64:
		return numberBound(v)
	default:
		switch n := reflect.ValueOf(v); {
		case n.CanInt():
			return numberBound(float64(n.Int()))
		case n.CanUint():
			return numberBound(float64(n.Uint()))
		default:
			return numberBound(n.Float())
		}
	}
}

// numberBound makes -0 the zero that it equals.
func numberBound(f float64) bound { return bound{number: f + 0} }

// valid reports whether the bound is one that a parameter can write.
func (b bound) valid() bool {
	if b.isTime {
		return !b.at.Before(civil.Earliest) && !b.at.After(civil.Latest)
	}
	return !math.IsNaN(b.number) && !math.IsInf(b.number, 0)
}

// compareBounds orders numbers before instants, NaN before all other numbers.
func compareBounds(a, b bound) int {
	if a.isTime != b.isTime {
		if b.isTime {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.number, b.number), a.at.Compare(b.at))
}

// String returns the bound as a parameter has it.
func (b bound) String() string {
	if b.isTime {
		return formatInstant(b.at)
	}
	return strconv.FormatFloat(b.number, 'g', -1, 64)
}

// compareConds orders conditions by field, kind and content.
func compareConds(a, b Cond) int {
	return cmp.Or(
		strings.Compare(a.field, b.field), cmp.Compare(a.op, b.op), slices.Compare(a.values, b.values),
		slices.CompareFunc(a.bounds, b.bounds, compareBounds), slices.CompareFunc(a.conds, b.conds, compareConds))
}

// words are what stands in the brackets of a condition's parameter.
var words = [...]string{
	condIn: "in", condNotIn: "not", condHasAll: "all", condPrefix: "prefix", condHas: "exists", condLacks: "exists",
	condEqual: "eq", condAtLeast: "gte", condAbove: "gt", condAtMost: "lte", condBelow: "lt", condAnyOf: "",
}

// param is the name of the condition's parameter.
func (c Cond) param() string {
	switch c.op {
	case condAny:
		return "any"
	case condAnyOf:
		return "any_of"
	}
	return c.field + "[" + words[c.op] + "]"
}

// isFlag reports whether the condition is one that a flag takes.
func (c *Cond) isFlag() bool {
	return c.op == condIn && len(c.values) == 1 && (c.values[0] == flagTrue || c.values[0] == flagFalse)
}

// The values of a flag.
const (
	flagTrue  = "true"
	flagFalse = "false"
)

// written returns the parameter that says the condition, and its values.
func (c Cond) written() (param string, values []string) {
	param = c.param()
	switch c.op {
	case condIn, condNotIn, condHasAll:
		return param, []string{joinList(c.values)}
	case condPrefix:
		return param, c.values
	case condHas:
		return param, []string{flagTrue}
	case condLacks:
		return param, []string{flagFalse}
	}
	values = make([]string, len(c.bounds))
	for i, b := range c.bounds {
		values[i] = b.String()
	}
	return param, values
}

// String returns the condition's written form, as a parameter has it before it is
// encoded for a URL: tags=a,b or tags[all]=a,b.
func (c Cond) String() string {
	switch c.op {
	case condAny:
		return "any"
	case condAnyOf:
		parts := make([]string, len(c.conds))
		for i, cond := range c.conds {
			parts[i] = cond.String()
		}
		return "any of (" + strings.Join(parts, ", ") + ")"
	case condIn:
		if plain, ok := c.plain(); ok {
			return c.field + "=" + plain
		}
	}
	param, values := c.written()
	return param + "=" + strings.Join(values, "&"+param+"=")
}

// plain returns an In as the value of the parameter that has only the field's name, if
// it can be written so: as a list whose values have no commas and no blanks around them
// or, of the contract's rows of a single value, as that.
func (c Cond) plain() (value string, ok bool) {
	if r := schema.Contract().Lookup(c.field); r != nil && r.Single {
		return strings.Join(c.values, ""), len(c.values) == 1 && c.values[0] != ""
	}
	ok = len(c.values) > 0
	for _, v := range c.values {
		ok = ok && isListable(v)
	}
	return strings.Join(c.values, ","), ok
}

// isPlain reports whether a list keeps the value as it is.
func isPlain(value string) bool { return value != "" && strings.TrimSpace(value) == value }

// needsValue reports whether only sessions that have a value can meet the condition.
func (c Cond) needsValue() bool {
	switch c.op {
	case condAny, condNotIn, condLacks, condAnyOf:
		return false
	}
	return true
}

// simplified returns the condition without values that change nothing. always says that
// it holds for every session.
func (c Cond) simplified() (simple Cond, always bool) {
	switch c.op {
	case condAny:
		return c, true
	case condIn, condNotIn:
		if i := slices.Index(c.values, ""); i >= 0 { // no session has it
			c.values = exactSet(c.values)
		}
	case condHasAll:
		if slices.Contains(c.values, "") {
			return Cond{op: condIn, field: c.field}, false
		}
	}
	if len(c.values) == 0 {
		c.values = nil
		always = c.op == condNotIn || c.op == condHasAll
	}
	return c, always
}
