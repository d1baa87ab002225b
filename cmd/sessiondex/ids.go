package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// The columns that an id gets: as many as tell the rows apart, within these bounds.
const (
	minIDCells = 8
	maxIDCells = 12
)

// shortIDs cuts ids to what tells those of a page apart: the beginning, or the end
// where the beginnings are alike (as those of ids made from the time are), or both, or
// what follows the beginning that all share.
func shortIDs(items []sessiondex.Session) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = oneLine(items[i].ID)
	}
	for _, keep := range []func(id string, n int) string{keepBeginning, keepEnd, keepBoth} {
		for n := minIDCells; n <= maxIDCells; n++ {
			if short := cutIDs(ids, n, keep); distinct(short, ids) {
				return short
			}
		}
	}
	common := commonBeginning(ids)
	return cutIDs(ids, maxIDCells, func(id string, n int) string {
		if rest := strings.TrimPrefix(id, common); common != "" && rest != "" {
			return "…" + keepBeginning(rest, n-1)
		}
		return keepBeginning(id, n)
	})
}

func cutIDs(ids []string, n int, keep func(id string, n int) string) []string {
	short := make([]string, len(ids))
	for i, id := range ids {
		if short[i] = id; cells(id) > n {
			short[i] = keep(id, n)
		}
	}
	return short
}

// keepBeginning cuts an id without saying so: eight characters of a random id are how
// people know it.
func keepBeginning(id string, n int) string {
	if cells(id) <= n {
		return id
	}
	return strings.TrimSuffix(cutCells(id, n+1), "…")
}

func keepEnd(id string, n int) string {
	for cut := range id {
		if cells(id[cut:]) < n {
			return "…" + id[cut:]
		}
	}
	return id
}

func keepBoth(id string, n int) string { return keepBeginning(id, n/2) + keepEnd(id, n-n/2) }

// distinct reports whether different ids stay different.
func distinct(short, ids []string) bool {
	full := make(map[string]string, len(short))
	for i, s := range short {
		if other, ok := full[s]; ok && other != ids[i] {
			return false
		}
		full[s] = ids[i]
	}
	return true
}

func commonBeginning(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	common := ids[0]
	for _, id := range ids[1:] {
		for !strings.HasPrefix(id, common) {
			_, size := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-size]
		}
	}
	return common
}

// lister yields the sessions of a query.
type lister func(context.Context, query.Query) iter.Seq2[sessiondex.Session, error]

// wholeID returns the id of the one session that is meant by an id as the table shows
// it. An id that is there is taken as it is.
func wholeID(ctx context.Context, r *sessiondex.Snapshot, id string) (string, error) {
	if _, err := r.Get(ctx, id); !errors.Is(err, sessiondex.ErrNotFound) {
		return id, err
	}
	begin, end, cut := strings.Cut(id, "…")
	found, err := idFrom(ctx, r.All, id)
	if err != nil || found != id {
		return found, err
	}
	tries := []func(whole string) bool{ // as the table shows ids, which drops what steers a terminal
		func(whole string) bool { return strings.HasPrefix(whole, begin) && strings.HasSuffix(whole, end) },
		func(whole string) bool { return strings.HasPrefix(whole, begin) && strings.Contains(whole, end) },
	}
	if !cut { // typed, or the beginning
		tries[1] = func(whole string) bool { return strings.HasSuffix(whole, begin) }
	}
	for _, matches := range tries {
		if found, err := theOne(ctx, r.All, everything(r.Schema()), id, matches); err != nil || found != id {
			return found, err
		}
	}
	return id, nil // let Why say that there is none
}

// idFrom is wholeID for an id whose beginning is given, and returns it as it is if there is
// none such. It looks at no other sessions.
func idFrom(ctx context.Context, all lister, id string) (string, error) {
	begin, end, _ := strings.Cut(id, "…")
	if begin == "" {
		return id, nil
	}
	q := everything(nil) // the beginning of an id shows what flags hide
	q.IDPrefix = begin
	return theOne(ctx, all, q, id, func(whole string) bool { return strings.HasSuffix(whole, end) })
}

// theOne returns the id that matches, short if none does.
func theOne(ctx context.Context, all lister, q query.Query, short string, matches func(id string) bool) (string, error) {
	var found []string
	for s, err := range all(ctx, q) {
		if err != nil {
			return "", err
		}
		if matches(oneLine(s.ID)) {
			if found = append(found, s.ID); len(found) == 2 {
				return "", usageError{fmt.Sprintf("why: %q stands for several ids, such as %q and %q", short, found[0], found[1])}
			}
		}
	}
	if len(found) == 0 {
		return short, nil
	}
	return found[0], nil
}

// everything lists all sessions, oldest first.
func everything(s *schema.Schema) query.Query {
	q := query.Everything(s)
	q.SortBy, q.SortDirection = query.CreatedAt, query.Asc
	return q
}
