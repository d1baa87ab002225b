package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
	wordindex "github.com/sessiondex/sessiondex/index/words"
	"github.com/sessiondex/sessiondex/query"
)

// Searches by words are measured apart from the report, since each store cuts and
// compares words by rules of its own: answers are compared where the rules are the same.

// wordQuery is a word as it is typed: whole, its beginning, or with another letter.
type wordQuery struct {
	text          string
	typing, typos bool
}

func (w wordQuery) query() query.Query {
	return query.Query{Keyword: w.text, Match: query.MatchWords, Typing: w.typing, Typos: w.typos}
}

// wordStore is something that words are searched in.
type wordStore interface {
	// load takes all sessions, and returns once it can be asked.
	load(sessions []sessiondex.Session) error
	// find returns the ids of a page of what the default listing shows, the last updated
	// first, and the number of matches. errUnsupported says that there is no way to ask.
	find(ctx context.Context, w wordQuery) (ids []string, total int, err error)
	close() error
}

// wordEntrant is one of them. The answers of all that have the same rules are compared.
type wordEntrant struct {
	name, about, rules string
	make               func() (wordStore, error)
}

// sameAnalyser are the rules of those that cut words by this library's analyser.
const sameAnalyser = "analyser"

func wordEntrants() []wordEntrant {
	out := []wordEntrant{
		{"slice", "every title analysed at every question", sameAnalyser, func() (wordStore, error) { return new(wordSlice), nil }},
		{us, "this library, its index of words complete", sameAnalyser, func() (wordStore, error) { return new(wordOurs), nil }},
		{"bleve", "bleve on its own, in memory, with this library's analyser", sameAnalyser, newWordBleve},
	}
	for _, tokenizer := range []string{"unicode61", "porter", "trigram"} {
		out = append(out, wordEntrant{"fts5 " + tokenizer, "SQLite's FTS5 in memory, tokenizer " + tokenizer, tokenizer, func() (wordStore, error) { return newWordSQLite(tokenizer) }})
	}
	return append(out, wordEntrant{"tantivy", "tantivy in memory, its default analyser, behind a pipe to Python", "tantivy", newWordTantivy})
}

// wordOurs is this library.
type wordOurs struct{ engine *sessiondex.Engine }

func (o *wordOurs) load(sessions []sessiondex.Session) (err error) {
	if o.engine, err = sessiondex.New(&sessiondex.Options{Words: &sessiondex.WordOptions{AtStart: true}}); err != nil {
		return err
	}
	if err := o.engine.Put(context.Background(), sessions...); err != nil {
		return err
	}
	return o.engine.WaitIndexed(context.Background())
}

func (o *wordOurs) find(ctx context.Context, w wordQuery) ([]string, int, error) {
	p, err := o.engine.List(ctx, w.query())
	return idsOf(p.Items), p.Total, err
}

func (o *wordOurs) close() error { return o.engine.Close() }

// wordSlice analyses all titles anew. It is the reference.
type wordSlice struct {
	analyser *wordindex.Analyser
	shown    []sessiondex.Session // the last updated first
}

func (c *wordSlice) load(sessions []sessiondex.Session) (err error) {
	for _, s := range sessions {
		if shownByDefault(&s) {
			c.shown = append(c.shown, s)
		}
	}
	slices.SortFunc(c.shown, func(a, b sessiondex.Session) int {
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), strings.Compare(b.ID, a.ID))
	})
	c.analyser, err = wordindex.NewAnalyser("")
	return err
}

func shownByDefault(s *sessiondex.Session) bool { return !s.IsSubSession && !s.IsTaskSession }

func (c *wordSlice) find(_ context.Context, w wordQuery) (ids []string, total int, err error) {
	k := c.analyser.Keyword(w.text, w.typing, w.typos)
	for i := range c.shown {
		if k.Match(c.shown[i].Title) {
			if total++; len(ids) < query.DefaultLimit {
				ids = append(ids, c.shown[i].ID)
			}
		}
	}
	return ids, total, nil
}

