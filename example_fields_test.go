package sessiondex_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// withFields is an engine of some chats whose members are declared. Each is updated a
// minute after the one before it.
func withFields(fields []schema.Field, members ...string) *sessiondex.Engine {
	engine, err := sessiondex.New(&sessiondex.Options{Fields: fields})
	if err != nil {
		log.Fatal(err)
	}
	for i, extra := range members {
		at := time.Date(2026, 5, 1, 12, i, 0, 0, time.UTC)
		chat := sessiondex.Session{ID: fmt.Sprint("chat-", i), Extra: extra, CreatedAt: at, UpdatedAt: at}
		if err := engine.Put(context.Background(), chat); err != nil {
			log.Fatal(err)
		}
	}
	return engine
}

// show prints which sessions a query lists.
func show(engine *sessiondex.Engine, q query.Query) {
	page, err := engine.List(context.Background(), q)
	if err != nil {
		log.Fatal(err)
	}
	ids := make([]string, len(page.Items))
	for i, s := range page.Items {
		ids[i] = s.ID
	}
	fmt.Println(page.Total, strings.Join(ids, " "))
}

// counts prints the facet of a field.
func counts(engine *sessiondex.Engine, o query.FacetOptions) {
	f, err := engine.Facets(context.Background(), query.Query{}, o)
	if err != nil {
		log.Fatal(err)
	}
	facet := f.Fields[0]
	fmt.Println(facet.Values, facet.Missing, "without")
}

// A keyword is one value, compared exactly. There may be as many different values as
// sessions.
func Example_keywordField() {
	engine := withFields([]schema.Field{{Name: "owner", Type: schema.Keyword}}, `{"owner":"ada"}`, `{"owner":"eve"}`, `{"owner":"ada"}`, `{}`)
	defer engine.Close()
	show(engine, query.Query{Where: []query.Cond{query.In("owner", "ada")}})
	show(engine, query.Query{Where: []query.Cond{query.NotIn("owner", "ada")}})
	show(engine, query.Query{Where: []query.Cond{query.Lacks("owner")}})
	counts(engine, query.FacetOptions{Fields: []string{"owner"}})
	// Output:
	// 2 chat-2 chat-0
	// 2 chat-3 chat-1
	// 1 chat-3
	// [{ada 2} {eve 1}] 1 without
}

// A keyword may have several values: tags. A session counts once for each of them.
func Example_tagsField() {
	engine := withFields([]schema.Field{{Name: "tags", Type: schema.Keyword}}, `{"tags":["billing","urgent"]}`, `{"tags":"billing"}`, `{"tags":["travel"]}`)
	defer engine.Close()
	show(engine, query.Query{Where: []query.Cond{query.In("tags", "urgent", "travel")}})
	show(engine, query.Query{Where: []query.Cond{query.HasAll("tags", "billing", "urgent")}})
	show(engine, query.Query{Where: []query.Cond{query.Prefix("tags", "bill")}})
	counts(engine, query.FacetOptions{Fields: []string{"tags"}, Search: "ILL"})
	// Output:
	// 2 chat-2 chat-0
	// 1 chat-0
	// 2 chat-1 chat-0
	// [{billing 2}] 0 without
}

// A flag is true or false. Sessions with the flag can be listed first.
func Example_flagField() {
	engine := withFields([]schema.Field{{Name: "pinned", Type: schema.Flag}}, `{"pinned":true}`, `{"pinned":false}`, `{}`)
	defer engine.Close()
	show(engine, query.Query{SortFirst: "pinned"})
	show(engine, query.Query{Where: []query.Cond{query.In("pinned", "false")}})
	counts(engine, query.FacetOptions{Fields: []string{"pinned"}})
	// Output:
	// 3 chat-0 chat-2 chat-1
	// 2 chat-2 chat-1
	// [{false 2} {true 1}] 0 without
}

// A hidden flag hides its sessions unless the query includes them, as the contract
// hides sub-sessions and task runs.
func Example_hiddenFlagField() {
	engine := withFields([]schema.Field{{Name: "archived", Type: schema.Flag, Hidden: true}}, `{"archived":true}`, `{}`)
	defer engine.Close()
	show(engine, query.Query{})
	show(engine, query.Query{Include: []string{"archived"}})
	show(engine, query.Query{Where: []query.Cond{query.In("archived", "true")}})
	hidden, err := engine.Hidden(context.Background(), query.Query{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(hidden.By)
	// Output:
	// 1 chat-1
	// 2 chat-1 chat-0
	// 1 chat-0
	// [{[archived] 1}]
}

// A number is compared, and its facet is a sum instead of counts.
func Example_numberField() {
	engine := withFields([]schema.Field{{Name: "cost", Member: "usage.cost", Type: schema.Number}}, `{"usage":{"cost":2.5}}`, `{"usage":{"cost":40}}`, `{"usage":{}}`)
	defer engine.Close()
	show(engine, query.Query{Where: []query.Cond{query.AtLeast("cost", 2), query.Below("cost", 10)}})
	f, err := engine.Facets(context.Background(), query.Query{}, query.FacetOptions{Fields: []string{"cost"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v %d without\n", *f.Fields[0].Number, f.Fields[0].Missing)
	// Output:
	// 1 chat-0
	// {Min:2.5 Max:40 Sum:42.5 Count:2} 1 without
}

// A time is compared, and counted by the hour, the day or the month of a time zone.
func Example_timeField() {
	engine := withFields([]schema.Field{{Name: "due", Type: schema.Time}}, `{"due":"2026-05-31T23:30:00Z"}`, `{"due":1780000000}`, `{"due":"someday"}`)
	defer engine.Close()
	show(engine, query.Query{Where: []query.Cond{query.Above("due", time.Date(2026, 5, 30, 0, 0, 0, 0, time.UTC))}})
	berlin, err := query.ParseZone("Europe/Berlin")
	if err != nil {
		log.Fatal(err)
	}
	counts(engine, query.FacetOptions{Fields: []string{"due"}, Period: query.Day, Zone: berlin})
	// Output:
	// 1 chat-0
	// [{2026-05-28 1} {2026-06-01 1}] 1 without
}

// A text is searched by words, together with the title or instead of it.
func Example_textField() {
	engine := withFields([]schema.Field{{Name: "notes", Type: schema.Text}}, `{"notes":"Met at the Café Liégeois"}`, `{"notes":"nothing"}`)
	defer engine.Close()
	show(engine, query.Query{Keyword: "cafe", Match: query.MatchWords, SearchIn: []string{"notes", "title"}})
	// Output:
	// 1 chat-0
}

// A field that is sorted orders listings. Sessions without a value come last, in either
// direction.
func Example_sortedField() {
	engine := withFields([]schema.Field{{Name: "cost", Type: schema.Number, Sorted: true}}, `{"cost":2}`, `{}`, `{"cost":7}`)
	defer engine.Close()
	show(engine, query.Query{SortBy: "cost"})
	show(engine, query.Query{SortBy: "cost", SortDirection: query.Asc})
	// Output:
	// 3 chat-2 chat-0 chat-1
	// 3 chat-0 chat-2 chat-1
}
