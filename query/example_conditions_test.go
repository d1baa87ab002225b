package query_test

import (
	"fmt"
	"net/url"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// The sidebar of a chat product: mine or shared with me, tagged billing, pinned first. The
// user's part comes as parameters, the principal's as a scope.
func ExampleParseWith() {
	s, err := schema.New(
		schema.Field{Name: "owner", Member: "created_by_id", Type: schema.Keyword},
		schema.Field{Name: "shared_with", Type: schema.Keyword},
		schema.Field{Name: "tags", Type: schema.Keyword},
		schema.Field{Name: "archived", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "pinned", Type: schema.Flag},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, _ := url.ParseQuery("state[not]=failed&tags=billing&sort_first=pinned")
	q, err := query.ParseWith(s, v)
	if err != nil {
		fmt.Println(err)
		return
	}
	q.Scope.Where = []query.Cond{query.AnyOf(query.In("owner", "u7"), query.In("shared_with", "u7"))}
	fmt.Println(q.Where, q.SortFirst, q.Scope.Where)
	fmt.Println(q.Values().Encode())
	// Output:
	// [state[not]=failed tags=billing] pinned [any of (owner=u7, shared_with=u7)]
	// sort_first=pinned&state%5Bnot%5D=failed&tags%5Bin%5D=billing
}

// Code that answers queries sees no difference between the contract's fields and declared
// ones.
func ExampleQuery_Conditions() {
	s, err := schema.New(schema.Field{Name: "cost", Type: schema.Number}, schema.Field{Name: "archived", Type: schema.Flag, Hidden: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	q := query.Query{
		AppID: "billing",
		Where: []query.Cond{query.AtLeast("cost", 1), query.Below("cost", 10), query.In("archived", "true")},
		Scope: query.Scope{WorkspaceIDs: []string{"w1", "w2"}},
	}.Normalized()
	c := q.Conditions(s)
	for _, test := range c.All {
		fmt.Println(test.Row.Name, test.Op == query.OpRange, test.Values, test.Scope)
	}
	const plain, archived = schema.Visibility(0), schema.Visibility(4)
	fmt.Println(c.Wanted.Has(plain), c.Wanted.Has(archived), c.Shown.Has(archived), s.Lookup("archived").Hides == archived)
	// Output:
	// app_id false [billing] false
	// cost true [] false
	// workspace_id false [w1 w2] true
	// false true true true
}

func ExampleOperators() {
	fmt.Println(query.Operators(schema.Keyword))
	fmt.Println(query.Operators(schema.Number))
	// Output:
	// [eq in not all prefix exists]
	// [eq gte gt lte lt exists]
}
