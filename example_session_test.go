package sessiondex_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
)

// Members without a field of their own come back unchanged, digit for digit.
func ExampleSession_UnmarshalJSON() {
	var s sessiondex.Session
	err := json.Unmarshal([]byte(`{
		"id": "s-1", "title": "Invoice review", "parent_session_id": "s-0",
		"total_cost_usd": 0.10, "agent": {"name": "Billing"},
		"created_at": "2026-01-01T10:00:00.5+02:00", "updated_at": "2026-01-01 12:00:00"
	}`), &s)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.SessionType, s.IsSubSession, s.CreatedAt)
	fmt.Println(s.Extra)
	// Output:
	// session true 2026-01-01 08:00:00.5 +0000 UTC
	// {"total_cost_usd":0.10,"agent":{"name":"Billing"}}
}

func ExampleSession_AppendJSON() {
	at := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	s := sessiondex.Session{ID: "s-1", Title: "R&D", CreatedAt: at, UpdatedAt: at, Extra: `{"is_unread":true}`}
	fmt.Printf("%s\n", s.AppendJSON(nil))
	// Output:
	// {"id":"s-1","title":"R&D","state":null,"source_channel":null,"session_type":"session","app_id":null,"workspace_id":null,"is_sub_session":false,"parent_session_id":null,"is_task_session":false,"aop_asset_id":null,"trigger_type":null,"created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-01T10:00:00Z","is_unread":true}
}

func ExampleSession_Validate() {
	s := sessiondex.Session{ID: "s-1", CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	err := s.Validate()
	fmt.Println(err)

	var fault *sessiondex.SessionError
	fmt.Println(errors.As(err, &fault) && fault.Field == "updated_at", errors.Is(err, sessiondex.ErrInvalidSession))
	// Output:
	// invalid session "s-1": updated_at: is missing (zero)
	// true true
}

func ExampleReadJSONL() {
	const file = `{"id":"a","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}
{"id":"b","title":5,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}
`
	for s, err := range sessiondex.ReadJSONL(strings.NewReader(file)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.ID)
	}
	// Output:
	// a
	// line 2: invalid session "b": title: must be a string or null, got 5
}

// A faulty line is set aside, and reading continues.
func ExampleScanJSONL() {
	const file = `{"id":"a","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}
{"id":"b"}
{"id":"c","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}
`
	var rejected []string
	for line, err := range sessiondex.ScanJSONL(strings.NewReader(file)) {
		switch {
		case errors.Is(err, sessiondex.ErrInvalidSession):
			fmt.Println(err)
			rejected = append(rejected, string(line.Raw)) // Raw changes when the loop goes on
		case err != nil:
			fmt.Println("cannot read:", err)
			return
		default:
			fmt.Println(line.Session.ID)
		}
	}
	fmt.Println("rejected:", rejected)
	// Output:
	// a
	// line 2: invalid session "b": created_at: must be there
	// c
	// rejected: [{"id":"b"}]
}

func ExampleWriteJSONL() {
	at := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	sessions := func(yield func(sessiondex.Session, error) bool) {
		yield(sessiondex.Session{ID: "s-1", CreatedAt: at, UpdatedAt: at}, nil)
	}
	if err := sessiondex.WriteJSONL(os.Stdout, sessions); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"id":"s-1","title":null,"state":null,"source_channel":null,"session_type":"session","app_id":null,"workspace_id":null,"is_sub_session":false,"parent_session_id":null,"is_task_session":false,"aop_asset_id":null,"trigger_type":null,"created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-01T10:00:00Z"}
}
