package sessiondex_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func Example() {
	engine, err := sessiondex.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for i, title := range []string{"Invoice review", "Weekly report", "Bi-weekly REPORT"} {
		s := sessiondex.Session{ID: fmt.Sprint(i), Title: title, State: "completed", CreatedAt: at, UpdatedAt: at.AddDate(0, 0, i)}
		if err := engine.Put(context.Background(), s); err != nil {
			log.Fatal(err)
		}
	}
	q := query.Query{Keyword: "report", States: []string{"completed", "failed"}, Limit: 1}
	for more := true; more; {
		page, err := engine.List(context.Background(), q)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(page.Items[0].Title, "is one of", page.Total)
		q.Cursor, more = page.NextCursor, page.HasMore
	}
	// Output:
	// Bi-weekly REPORT is one of 2
	// Weekly report is one of 2
}

// exampleEngine returns an engine with three visible sessions, a sub-session and a task
// run.
func exampleEngine() *sessiondex.Engine {
	engine, err := sessiondex.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	day := func(n int) time.Time { return time.Date(2026, 5, n, 12, 0, 0, 0, time.UTC) }
	err = engine.Put(context.Background(),
		sessiondex.Session{ID: "s-1", Title: "Invoice review", State: "completed", SourceChannel: "web", AppID: "billing", CreatedAt: day(1), UpdatedAt: day(9)},
		sessiondex.Session{ID: "s-2", Title: "Straße in Zürich", State: "running", SourceChannel: "api", AppID: "maps", CreatedAt: day(2), UpdatedAt: day(8)},
		sessiondex.Session{ID: "s-3", Title: "Invoice dispute", State: "failed", SourceChannel: "web", AppID: "billing", CreatedAt: day(3), UpdatedAt: day(7)},
		sessiondex.Session{ID: "s-4", Title: "Invoice review, again", ParentSessionID: "s-1", IsSubSession: true, State: "completed", CreatedAt: day(4), UpdatedAt: day(6)},
		sessiondex.Session{ID: "s-5", Title: "Nightly sync", AOPAssetID: "sync", TriggerType: "schedule", IsTaskSession: true, State: "completed", CreatedAt: day(5), UpdatedAt: day(5)},
	)
	if err != nil {
		log.Fatal(err)
	}
	return engine
}

// A batch is stored as a whole or, if one of its sessions is refused, not at all.
func ExampleEngine_Put() {
	engine := exampleEngine()
	defer engine.Close()

	at := time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)
	err := engine.Put(context.Background(),
		sessiondex.Session{ID: "s-6", Title: "Fine", CreatedAt: at, UpdatedAt: at},
		sessiondex.Session{ID: "s-7", Title: "Never updated", CreatedAt: at},
	)
	fmt.Println(err)
	fmt.Println(errors.Is(err, sessiondex.ErrInvalidSession), engine.Len())

	s, _ := engine.Get(context.Background(), "s-2")
	s.State, s.UpdatedAt = "completed", at // replaces the session of the same id
	fmt.Println(engine.Put(context.Background(), s), engine.Len())
	// Output:
	// invalid session "s-7" (index 1): updated_at: is missing (zero)
	// true 5
	// <nil> 5
}

func ExampleEngine_Delete() {
	engine := exampleEngine()
	defer engine.Close()

	n, err := engine.Delete(context.Background(), "s-1", "s-3", "no such session")
	fmt.Println(n, err, engine.Len())
	// Output:
	// 2 <nil> 3
}

func ExampleEngine_Get() {
	engine := exampleEngine()
	defer engine.Close()

	s, err := engine.Get(context.Background(), "s-2")
	fmt.Println(s.Title, err)
	_, err = engine.Get(context.Background(), "s-9")
	fmt.Println(err, errors.Is(err, sessiondex.ErrNotFound))
	// Output:
	// Straße in Zürich <nil>
	// session not found: "s-9" true
}

// Filters are joined by AND, the values of one filter by OR. Sub-sessions and task runs
// are left out unless the query includes them.
func ExampleEngine_List() {
	engine := exampleEngine()
	defer engine.Close()

	for _, q := range []query.Query{
		{},
		{Keyword: "STRASSE"},
		{States: []string{"completed", "failed"}, AppID: "billing", SortBy: query.Title, SortDirection: query.Asc},
		{CreatedAfter: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC), IncludeSubSessions: true, IncludeTaskSessions: true},
		{Offset: 2, Limit: 50},
	} {
		page, err := engine.List(context.Background(), q)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(page.Total, ":")
		for _, s := range page.Items {
			fmt.Print(" ", s.ID)
		}
		fmt.Println()
	}
	// Output:
	// 3: s-1 s-2 s-3
	// 1: s-2
	// 2: s-3 s-1
	// 3: s-3 s-4 s-5
	// 3: s-3
}

// A snapshot never changes, so the pages of one listing fit together.
func ExampleEngine_Snapshot() {
	engine := exampleEngine()
	defer engine.Close()

	snapshot := engine.Snapshot()
	first, _ := snapshot.List(context.Background(), query.Query{Limit: 2})
	if _, err := engine.Delete(context.Background(), "s-1", "s-3"); err != nil {
		log.Fatal(err)
	}
	second, _ := snapshot.List(context.Background(), query.Query{Limit: 2, Offset: *first.NextOffset})
	fmt.Println(second.Items[0].ID, second.Total)

	now, _ := engine.List(context.Background(), query.Query{})
	fmt.Println(now.Items[0].ID, now.Total)
	// Output:
	// s-3 3
	// s-2 1
}

// All yields a whole listing without pages, from one version.
func ExampleEngine_All() {
	engine := exampleEngine()
	defer engine.Close()

	for s, err := range engine.All(context.Background(), query.Query{Keyword: "invoice", IncludeSubSessions: true}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s.ID, s.Title)
	}
	// Output:
	// s-1 Invoice review
	// s-3 Invoice dispute
	// s-4 Invoice review, again
}

// The counts of a field leave out the filter by that field: they say how many matches
// another value would give.
func ExampleEngine_Facets() {
	engine := exampleEngine()
	defer engine.Close()

	f, err := engine.Facets(context.Background(), query.Query{States: []string{"running"}}, query.FacetOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Total, f.Field("state").Values)
	fmt.Println(f.Field("source_channel").Values, f.Field("app_id").Values)
	// Output:
	// 1 [{completed 1} {failed 1} {running 1}]
	// [{api 1}] [{maps 1}]
}

// A plan says how a listing is answered, and why.
func ExampleEngine_Explain() {
	engine := exampleEngine()
	defer engine.Close()

	plan, err := engine.Explain(context.Background(), query.Query{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	plan, err = engine.Explain(context.Background(), query.Query{States: []string{"no such state"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan.Method, "since", plan.Reason)
	// Output:
	// rank: the order holds exactly the matches, so the page is a range of positions
	//   order     updated_at, descending
	//   hidden    sub-sessions and task runs
	//   matches   3 of 5, as positions
	//   page      3 returned, 3 examined
	// nothing since no session satisfies state
}
