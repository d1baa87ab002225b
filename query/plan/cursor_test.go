package plan_test

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

// follow walks a listing by its cursors, each page of another size and by another method,
// and then back to the top.
func follow(t *testing.T, r *rand.Rand, w *world, q query.Query) (there, back []string) {
	t.Helper()
	step := func(cursor string) page {
		q.Cursor = cursor
		q.Limit = 1 + r.IntN(40)
		return w.run(t, q, methods[r.IntN(len(methods))])
	}
	p := step("")
	require.Empty(t, p.Previous)
	there = append(there, p.IDs...)
	for p.HasMore {
		p = step(p.Next)
		require.NotEmpty(t, p.IDs, "there was more")
		there = append(there, p.IDs...)
	}
	require.Empty(t, p.Next)
	back = slices.Clone(p.IDs)
	for p.Previous != "" {
		p = step(p.Previous)
		require.NotEmpty(t, p.IDs)
		require.NotEmpty(t, p.Next)
		back = append(slices.Clone(p.IDs), back...)
	}
	return there, back
}

func TestCursorsLeadThroughAListingAndBack(t *testing.T) {
	r := newRand(t)
	for _, n := range []int{0, 1, 60, 1500} {
		w := tinyWorld(r, n)
		queries := slices.Clone(orders)
		for range 20 {
			q := corpus.RandomQuery(r)
			q.Offset, q.Scope = 0, randomScope(r)
			queries = append(queries, q)
		}
		for _, q := range queries {
			all := w.list(q)
			there, back := follow(t, r, w, q)
			require.Equal(t, part(all, 0, len(all)), there, "%+v", q)
			require.Equal(t, part(all, 0, len(all)), back, "%+v", q)
		}
	}
}

// During writes, a walk by cursor shows each session that stayed in place exactly once, in
// order.
func TestCursorsHoldTheirPlaceWhileSessionsChange(t *testing.T) {
	r := newRand(t)
	for range 6 {
		for _, q := range orders {
			q.IncludeSubSessions = true
			w := tinyWorld(r, 300)
			listed := w.list(q)
			touched := make(map[string]bool)
			for _, id := range listed {
				if r.IntN(3) == 0 {
					touched[id] = true
				}
			}
			// write changes, adds and deletes sessions among those that it may touch.
			write := func() {
				ids := sortedKeys(touched)
				for range 1 + r.IntN(10) {
					switch id := ids[r.IntN(len(ids))]; r.IntN(3) {
					case 0:
						w.delete(id)
					default:
						s := corpus.Tiny(r, 1)[0]
						if s.ID = id; r.IntN(3) == 0 {
							s.ID = fmt.Sprintf("new-%d", r.IntN(200))
							touched[s.ID] = true
						}
						w.put(s)
					}
				}
			}
			seen := make(map[string]int)
			var stayed []string
			for p := w.run(t, with(q, func(q *query.Query) { q.Limit = 5 }), query.Auto); ; {
				for _, id := range p.IDs {
					if seen[id]++; !touched[id] {
						stayed = append(stayed, id)
					}
				}
				if !p.HasMore {
					break
				}
				write()
				q.Cursor, q.Limit = p.Next, 1+r.IntN(20)
				p = w.run(t, q, methods[r.IntN(len(methods))])
			}
			want := slices.DeleteFunc(listed, func(id string) bool { return touched[id] })
			require.Equal(t, want, stayed, "%+v", q)
		}
	}
}

// The session may have been deleted, or have moved.
func TestACursorOutlivesItsSession(t *testing.T) {
	for _, q := range orders {
		for name, change := range map[string]func(w *world, id string){
			"deleted": func(w *world, id string) { w.delete(id) },
			"moved": func(w *world, id string) {
				s, _ := w.twin.Get(id)
				s.Title, s.CreatedAt, s.UpdatedAt = "\U0010ffff", at(1e6), at(1e6)
				w.put(s)
			},
		} {
			var sessions []sessiondex.Session
			for i := range 100 {
				sessions = append(sessions, sessiondex.Session{ID: fmt.Sprintf("%03d", i), Title: fmt.Sprintf("title %03d", i/4), CreatedAt: at(i / 4), UpdatedAt: at(i / 4)})
			}
			w := newWorld(sessions...)
			all := w.list(q)
			q.Cursor = w.run(t, with(q, func(q *query.Query) { q.Limit = 42; q.Cursor = "" }), query.Auto).Next
			change(w, all[41])
			for _, m := range methods {
				got := w.run(t, with(q, func(q *query.Query) { q.Limit = 500 }), m)
				want := all[42:]
				if name == "moved" && q.SortDirection == query.Asc {
					want = append(slices.Clone(want), all[41])
				}
				assert.Equal(t, want, got.IDs, "%s, by %s, %s: %s", name, q.SortBy, q.SortDirection, m)
			}
		}
	}
}

