package query

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
	"github.com/sessiondex/sessiondex/schema"
)

// wire returns a query as it comes out at the other end.
func wire(q Query) Query {
	q = q.Normalized()
	q.Scope = q.Scope.Normalized()
	if len(q.Scope.Where) == 0 {
		q.Scope.Where = nil
	}
	return q
}

// Any query with any condition, scope included.
func TestParseCanonicalReversesAppendCanonical(t *testing.T) {
	r := testrand.New(t)
	seen := 0
	for range 300 {
		w := newRandomWorld(r)
		for range 20 {
			q := w.query()
			q.Keyword, q.Match = pick(r, worldTexts), pick(r, []Match{"", MatchAllTerms, MatchWords})
			q.Cursor, q.Limit, q.Offset = pick(r, worldTexts), r.IntN(3), pick(r, []int{0, 1, math.MaxInt})
			if q.Match == MatchWords {
				q.Typing, q.Typos, q.SearchIn = r.IntN(2) == 0, r.IntN(2) == 0, w.s.Names(isText)
			}
			q.Scope = w.scope()
			b := q.AppendCanonical(nil)
			got, err := ParseCanonical(w.s, b)
			if q.ValidateWith(w.s) != nil {
				require.ErrorIs(t, err, ErrInvalid)
				continue
			}
			require.NoError(t, err, "%+v", q)
			require.Equal(t, wire(q), got)
			require.Equal(t, b, got.AppendCanonical(nil))
			seen++
		}
	}
	require.Greater(t, seen, 1000)
}

func TestBytesInNoCanonicalFormAreRefused(t *testing.T) {
	s, err := schema.New(schema.Field{Name: "tags", Type: schema.Keyword}, schema.Field{Name: "cost", Type: schema.Number})
	require.NoError(t, err)
	q := Query{
		Keyword: "report", States: []string{"a", "b"}, Kinds: []Kind{Both}, CreatedAfter: time.Unix(5, 6),
		Where: []Cond{In("tags", "x", "y"), AtLeast("cost", 2)},
		Scope: Scope{AppIDs: []string{}, Where: []Cond{AnyOf(In("tags", "mine"), Equal("cost", 1, 2))}},
	}
	whole := q.AppendCanonical(nil)
	_, err = ParseCanonical(s, whole)
	require.NoError(t, err)
	for n := range whole { // cut off anywhere
		_, err := ParseCanonical(s, whole[:n])
		require.ErrorIs(t, err, ErrInvalid, "%d bytes", n)
	}
	_, err = ParseCanonical(s, append(slices.Clone(whole), 0))
	require.ErrorContains(t, err, "trailing bytes")
	_, err = ParseCanonical(s, append([]byte{canonicalVersion + 1}, whole[1:]...))
	require.ErrorContains(t, err, fmt.Sprintf("version %d", canonicalVersion+1))
	_, err = ParseCanonical(nil, whole) // a schema without the field
	require.ErrorContains(t, err, "tags[in]")
	for old, changed := range map[string]string{
		"\x01a\x01b":                            "\x01b\x01a",                                         // a list out of order
		"\x01x\x01y":                            "\x01y\x01x",                                         // the same, in a condition
		"\x06report":                            "\x07report ",                                        // a keyword that is not trimmed
		"\x04tags\x02":                          "\x04tags\x82\x00",                                   // a length that takes more than it needs
		"\x06report\x06":                        "\x06report\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", // a length beyond everything
		string(appendTime(nil, q.CreatedAfter)): "\x0a\x80\x94\xeb\xdc\x03",                           // a second of nanoseconds
	} {
		require.Contains(t, string(whole), old)
		_, err := ParseCanonical(s, []byte(strings.Replace(string(whole), old, changed, 1)))
		require.ErrorIs(t, err, ErrInvalid, "%q", old)
	}
}

func FuzzParseCanonical(f *testing.F) {
	s, err := schema.New(
		schema.Field{Name: "tags", Type: schema.Keyword}, schema.Field{Name: "archived", Type: schema.Flag, Hidden: true},
		schema.Field{Name: "cost", Type: schema.Number, Sorted: true}, schema.Field{Name: "due", Type: schema.Time}, schema.Field{Name: "notes", Type: schema.Text},
	)
	require.NoError(f, err)
	for _, q := range []Query{
		{}, {Keyword: "x", Match: MatchWords, Typos: true, SearchIn: []string{"notes"}}, {IDs: []string{""}, Cursor: "c", Offset: math.MaxInt},
		{Where: []Cond{In("tags"), NotIn("tags", "a"), HasAll("tags", "a", "b"), Prefix("tags", "a"), Has("tags"), Lacks("due"), Equal("cost", 1, 2), Above("due", time.Unix(1, 2))}},
		{SortFirst: "archived", SortBy: "cost", Scope: Scope{WorkspaceIDs: []string{"w"}, Where: []Cond{AnyOf(In("tags", "a"), Below("cost", math.Inf(1)))}}},
	} {
		f.Add(q.AppendCanonical(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		q, err := ParseCanonical(s, b)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			require.Zero(t, q)
			return
		}
		require.NoError(t, q.ValidateWith(s))
		require.Equal(t, b, q.AppendCanonical(nil))
		require.Equal(t, wire(q), q)
		q.Conditions(s)
	})
}
