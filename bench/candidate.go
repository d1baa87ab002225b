package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// candidate is one way to keep sessions and to list them. All methods but load
// and close are called from several goroutines at a time.
//
// Every candidate gives back whole sessions, as a program that shows a page needs
// them, and not ids alone.
type candidate interface {
	// load fills an empty candidate and returns once every index is complete, the
	// one over titles included.
	load(sessions []sessiondex.Session) error
	// list returns one page and the exact number of matches.
	list(ctx context.Context, q query.Query) (answer, error)
	// page returns one page without the number of matches, in the cheapest way.
	page(ctx context.Context, q query.Query) ([]sessiondex.Session, error)
	// next returns the page that follows the one that prev is, and where the one
	// after that begins; a zero prev begins at the top. It is how the candidate
	// walks a listing without counting what it has passed.
	next(ctx context.Context, q query.Query, prev position) ([]sessiondex.Session, position, error)
	// states counts the matches by state, the largest first.
	states(ctx context.Context, q query.Query) ([]sessiondex.FacetCount, error)
	get(ctx context.Context, id string) (sessiondex.Session, error)
	// put inserts or replaces, all in one step.
	put(sessions []sessiondex.Session) error
	close() error
}

// reopener is a candidate that outlives the process.
type reopener interface {
	// reopen opens what close left, and returns as soon as it can answer.
	reopen() error
	// size is the number of bytes on disk.
	size() (int64, error)
}

// forgetter is a candidate that remembers answers. forget makes it as it was before
// the first question, so that one asked once more is answered anew. refill fills it
// if it has to begin empty.
type forgetter interface {
	forget(refill func() error) error
}

// faceter is a candidate that counts the matches by everything at once.
type faceter interface {
	facets(ctx context.Context, q query.Query) (sessiondex.Facets, error)
}

func facets(ctx context.Context, c candidate, q query.Query) (sessiondex.Facets, error) {
	f, ok := c.(faceter)
	if !ok {
		return sessiondex.Facets{}, errUnsupported
	}
	return f.facets(ctx, q)
}

// answer is one page of a listing and the number of matches in all.
type answer struct {
	items []sessiondex.Session
	total int
}

// position is where a walk stands: the cursor of a candidate that has one, or the
// last session of the page before.
type position struct {
	cursor string
	last   *sessiondex.Session
}

// after is the position behind a page that was not the last one.
func after(page []sessiondex.Session) position {
	if len(page) == 0 {
		return position{}
	}
	return position{last: &page[len(page)-1]}
}

// errUnsupported is what a candidate returns for a question that it has no way
// to answer. The report says so in its place.
var errUnsupported = errors.New("not supported")

// entrant is a candidate's place in the report.
type entrant struct {
	name string
	// about is one sentence for the report.
	about string
	// writesOnly marks a candidate that answers from the same structures as another
	// and differs in how it writes: only its writes, and one listing, are timed.
	writesOnly bool
	// make returns an empty candidate. dir is a folder of its own.
	make func(dir string) (candidate, error)
}

// entrants returns all candidates of this build: first the one that the others'
// answers are compared with, and then ours, which the ratios refer to.
func entrants() []entrant {
	all := []entrant{
		{name: "slice", about: "a Go slice, filtered and sorted", make: newSlice},
		{name: us, about: "this library, in memory", make: newOurs},
		{name: "sessiondex-durable", about: "this library, every write forced to the device", make: newDurable(sessiondex.SyncAlways)},
		{name: "sessiondex-system", about: "this library, writes handed to the operating system", writesOnly: true, make: newDurable(sessiondex.SyncSystem)},
	}
	all = append(all, mattnEntrants()...)
	all = append(all, entrant{name: "sqlite-modernc", about: "SQLite in memory, modernc.org/sqlite (no C)", make: newModernc})
	all = append(all, duckdbEntrants()...)
	return append(all,
		entrant{name: "go-memdb", about: "hashicorp/go-memdb, radix trees in memory", make: newMemdb},
		entrant{name: "bleve", about: "bleve on its own", make: newBleve},
	)
}

// us is the name of the candidate that the ratios refer to.
const us = "sessiondex"

// selectEntrants returns the named candidates in the order of entrants, or all of
// them.
func selectEntrants(names []string) ([]entrant, error) {
	all := entrants()
	if len(names) == 0 {
		return all, nil
	}
	var out []entrant
	for _, e := range all {
		if slices.Contains(names, e.name) {
			out = append(out, e)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(e entrant) bool { return e.name == name }) {
			known := make([]string, len(all))
			for i, e := range all {
				known[i] = e.name
			}
			return nil, fmt.Errorf("-only: no candidate is called %q, those of this build are %q", name, known)
		}
	}
	return out, nil
}

// limitOf is the size of the page that q asks for.
func limitOf(q query.Query) int {
	if q.Limit == 0 {
		return query.DefaultLimit
	}
	return q.Limit
}
