package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
)

// kind says what a question asks for.
type kind string

const (
	listKind   kind = "list"   // a page of 50 and the exact total
	pageKind   kind = "page"   // a page of 50
	statesKind kind = "states" // the number of matches by state
	facetsKind kind = "facets" // the number of matches by everything that is counted
	getKind    kind = "get"    // one session
	offsetKind kind = "offset" // pages of a walk by offset, each with its total
	cursorKind kind = "cursor" // pages of a walk by cursor
)

// question is one row of the report: queries of one shape, the same for all candidates.
type question struct {
	Name    string        `json:"name"`
	Kind    kind          `json:"kind"`
	Queries []query.Query `json:"-"`
	IDs     []string      `json:"-"` // of getKind
	// Once says that each query is asked once only: the engine remembers the matches of
	// a keyword, and the second answer would be cheaper than a user's first.
	Once bool `json:"once,omitempty"`
	// Reach is the figure that the design sets for a million sessions, 0 if none.
	Reach time.Duration `json:"reach_ns,omitempty"`
	// Peers says that the row counts in the geometric means over the peers: the
	// questions that ask for a page and its total.
	Peers bool `json:"peers,omitempty"`
	// Empty says that no query of the question has a match.
	Empty bool `json:"-"`
	// Quick says that -quick asks it too.
	Quick bool `json:"-"`
}

// walkPages is how many pages a walk goes through, and walkStops how many of them a
// walk by offset is timed at: evenly spread, the first and the last included.
const (
	walkPages = 2000
	walkStops = 21
)

// typedLetters is how many letters of a word are typed.
const typedLetters = 8

// questions are all that is asked of a data set, in the order in which it is timed.
// Where a keyword of one question is part of one of a later question, the order
// matters to who remembers answers; see words.
func questions(d dataset, w words, sample []sessiondex.Session) []question {
	states, channels, types := corpus.States(), corpus.SourceChannels(), corpus.SessionTypes()
	week := query.Query{CreatedAfter: corpus.Reference.AddDate(0, 0, -100), CreatedBefore: corpus.Reference.AddDate(0, 0, -93), SortBy: query.Title}
	filtered := query.Query{States: states[:2], SourceChannels: channels[:2], SessionTypes: types[:1], Offset: min(1000, d.N/100)}
	quarter := query.Query{SourceChannels: channels[1:4], Offset: d.N / 10}
	us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	list := func(name string, reach time.Duration, qs ...query.Query) question {
		return question{Name: name, Kind: listKind, Queries: qs, Reach: reach, Peers: true, Quick: true}
	}
	keyword := func(name string, reach time.Duration, texts []string, with query.Query) question {
		q := list(name, reach)
		q.Once = true
		for _, text := range texts {
			with.Keyword = text
			q.Queries = append(q.Queries, with)
		}
		return q
	}
	var ids []string
	for i := range min(len(sample), 500) {
		ids = append(ids, sample[i*31%len(sample)].ID)
	}
	empty := keyword("keyword without a hit", 0, w.Absent, query.Query{})
	empty.Empty = true
	out := []question{
		list("default listing, first page", us(10), query.Query{}),
		list("default listing, a quarter down", us(10), query.Query{Offset: d.N / 4}),
		list("2 states × 2 channels × type, offset 1,000", us(10), filtered),
		list("filters that keep 25 %, a tenth down", us(10), quarter),
		list("one application", us(10), query.Query{AppID: corpus.AppID(appRank(d.N))}),
		list("one week, sorted by title", us(50), week),
		list("by title, first page", 0, query.Query{SortBy: query.Title, SortDirection: query.Asc}),
		list("by creation, oldest first, a quarter down", 0, query.Query{SortBy: query.CreatedAt, SortDirection: query.Asc, Offset: d.N / 4}),
		list("sub-sessions included, a quarter down", 0, query.Query{IncludeSubSessions: true, Offset: d.N / 4}),
		keyword("keyword of 3+ letters, up to 1 % hits", us(150), w.Some, query.Query{}),
		keyword("keyword of 3+ letters, with filters", us(200), w.Others, query.Query{States: states[:2], SourceChannels: channels[:2]}),
		keyword("keyword of 3 letters, 10 % hits", us(400), w.Many, query.Query{}),
		keyword("keyword of two words", us(300), w.Phrase, query.Query{}),
		keyword("keyword of two ideographs", 0, w.CJK, query.Query{}),
		empty,
		keyword("keyword of 2 letters", us(500), w.Two, query.Query{}),
		keyword("keyword of 1 letter", 0, w.One, query.Query{}),
	}
	for n := 1; n <= typedLetters; n++ {
		var texts []string
		for _, word := range w.Typed {
			texts = append(texts, word[:n])
		}
		q := keyword(fmt.Sprintf("while typing, letter %d", n), 0, texts, query.Query{})
		q.Peers, q.Quick = false, n == 1 || n == typedLetters
		out = append(out, q)
	}
	next := keyword("next page of a keyword, 10 % hits", 0, w.Many[:min(1, len(w.Many))], query.Query{Offset: query.DefaultLimit})
	next.Once, next.Peers = false, false
	out = append(out,
		next,
		question{Name: "first page, no total", Kind: pageKind, Queries: []query.Query{{}}, Quick: true},
		question{Name: "a quarter down, no total", Kind: pageKind, Queries: []query.Query{{Offset: d.N / 4}}},
		question{Name: "counts by state", Kind: statesKind, Queries: []query.Query{{SourceChannels: channels[1:4]}}, Quick: true},
		question{Name: "all facets", Kind: facetsKind, Queries: []query.Query{{SourceChannels: channels[1:4]}}, Quick: true},
		question{Name: "walk by offset, a page", Kind: offsetKind, Queries: []query.Query{{}}},
		question{Name: "walk by cursor, a page", Kind: cursorKind, Queries: []query.Query{{}}, Quick: true},
		question{Name: "get by id", Kind: getKind, IDs: ids, Quick: true},
	)
	return slices.DeleteFunc(out, func(q question) bool { return len(q.Queries)+len(q.IDs) == 0 })
}

// appRank is the application that has about 700 sessions of a million. In a small
// corpus it is one that still has a page.
func appRank(n int) int {
	if n < 100_000 {
		return 3
	}
	return 55
}

// walkOffsets are the offsets of the timed pages of a walk over n sessions.
func walkOffsets(n int) []int {
	pages := min(walkPages, max(1, n/2/query.DefaultLimit))
	out := make([]int, walkStops)
	for i := range out {
		out[i] = (pages - 1) * i / (walkStops - 1) * query.DefaultLimit
	}
	return out
}
