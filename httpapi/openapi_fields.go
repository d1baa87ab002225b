package httpapi

import (
	"fmt"
	"slices"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// describeFields adds to the document what follows from the fields that there are: their
// parameters, to every operation that lists sessions, and their names where parameters
// choose a field.
func describeFields(document map[string]any, s *schema.Schema) {
	components := document["components"].(map[string]any)
	parameters := components["parameters"].(map[string]any)
	var refs []any
	add := func(key string, p map[string]any) {
		p["in"], p["required"] = "query", false
		parameters[key] = p
		refs = append(refs, reference(key))
	}
	for r := range s.Rows() {
		if r.Declared() && (r.Type == schema.Keyword || r.Type == schema.Flag) {
			add("value_of."+r.Name, named(r))
		}
		for _, word := range query.Operators(r.Type) {
			add(word+"_of."+r.Name, bracketed(r, word))
		}
	}
	add("eq_of.ids", manyOf("ids[eq]", text(), "Only the sessions that have one of these ids, each taken literally, commas too. They make one list with ids."))
	add("prefix_of.ids", map[string]any{
		"name": "ids[prefix]", "schema": text(),
		"description": "Only sessions whose id begins with this text, compared exactly, whatever would hide them; empty is no filter. Takes a pass over all ids: some 20 ms per million sessions.",
	})
	if flags := s.Names(func(r *schema.Row) bool { return r.Hidden }); len(flags) > 0 {
		add("Include", manyOf("include", enumOf(flags), "Show the sessions that have these flags, too, which are hidden otherwise. One that has several of them needs all."))
	}
	if flags := s.Names(func(r *schema.Row) bool { return r.Type == schema.Flag }); len(flags) > 0 {
		add("SortFirst", map[string]any{"name": "sort_first", "schema": enumOf(flags), "description": "The sessions that have this flag come first, in either direction."})
	}
	chooses := func(parameter string, names []string) {
		choice := parameters[parameter].(map[string]any)["schema"].(map[string]any)
		if items, ok := choice["items"].(map[string]any); ok {
			choice = items
		}
		choice["enum"] = anyOf(names)
	}
	chooses("SortBy", query.SortFields(s))
	chooses("Facet", query.FacetFields(s))
	chooses("SearchIn", s.Names(func(r *schema.Row) bool { return r.Type == schema.Text }))

	for _, path := range document["paths"].(map[string]any) {
		get, ok := path.(map[string]any)["get"].(map[string]any)
		if !ok {
			continue
		}
		all := get["parameters"].([]any)
		for i, p := range all { // the operations that filter sessions have this one
			if p.(map[string]any)["$ref"] == reference("State")["$ref"] {
				get["parameters"] = slices.Insert(slices.Clone(all), i+1, refs...)
			}
		}
	}
}

func reference(parameter string) map[string]any {
	return map[string]any{"$ref": "#/components/parameters/" + parameter}
}

// named describes the parameter that has the name of a declared field.
func named(r *schema.Row) map[string]any {
	if r.Type == schema.Keyword {
		return manyOf(r.Name, text(), fmt.Sprintf("Only sessions with any of these values in the field %s. May be repeated, comma-separated, or both.", r.Name))
	}
	description := fmt.Sprintf("Only sessions that have the flag %s, or only those that do not.", r.Name)
	if r.Hidden {
		description = fmt.Sprintf("Only sessions that have the flag %s, which are hidden otherwise; false asks for what the default shows.", r.Name)
	}
	return map[string]any{"name": r.Name, "schema": map[string]any{"type": "boolean"}, "description": description}
}

// operatorMeanings say what an operator asks of a field.
var operatorMeanings = map[string]string{
	"in":     "Only sessions with any of these values in the field %s, separated by commas; a backslash before a comma or a backslash makes that part of a value.",
	"not":    "Only sessions with none of these values in the field %s, separated by commas; a backslash before a comma or a backslash makes that part of a value.",
	"all":    "Only sessions with all of these values in the field %s, separated by commas; a backslash before a comma or a backslash makes that part of a value.",
	"prefix": "Only sessions with a value in the field %s that begins with this text.",
	"gte":    "Only sessions whose value in the field %s is this or more.",
	"gt":     "Only sessions whose value in the field %s is more than this.",
	"lte":    "Only sessions whose value in the field %s is this or less.",
	"lt":     "Only sessions whose value in the field %s is less than this.",
	"exists": "Only sessions that have a value in the field %s, or only those that have none.",
}

// bracketed describes the parameter that asks for an operator of a field.
func bracketed(r *schema.Row, word string) map[string]any {
	name := r.Name + "[" + word + "]"
	value := text()
	switch r.Type {
	case schema.Number:
		value = map[string]any{"type": "number"}
	case schema.Time:
		value = map[string]any{"$ref": "#/components/schemas/Timestamp"}
	}
	switch word {
	case "eq":
		how := "Any of several that are repeated."
		if r.Type == schema.Keyword {
			how = "Taken literally, commas too; repeated ones, and those of the parameter without brackets, make one list: any of them."
		}
		return manyOf(name, value, fmt.Sprintf("Only sessions whose value in the field %s is this. %s", r.Name, how))
	case "exists":
		value = map[string]any{"type": "boolean"}
	}
	return map[string]any{"name": name, "schema": value, "description": fmt.Sprintf(operatorMeanings[word], r.Name)}
}

func text() map[string]any { return map[string]any{"type": "string"} }

func manyOf(name string, items map[string]any, description string) map[string]any {
	return map[string]any{
		"name": name, "schema": map[string]any{"type": "array", "items": items}, "style": "form", "explode": true, "description": description,
	}
}

func enumOf(words []string) map[string]any {
	return map[string]any{"type": "string", "enum": anyOf(words)}
}

func anyOf(words []string) []any {
	out := make([]any, len(words))
	for i, word := range words {
		out[i] = word
	}
	return out
}