// It works for pages of another size, on another replica, at another time.
func TestACursorIsNotBoundToAPageSizeOrAProcess(t *testing.T) {
	r := newRand(t)
	w := tinyWorld(r, 300)
	replica := newWorld(w.twin.All(everything)...)
	first := w.run(t, query.Query{Limit: 10}, query.Auto)
	for _, limit := range []int{1, 10, 500} {
		want := w.run(t, query.Query{Offset: 10, Limit: limit}, query.Auto)
		got := replica.run(t, query.Query{Cursor: first.Next, Limit: limit}, query.Auto)
		assert.Equal(t, want.IDs, got.IDs)
	}
}

func TestEquivalentQueriesShareCursors(t *testing.T) {
	w := tinyWorld(newRand(t), 300)
	q := query.Query{States: []string{"running", "failed"}, Keyword: "a", Limit: 1}
	same := query.Query{
		States: []string{" failed", "running", "", "failed"}, Keyword: " a\n", SortBy: query.UpdatedAt, SortDirection: query.Desc,
		Match: query.MatchPhrase, SourceChannels: []string{}, Limit: 1,
	}
	p := w.run(t, q, query.Auto)
	require.NotEmpty(t, p.Next)
	assert.Equal(t, p.Next, w.run(t, same, query.Auto).Next)
}

// requireBadCursor checks that a cursor is refused everywhere, with the reason.
func requireBadCursor(t *testing.T, w *world, q query.Query, why string) {
	t.Helper()
	_, err := plan.Run(t.Context(), w.view(), q, plan.Options{})
	require.ErrorIs(t, err, query.ErrBadCursor, "%q", q.Cursor)
	require.ErrorContains(t, err, why)
	n := 0
	for _, err := range plan.Scan(t.Context(), w.view(), q) {
		require.ErrorIs(t, err, query.ErrBadCursor)
		n++
	}
	require.Equal(t, 1, n)
}

func TestACursorOfAnotherListingIsRefused(t *testing.T) {
	w := tinyWorld(newRand(t), 300)
	base := query.Query{Keyword: "a", Limit: 3}
	cursor := w.run(t, base, query.Auto).Next
	require.NotEmpty(t, cursor)
	others := map[string]func(*query.Query){
		"keyword":       func(q *query.Query) { q.Keyword = "b" },
		"match":         func(q *query.Query) { q.Match = query.MatchAllTerms },
		"state":         func(q *query.Query) { q.States = []string{"running"} },
		"channel":       func(q *query.Query) { q.SourceChannels = []string{"running"} },
		"type":          func(q *query.Query) { q.SessionTypes = []string{"running"} },
		"trigger":       func(q *query.Query) { q.TriggerTypes = []string{"running"} },
		"app":           func(q *query.Query) { q.AppID = "x" },
		"workspace":     func(q *query.Query) { q.WorkspaceID = "x" },
		"asset":         func(q *query.Query) { q.AOPAssetID = "x" },
		"subs":          func(q *query.Query) { q.IncludeSubSessions = true },
		"tasks":         func(q *query.Query) { q.IncludeTaskSessions = true },
		"after":         func(q *query.Query) { q.CreatedAfter = at(1) },
		"before":        func(q *query.Query) { q.CreatedBefore = at(1) },
		"before (nano)": func(q *query.Query) { q.CreatedBefore = at(1).Add(1) },
		"sort":          func(q *query.Query) { q.SortBy = query.CreatedAt },
		"by title":      func(q *query.Query) { q.SortBy = query.Title },
		"direction":     func(q *query.Query) { q.SortDirection = query.Asc },
		"scope":         func(q *query.Query) { q.Scope.AppIDs = []string{"x"} },
		"empty scope":   func(q *query.Query) { q.Scope.AppIDs = []string{} },
		"other scope":   func(q *query.Query) { q.Scope.WorkspaceIDs = []string{"x"} },
		"empty other":   func(q *query.Query) { q.Scope.WorkspaceIDs = []string{} },
	}
	for _, name := range sortedKeys(others) {
		t.Run(name, func(t *testing.T) {
			q := base
			q.Cursor = cursor
			others[name](&q)
			requireBadCursor(t, w, q, "another filter or order")
		})
	}
}

func TestADamagedCursorIsRefused(t *testing.T) {
	w := tinyWorld(newRand(t), 300)
	for _, q := range orders {
		q.Limit = 3
		cursor := w.run(t, q, query.Auto).Next
		raw, err := base64.RawURLEncoding.DecodeString(cursor)
		require.NoError(t, err)
		encode := base64.RawURLEncoding.EncodeToString
		for i := range raw {
			for bit := range 8 {
				damaged := slices.Clone(raw)
				damaged[i] ^= 1 << bit
				q.Cursor = encode(damaged)
				requireBadCursor(t, w, q, "damaged")
			}
			if q.Cursor = encode(raw[:i]); i > 0 {
				requireBadCursor(t, w, q, "")
			}
		}
		for _, text := range []string{
			cursor + "A", cursor[1:], cursor + "=", " " + cursor, strings.ToLower(cursor), "x", "0", "====", "数据", "\x00",
			encode(append(slices.Clone(raw), 0)), strings.Repeat("A", 10_000), base64.StdEncoding.EncodeToString(append([]byte{0xff}, raw...)),
		} {
			q.Cursor = text
			requireBadCursor(t, w, q, "")
		}
	}
}

