package query

import (
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex/schema"
)

// operator is a word in the brackets of a parameter, and the types that take it.
type operator struct {
	word  string
	types []schema.Type
}

var (
	keywords   = []schema.Type{schema.Keyword}
	comparable = []schema.Type{schema.Number, schema.Time}
	valued     = []schema.Type{schema.Keyword, schema.Number, schema.Time}
)

// operators are all of them, in the order in which faults list them.
var operators = []operator{
	{"eq", valued},
	{"in", keywords},
	{"not", keywords},
	{"all", keywords},
	{"prefix", keywords},
	{"gte", comparable},
	{"gt", comparable},
	{"lte", comparable},
	{"lt", comparable},
	{"exists", valued},
}

// Operators returns the words that a parameter with brackets may have for fields of a
// type: "gte" stands for cost[gte]=10.
func Operators(t schema.Type) []string {
	var words []string
	for _, o := range operators {
		if slices.Contains(o.types, t) {
			words = append(words, o.word)
		}
	}
	return words
}

// hasOperator reports whether a type takes an operator.
func hasOperator(t schema.Type, word string) bool {
	for i := range operators {
		if operators[i].word == word {
			return slices.Contains(operators[i].types, t)
		}
	}
	return false
}

// usage says, for faults, how a field can be asked for.
func usage(r *schema.Row) string {
	var ways []string
	switch r.Type {
	case schema.Keyword:
		ways = append(ways, r.Name+"=…")
	case schema.Flag:
		return r.Name + "=true or " + r.Name + "=false"
	case schema.Kind:
		return r.Name + "=…"
	case schema.Text:
		if r.Index == schema.RowTitle {
			return paramQuery + "=…"
		}
		return paramMatch + "=" + string(MatchWords) + " with " + paramSearchIn + "=" + r.Name
	}
	if r.After != "" {
		ways = append(ways, r.After+"=…", r.Before+"=…")
	}
	for _, word := range Operators(r.Type) {
		ways = append(ways, r.Name+"["+word+"]=…")
	}
	return orList(ways)
}

// orList joins alternatives: "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// oneOf is the message for a word that is none of those there are.
func oneOf[T ~string](words ...T) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + string(w) + "'"
	}
	return "Input should be " + orList(quoted)
}

// The rows that some parameters choose from.

func isSorted(r *schema.Row) bool { return r.Sorted }

// SortFields returns the names that SortBy can have, the default first. A nil schema has
// the contract's.
func SortFields(s *schema.Schema) []string {
	names := s.Names(isSorted)
	i := slices.Index(names, string(UpdatedAt))
	return slices.Insert(slices.Delete(names, i, i+1), 0, string(UpdatedAt))
}
func isFlag(r *schema.Row) bool   { return r.Type == schema.Flag }
func isHidden(r *schema.Row) bool { return r.Hidden }
func isText(r *schema.Row) bool   { return r.Type == schema.Text }

// checkRow returns "" if name is a row that keep accepts, or else a message that lists
// all such rows, those of front first.
func checkRow(s *schema.Schema, name string, keep func(*schema.Row) bool, what string) (message string) {
	if r := s.Lookup(name); r != nil && keep(r) {
		return ""
	}
	names := s.Names(keep)
	if len(names) == 0 {
		return "Input should be " + what + ", and no declared field is one"
	}
	return oneOf(names...)
}
