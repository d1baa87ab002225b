package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/sessiondex/sessiondex/query"
)

func ExampleParse() {
	v, _ := url.ParseQuery("state=running&state=waiting,completed&created_after=2026-01-01&limit=20")
	q, err := query.Parse(v)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(q.States, q.CreatedAfter, q.SortBy, q.SortDirection, q.Limit)
	// Output: [completed running waiting] 2026-01-01 00:00:00 +0000 UTC updated_at desc 20
}

func ExampleParseStrict() {
	_, err := query.ParseStrict(url.Values{"status": {"running"}})
	fmt.Println(err)
	// Output: invalid query: "status": Extra inputs are not permitted (got "running")
}

func ExampleParseTime() {
	for _, s := range []string{"2026-01-31T15:04:05.25+02:00", "2026-01-31 15:04", "2026-01-31", "1767225600", "1767225600123"} {
		t, err := query.ParseTime(s)
		fmt.Println(t, err)
	}
	_, err := query.ParseTime("2026-02-30")
	fmt.Println(err)
	// Output:
	// 2026-01-31 13:04:05.25 +0000 UTC <nil>
	// 2026-01-31 15:04:00 +0000 UTC <nil>
	// 2026-01-31 00:00:00 +0000 UTC <nil>
	// 2026-01-01 00:00:00 +0000 UTC <nil>
	// 2026-01-01 00:00:00.123 +0000 UTC <nil>
	// invalid timestamp "2026-02-30": day value is outside expected range
}

func ExampleError() {
	_, err := query.Parse(url.Values{"limit": {"0"}, "sort_by": {"id"}})
	var faulty *query.Error
	if errors.As(err, &faulty) {
		for _, f := range faulty.Faults {
			fmt.Println(f.Param, f.Type)
		}
	}
	// Output:
	// sort_by enum
	// limit greater_than_equal
}

func ExampleError_MarshalJSON() {
	_, err := query.Parse(url.Values{"limit": {"0"}})
	var faulty *query.Error
	if errors.As(err, &faulty) {
		body, _ := json.Marshal(faulty)
		fmt.Println(string(body))
	}
	// Output: {"detail":[{"loc":["query","limit"],"msg":"Input should be greater than or equal to 1 (got \"0\")","type":"greater_than_equal"}]}
}

func ExampleQuery_Values() {
	q := query.Query{Keyword: "voice", States: []string{"running", "completed"}, SortBy: query.Title, SortDirection: query.Asc}
	fmt.Println(q.Values().Encode())
	// Output: query=voice&sort_by=title&sort_direction=asc&state=completed%2Crunning
}

func ExampleQuery_Validate() {
	fmt.Println(query.Query{Limit: 1000, SortBy: "size"}.Validate())
	// Output: invalid query: sort_by: Input should be 'updated_at', 'created_at' or 'title' (got "size"); limit: Input should be less than or equal to 500 (got "1000")
}
