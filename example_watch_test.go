package sessiondex_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// The sessions of the examples, created one after another.
func watchedEngine() *sessiondex.Engine {
	engine, err := sessiondex.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	session := func(id, title, state string, minute int) sessiondex.Session {
		at := at.Add(time.Duration(minute) * time.Minute)
		return sessiondex.Session{ID: id, Title: title, State: state, CreatedAt: at, UpdatedAt: at}
	}
	run := session("s4", "Nightly import", "running", 4)
	run.IsTaskSession = true
	err = engine.Put(context.Background(),
		session("s1", "Weekly report", "completed", 1),
		session("s2", "Invoice review", "running", 2),
		session("s3", "Travel plans", "running", 3),
		run,
	)
	if err != nil {
		log.Fatal(err)
	}
	return engine
}

func ExampleEngine_Watch() {
	engine := watchedEngine()
	defer engine.Close()

	var rows []sessiondex.Session
	step := 0
	for ev, err := range engine.Watch(context.Background(), query.Query{States: []string{"running"}}, nil) {
		if err != nil {
			log.Fatal(err)
		}
		rows = ev.Apply(rows)
		fmt.Println(ev.Kind, ev.ID, ev.OldRank, ev.NewRank)
		if !ev.Last {
			continue // the list is between two versions
		}
		for _, s := range rows {
			fmt.Printf("  %s (%s)\n", s.Title, s.State)
		}

		// Another part of the program writes.
		switch step++; step {
		case 1:
			s, _ := engine.Get(context.Background(), "s2")
			s.UpdatedAt = s.UpdatedAt.Add(time.Hour)
			err = engine.Put(context.Background(), s)
		case 2:
			_, err = engine.Delete(context.Background(), "s3")
		default:
			return
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// resync  -1 -1
	//   Travel plans (running)
	//   Invoice review (running)
	// moved s2 1 0
	//   Invoice review (running)
	//   Travel plans (running)
	// left s3 1 -1
	//   Invoice review (running)
}

func ExampleEngine_Why() {
	engine := watchedEngine()
	defer engine.Close()

	q := query.Query{Keyword: "report", States: []string{"running"}}
	for _, id := range []string{"s1", "s4"} {
		why, err := engine.Why(context.Background(), q, id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(why)
	}
	why, err := engine.Why(context.Background(), query.Query{}, "s1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(why)
	// Output:
	// "s1" is not listed:
	//   state wants "running", and the session has "completed"
	// "s4" is not listed:
	//   include_task_sessions is not set, and the session is a task run
	//   query wants "report", and the title is "Nightly import"
	// "s1" is listed: number 3 of 3, on page 1 of 1
}

func ExampleEngine_Hidden() {
	engine := watchedEngine()
	defer engine.Close()

	q := query.Query{Keyword: "import"}
	page, err := engine.List(context.Background(), q)
	if err != nil {
		log.Fatal(err)
	}
	hidden, err := engine.Hidden(context.Background(), q)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d shown, %d hidden as task runs\n", page.Total, hidden.For("task_run"))
	// Output: 0 shown, 1 hidden as task runs
}

func ExampleEngine_Facets_ofSomeFields() {
	engine := watchedEngine()
	defer engine.Close()

	facets, err := engine.Facets(context.Background(), query.Query{States: []string{"running"}}, query.FacetOptions{
		Fields: []string{"state", "created_at"}, Period: query.Day,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range facets.Fields {
		fmt.Println(f.Field, f.Values)
	}
	// Output:
	// state [{running 2} {completed 1}]
	// created_at [{2026-05-01 2}]
}