// forge makes a cursor of a body, with the fingerprint of a cursor of the query and a valid
// checksum.
func forge(cursor string, version, flags byte, key []byte) string {
	raw, _ := base64.RawURLEncoding.DecodeString(cursor)
	b := append([]byte{version, flags}, raw[2:10]...)
	b = append(b, key...)
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	b = append(b, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
	return base64.RawURLEncoding.EncodeToString(b)
}

func TestAForgedCursorIsRefusedOrAPlaceInTheListing(t *testing.T) {
	w := tinyWorld(newRand(t), 300)
	for _, q := range orders {
		q.Limit = 3
		cursor := w.run(t, q, query.Auto).Next
		q.Cursor = forge(cursor, 2, 0, []byte("\x00\x00\x01a"))
		requireBadCursor(t, w, q, "version 2")
		for _, key := range []string{"\x00", "\x80", "\x05ab", strings.Repeat("\x80", 20), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x00\x00\x05a", "\x00\x00\x01ab", "\x00\x80\x94\xeb\xdc\x03\x01a"} {
			q.Cursor = forge(cursor, 1, 0, []byte(key))
			requireBadCursor(t, w, q, "its key does not parse")
		}
		q.Cursor = forge(cursor, 1, 1<<7, []byte("\x00\x00\x01a"))
		requireBadCursor(t, w, q, "its key does not parse")
	}
	up := query.Query{SortDirection: query.Asc, Limit: 3}
	cursor := w.run(t, up, query.Auto).Next
	all := w.list(up)
	up.Limit = 500
	up.Cursor = forge(cursor, 1, 0, []byte("\x02\x00\x01a")) // 1970-01-01T00:00:01Z, "a"
	place := slices.IndexFunc(all, func(id string) bool {
		s, _ := w.twin.Get(id)
		return s.UpdatedAt.Unix() >= 2
	})
	assert.Equal(t, all[place:], w.run(t, up, query.Auto).IDs)
}

// giants are sessions whose titles are alike for longer than a cursor shows.
func giants(n int) (sessions []sessiondex.Session) {
	prompt := strings.Repeat("Dies ist ein langer Text, ÄÖÜ. ", 300)
	for i := range n {
		title := prompt + fmt.Sprintf("%03d", i/2*7%n)
		switch i % 10 {
		case 0:
			title = prompt[:3000]
		case 1:
			title = prompt[:4097]
		case 2:
			title = fmt.Sprintf("short %03d", i)
		}
		sessions = append(sessions, sessiondex.Session{ID: fmt.Sprintf("%03d", i), Title: title, CreatedAt: at(i), UpdatedAt: at(i)})
	}
	return sessions
}

// A title too long for a cursor is cut there.
func TestCursorsKeepTheOrderOfGiantTitles(t *testing.T) {
	r := newRand(t)
	w := newWorld(giants(120)...)
	for _, direction := range []query.Direction{query.Asc, query.Desc} {
		q := query.Query{SortBy: query.Title, SortDirection: direction}
		there, back := follow(t, r, w, q)
		assert.Equal(t, w.list(q), there)
		assert.Equal(t, w.list(q), back)
		for p := w.run(t, with(q, func(q *query.Query) { q.Limit = 7 }), query.Auto); p.HasMore; {
			require.Less(t, len(p.Next), 6000, "a cursor stays small")
			p = w.run(t, with(q, func(q *query.Query) { q.Cursor, q.Limit = p.Next, 7 }), query.Auto)
		}
	}
}

// If the session with the giant title is deleted, the rest of its title is unknown: sessions
// may then show twice, but none is lost.
func TestNoSessionIsLostAfterAGiantTitleIsDeleted(t *testing.T) {
	for _, direction := range []query.Direction{query.Asc, query.Desc} {
		for _, change := range []string{"deleted", "renamed"} {
			for limit := 1; limit < 40; limit += 3 {
				w := newWorld(giants(40)...)
				q := query.Query{SortBy: query.Title, SortDirection: direction, Limit: limit}
				all := w.list(q)
				p := w.run(t, q, query.Auto)
				last := p.IDs[len(p.IDs)-1]
				if change == "deleted" {
					w.delete(last)
				} else {
					s, _ := w.twin.Get(last)
					s.Title = ""
					w.put(s)
				}
				q.Limit = 500
				rest := with(q, func(q *query.Query) { q.Cursor = p.Next })
				back := with(q, func(q *query.Query) { q.Cursor = w.run(t, rest, query.Auto).Previous })
				for _, m := range methods {
					assert.Subset(t, w.run(t, rest, m).IDs, all[limit:], "%s, limit %d, %s: %s", direction, limit, change, m)
					if back.Cursor != "" {
						seen := append(w.run(t, rest, m).IDs, w.run(t, back, m).IDs...)
						assert.Subset(t, seen, w.list(q), "%s, limit %d, %s: %s", direction, limit, change, m)
					}
				}
			}
		}
	}
}
