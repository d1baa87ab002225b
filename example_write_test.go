package sessiondex_test

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"log"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// treeEngine returns an engine with a project, two branches of it, and a session that
// has not been used for long.
func treeEngine() *sessiondex.Engine {
	engine, err := sessiondex.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	for _, s := range []sessiondex.Session{
		{ID: "project", Title: "Invoice import"},
		{ID: "branch", Title: "Try another parser", ParentSessionID: "project", IsSubSession: true},
		{ID: "twig", Title: "Fix dates", ParentSessionID: "branch", IsSubSession: true},
		{ID: "old", Title: "Weekly report", UpdatedAt: at.AddDate(0, -6, 0)},
	} {
		s.CreatedAt = at.AddDate(0, -7, 0)
		if s.UpdatedAt.IsZero() {
			s.UpdatedAt = at
		}
		if err := engine.Put(context.Background(), s); err != nil {
			log.Fatal(err)
		}
	}
	return engine
}

// Deletes the sessions that have not been used for 90 days, except one that is resumed
// before the deletion's turn.
func ExampleEngine_DeleteWhere() {
	engine := treeEngine()
	defer engine.Close()
	now := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)
	n, err := engine.DeleteWhere(context.Background(), query.Query{
		UpdatedBefore:      now.AddDate(0, 0, -90),
		IncludeSubSessions: true, IncludeTaskSessions: true,
	})
	fmt.Println(n, err, engine.Len())
	// Output: 1 <nil> 3
}

// Deletes a session with all its branches in one step: no branch made meanwhile is left
// behind.
func ExampleEngine_Tx() {
	engine := treeEngine()
	defer engine.Close()
	ctx := context.Background()
	err := engine.Tx(ctx, func(tx *sessiondex.Tx) error {
		for tree := []string{"project"}; len(tree) > 0; {
			id := tree[0]
			tree = tree[1:]
			for s, err := range tx.All(ctx, query.Query{ParentSessionID: id, IncludeTaskSessions: true}) {
				if err != nil {
					return err
				}
				tree = append(tree, s.ID)
			}
			if _, err := tx.Delete(id); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Println(err, engine.Len())
	// Output: <nil> 1
}

func ExampleEngine_Update() {
	engine := treeEngine()
	defer engine.Close()
	s, err := engine.Update(context.Background(), "project", func(s *sessiondex.Session) error {
		s.State = "running"
		return s.SetMember("num_messages", 12)
	})
	fmt.Println(s.State, s.Extra, err)
	// Output: running {"num_messages":12} <nil>
}

// A follower begins with a snapshot, and continues from its mark.
func ExampleEngine_Changes() {
	engine := treeEngine()
	defer engine.Close()
	ctx := context.Background()
	snapshot := engine.Snapshot()
	if _, err := engine.Delete(ctx, "old"); err != nil {
		log.Fatal(err)
	}
	for commit, err := range engine.Changes(ctx, snapshot.Mark()) {
		if err != nil {
			log.Fatal(err)
		}
		for _, change := range commit.Changes {
			fmt.Println(commit.Mark.Number, change.ID, change.After == nil)
		}
		break // or wait for more
	}
	// Output: 5 old true
}

// Publishes figures of an engine with expvar.
func ExampleObserver() {
	queries, rows := expvar.NewMap("sessions_queries"), expvar.NewInt("sessions_rows")
	written := expvar.NewInt("sessions_written")
	engine, err := sessiondex.New(&sessiondex.Options{Observer: &sessiondex.Observer{
		Query: func(d sessiondex.QueryDone) {
			queries.Add(d.Op, 1)
			rows.Add(int64(d.Rows))
		},
		Write: func(d sessiondex.WriteDone) { written.Add(int64(d.Sessions)) },
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	if err := engine.Put(context.Background(), sessiondex.Session{ID: "a", CreatedAt: at, UpdatedAt: at}); err != nil {
		log.Fatal(err)
	}
	if _, err := engine.List(context.Background(), query.Query{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(queries, rows, written)
	// Output: {"List": 1} 1 1
}

// Highlights travel with a row as one of its members. (A struct that embeds Session
// would lose them: see Session.)
func ExampleSession_SetMember_highlights() {
	engine := treeEngine()
	defer engine.Close()
	q := query.Query{Keyword: "report"}
	page, err := engine.List(context.Background(), q)
	if err != nil {
		log.Fatal(err)
	}
	for i := range page.Items { // the page is the caller's to change
		row := &page.Items[i]
		if err := row.SetMember("highlights", q.Matches(row.Title)); err != nil {
			log.Fatal(err)
		}
	}
	text, err := json.Marshal(page)
	if err != nil {
		log.Fatal(err)
	}
	var answer struct {
		Items []struct {
			Title      string
			Highlights []query.Range
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Items[0].Title, answer.Items[0].Highlights)
	// Output: Weekly report [{7 13}]
}
