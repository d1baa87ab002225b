package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex"
)

// answers are what a candidate says to one question: a line for each query.
type answers struct {
	Question string   `json:"question"`
	Lines    []string `json:"lines"`
	// Totals are the numbers of matches, of questions that ask for them.
	Totals []int `json:"totals,omitempty"`
	// Unsupported is why the candidate cannot say anything; "" if it can.
	Unsupported string `json:"unsupported,omitempty"`
}

// ask puts the queries of a question, at least one and no further one once the time
// is up. A line holds all that the candidates must agree on: ids in their order,
// totals, counts, whole sessions.
func ask(ctx context.Context, c candidate, d dataset, q question, most time.Duration) (answers, error) {
	a := answers{Question: q.Name}
	start := time.Now()
	late := func() bool { return len(a.Lines) > 0 && time.Since(start) > most }
	line := func(text string, err error) error {
		if errors.Is(err, errUnsupported) {
			a.Unsupported = err.Error()
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", q.Name, err)
		}
		a.Lines = append(a.Lines, text)
		return nil
	}
	switch q.Kind {
	case getKind:
		for _, id := range q.IDs {
			s, err := c.get(ctx, id)
			if err := line(sessionLine(s), err); err != nil {
				return a, err
			}
		}
		return a, nil
	case offsetKind:
		for _, offset := range walkOffsets(d.N) {
			if late() {
				break
			}
			at := q.Queries[0]
			at.Offset = offset
			found, err := c.list(ctx, at)
			if err := line(pageLine(found.items, found.total), err); err != nil {
				return a, err
			}
		}
		return a, nil
	case cursorKind:
		var at position
		for range 20 {
			if late() {
				break
			}
			items, next, err := c.next(ctx, q.Queries[0], at)
			if err := line(pageLine(items, -1), err); err != nil {
				return a, err
			}
			if at = next; len(items) < limitOf(q.Queries[0]) {
				break
			}
		}
		return a, nil
	}
	for _, query := range q.Queries {
		if late() {
			break
		}
		var text string
		var err error
		switch q.Kind {
		case listKind:
			var found answer
			found, err = c.list(ctx, query)
			text = pageLine(found.items, found.total)
			a.Totals = append(a.Totals, found.total)
			if err == nil && q.Empty && found.total > 0 {
				return a, fmt.Errorf("%s: %q was to be in no title, and is in %d", q.Name, query.Keyword, found.total)
			}
		case pageKind:
			var items []sessiondex.Session
			items, err = c.page(ctx, query)
			text = pageLine(items, -1)
		case statesKind:
			var counts []sessiondex.FacetCount
			counts, err = c.states(ctx, query)
			text = fmt.Sprint(counts)
		case facetsKind:
			var counts sessiondex.Facets
			counts, err = facets(ctx, c, query)
			text = fmt.Sprintf("%+v", counts)
		}
		if err := line(text, err); err != nil {
			return a, err
		}
	}
	return a, nil
}

// pageLine is a page as one line of text; total is -1 if it was not asked for.
func pageLine(items []sessiondex.Session, total int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "total %d:", total)
	for _, s := range items {
		b.WriteByte(' ')
		b.WriteString(s.ID)
	}
	return b.String()
}

// sessionLine has every member, since whole sessions have to come back.
func sessionLine(s sessiondex.Session) string {
	s.CreatedAt, s.UpdatedAt = s.CreatedAt.UTC(), s.UpdatedAt.UTC()
	return fmt.Sprintf("%+v", s)
}

// disagreement compares what two candidates said to a question, as far as both had
// the time; nil if it is the same, or if one of the two has nothing to say.
func disagreement(q question, nameA string, a answers, nameB string, b answers) error {
	if a.Unsupported != "" || b.Unsupported != "" {
		return nil
	}
	if len(a.Lines) == 0 || len(b.Lines) == 0 {
		return fmt.Errorf("%s and %s cannot be compared on %q: %d answers and %d", nameA, nameB, q.Name, len(a.Lines), len(b.Lines))
	}
	for i := range min(len(a.Lines), len(b.Lines)) {
		if a.Lines[i] == b.Lines[i] {
			continue
		}
		asked := fmt.Sprintf("answer %d", i)
		if len(q.Queries) == len(a.Lines) {
			asked = fmt.Sprintf("%+v", q.Queries[i])
		}
		return fmt.Errorf("%s and %s disagree on %q, %s\n%s: %.2000s\n%s: %.2000s", nameA, nameB, q.Name, asked, nameA, a.Lines[i], nameB, b.Lines[i])
	}
	return nil
}

// disagreements compares all questions that both were asked.
func disagreements(qs []question, nameA string, as []answers, nameB string, bs []answers) error {
	var faults []error
	for _, q := range qs {
		named := func(a answers) bool { return a.Question == q.Name }
		i, k := slices.IndexFunc(as, named), slices.IndexFunc(bs, named)
		if i >= 0 && k >= 0 {
			faults = append(faults, disagreement(q, nameA, as[i], nameB, bs[k]))
		}
	}
	return errors.Join(faults...)
}