func (c *wordSlice) close() error { return nil }

// wordRow is a row of the table. Each of its queries is asked once, since an answer is
// remembered.
type wordRow struct {
	name    string
	reach   time.Duration
	queries []wordQuery
}

// wordRows are the questions about some words, which have five letters and more.
func wordRows(texts []string) []wordRow {
	rows := []wordRow{{"exact", 500 * time.Microsecond, nil}, {"while typing", time.Millisecond, nil}, {"with a typo", 5 * time.Millisecond, nil}}
	for _, text := range texts {
		rows[0].queries = append(rows[0].queries, wordQuery{text: text})
		rows[1].queries = append(rows[1].queries, wordQuery{text: text[:len(text)-2], typing: true})
		rows[2].queries = append(rows[2].queries, wordQuery{text: text[:2] + "x" + text[3:], typos: true})
	}
	return rows
}

// wordTiming is what a store took for a row, and how much it found in the mean.
type wordTiming struct {
	timing
	hits float64
}

// agreedWords is how many queries of a row are compared; the reference takes long.
const agreedWords = 3

// measureWords loads every store in turn, compares what those of the same rules answer,
// and times them.
func measureWords(ctx context.Context, d dataset, budget time.Duration) (rows []wordRow, by map[string]map[string]wordTiming, err error) {
	texts, err := featureWords(d)
	if err != nil {
		return nil, nil, err
	}
	rows = wordRows(texts)
	all, err := d.sessions()
	if err != nil {
		return nil, nil, err
	}
	sessions := slices.Collect(all)
	reference := map[string]string{}
	by = map[string]map[string]wordTiming{}
	for _, e := range wordEntrants() {
		fmt.Fprintln(os.Stderr, "words:", e.name)
		store, err := e.make()
		if errors.Is(err, errUnsupported) {
			fmt.Fprintln(os.Stderr, "words:", err)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		times, err := measureWordStore(ctx, store, &e, sessions, rows, reference, budget)
		if err = errors.Join(err, store.close()); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", e.name, err)
		}
		by[e.name] = times
	}
	return rows, by, nil
}

// wordLoad is the row of loading.
const wordLoad = "load, and index"

func measureWordStore(ctx context.Context, store wordStore, e *wordEntrant, sessions []sessiondex.Session, rows []wordRow, reference map[string]string, budget time.Duration) (map[string]wordTiming, error) {
	start := time.Now()
	if err := store.load(sessions); err != nil {
		return nil, err
	}
	took := time.Since(start)
	times := map[string]wordTiming{wordLoad: {timing: timing{Median: took, P99: took, Calls: 1}}}
	runtime.GC() // else the collection that the load has begun runs beside the few searches
	for _, row := range rows {
		hits, calls := 0, 0
		t, err := measure(limits{Budget: budget}, len(row.queries), func(i int) error {
			ids, total, err := store.find(ctx, row.queries[i])
			if err != nil {
				return err
			}
			hits, calls = hits+total, calls+1
			if i < agreedWords {
				return agreeWords(e, fmt.Sprint(e.rules, row.name, i), fmt.Sprint(total, ids), reference, row.queries[i])
			}
			return nil
		})
		if errors.Is(err, errUnsupported) {
			continue
		}
		if err != nil {
			return nil, err
		}
		times[row.name] = wordTiming{t, float64(hits) / float64(max(calls, 1))}
	}
	return times, nil
}

// agreeWords holds an answer to that of the first store of the same rules.
func agreeWords(e *wordEntrant, key, said string, reference map[string]string, w wordQuery) error {
	want, ok := reference[key]
	if !ok {
		reference[key] = said
		return nil
	}
	if said != want {
		return fmt.Errorf("%s disagrees on %+v\nwant %.500s\ngot  %.500s", e.name, w, want, said)
	}
	return nil
}
