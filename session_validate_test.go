package sessiondex

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

func validSession(id string) Session {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return Session{ID: id, CreatedAt: at, UpdatedAt: at}
}

func TestValidateNamesSessionFieldAndValue(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Session)
		want   string // without the prefix; "" if the session is valid
	}{
		{"plain", func(s *Session) {}, ``},
		{"NUL in the id", func(s *Session) { s.ID = "a\x00b" }, ``},
		{"empty session type", func(s *Session) { s.SessionType = "" }, ``},
		{"longest title", func(s *Session) { s.Title = strings.Repeat("x", DefaultMaxTitleBytes) }, ``},
		{"first and last instant", func(s *Session) {
			s.CreatedAt = time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)
			s.UpdatedAt = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
		}, ``},
		{"another zone's year", func(s *Session) { s.CreatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)) }, ``},
		{"extra", func(s *Session) { s.Extra = " { \"ID\" : 1,\n\"a\": {\"id\": 2, \"title\": 3}, \"a\": 1e40 } " }, ``},
		{"empty extra", func(s *Session) { s.Extra = "{}" }, ``},

		{"no id", func(s *Session) { s.ID = "" }, `: id: must be there and not be empty`},
		{"title too long", func(s *Session) { s.Title = strings.Repeat("x", DefaultMaxTitleBytes+1) },
			` "s-1": title: must have at most 1048576 bytes, has 1048577, got ` + strings.Repeat("x", 100) + `…`},
		{"id not UTF-8", func(s *Session) { s.ID = "a\xff" }, ` "a\xff": id: must be valid UTF-8, breaks off at byte 2, got "a\xff"`},
		{"title not UTF-8", func(s *Session) { s.Title = "\uFFFD\xe2\x80" },
			` "s-1": title: must be valid UTF-8, breaks off at byte 4, got "` + "\uFFFD" + `\xe2\x80"`},
		{"state not UTF-8", func(s *Session) { s.State = "\xff" }, ` "s-1": state: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"source channel not UTF-8", func(s *Session) { s.SourceChannel = "\xff" }, ` "s-1": source_channel: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"session type not UTF-8", func(s *Session) { s.SessionType = "\xff" }, ` "s-1": session_type: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"app id not UTF-8", func(s *Session) { s.AppID = "\xff" }, ` "s-1": app_id: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"workspace id not UTF-8", func(s *Session) { s.WorkspaceID = "\xff" }, ` "s-1": workspace_id: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"parent not UTF-8", func(s *Session) { s.ParentSessionID = "\xff" }, ` "s-1": parent_session_id: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"asset not UTF-8", func(s *Session) { s.AOPAssetID = "\xff" }, ` "s-1": aop_asset_id: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"trigger not UTF-8", func(s *Session) { s.TriggerType = "\xff" }, ` "s-1": trigger_type: must be valid UTF-8, breaks off at byte 1, got "\xff"`},
		{"no creation", func(s *Session) { s.CreatedAt = time.Time{} }, ` "s-1": created_at: is missing (zero)`},
		{"no update", func(s *Session) { s.UpdatedAt = time.Time{}.In(time.FixedZone("", 60)) }, ` "s-1": updated_at: is missing (zero)`},
		{"year 10000", func(s *Session) { s.UpdatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
			` "s-1": updated_at: must lie in the years 1 to 9999 (UTC), got 10000-01-01T00:00:00Z`},
		{"year 0", func(s *Session) { s.CreatedAt = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) },
			` "s-1": created_at: must lie in the years 1 to 9999 (UTC), got 0000-01-01T00:00:00Z`},
		{"extra not UTF-8", func(s *Session) { s.Extra = "{\"a\":\"\xff\"}" }, ` "s-1": Extra: must be valid UTF-8, breaks off at byte 7, got "{\"a\":\"\xff\"}"`},
		{"extra no object", func(s *Session) { s.Extra = `[1]` },
			` "s-1": Extra: must be empty or a JSON object: invalid character '[' where an object begins at byte 1, got [1]`},
		{"extra null", func(s *Session) { s.Extra = `null` },
			` "s-1": Extra: must be empty or a JSON object: invalid character 'n' where an object begins at byte 1, got null`},
		{"extra blank", func(s *Session) { s.Extra = ` ` },
			` "s-1": Extra: must be empty or a JSON object: unexpected end of the text where an object begins, got  `},
		{"extra cut off", func(s *Session) { s.Extra = `{"a":1` },
			` "s-1": Extra: must be empty or a JSON object: unexpected end of the text after a member of an object, got {"a":1`},
		{"extra with an indexed member", func(s *Session) { s.Extra = `{"a":1, "title" : "x"}` },
			` "s-1": Extra: must not name "title", which has a field of its own, got "title" : "x"`},
		{"extra with a disguised member", func(s *Session) { s.Extra = `{"\u0069d":5}` },
			` "s-1": Extra: must not name "id", which has a field of its own, got "\u0069d":5`},
		{"extra too deep", func(s *Session) { s.Extra = `{"a":` + strings.Repeat("[", 512) + strings.Repeat("]", 512) + `}` },
			` "s-1": a: nests deeper than 124 levels at byte 129, got ` + strings.Repeat("[", 100) + `…`},
		{"extra with a number for no double", func(s *Session) { s.Extra = `{"a":1,"b":{"c":[-1e309]}}` },
			` "s-1": b: must not hold a number that is too large for a double, got -1e309`},
		{"extra with a long number for no double", func(s *Session) { s.Extra = `{"a":[` + strings.Repeat("9", 400) + `]}` },
			` "s-1": a: must not hold a number that is too large for a double, got ` + strings.Repeat("9", 100) + `…`},
		{"extra with what is mended", func(s *Session) { s.Extra = `{"a":"\ud83d","a":1}` }, ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := validSession("s-1")
			test.change(&s)
			err := s.Validate()
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, "invalid session"+test.want)
			assert.ErrorIs(t, err, ErrInvalidSession)
		})
	}
}

func TestValidateLetsEveryIndexedMemberStayOutOfExtra(t *testing.T) {
	for i, name := range memberNames {
		assert.Equal(t, i, memberOf(name), name)
		s := validSession("s")
		s.Extra = `{"` + name + `":null}`
		assert.ErrorContains(t, s.Validate(), `must not name "`+name+`"`)
	}
}

func requireBatch(t *testing.T, sessions []Session, maxTitle int) {
	t.Helper()
	settled, err := settleBatch(sessions, maxTitle)
	require.NoError(t, err)
	require.Equal(t, sessions, settled)
}

func TestValidateBatchFindsDuplicatesAndPlaces(t *testing.T) {
	a, b, none := validSession("a"), validSession("b"), validSession("")
	requireBatch(t, nil, DefaultMaxTitleBytes)
	requireBatch(t, []Session{a}, DefaultMaxTitleBytes)
	requireBatch(t, []Session{a, b}, DefaultMaxTitleBytes)

	_, err := settleBatch([]Session{b, a, none}, DefaultMaxTitleBytes)
	require.EqualError(t, err, `invalid session (index 2): id: must be there and not be empty`)

	_, err = settleBatch([]Session{b, a, a}, DefaultMaxTitleBytes)
	require.EqualError(t, err, `invalid session "a" (index 2): id: must not occur twice in one batch (also at index 1)`)
	require.ErrorIs(t, err, ErrInvalidSession)

	a.Title = "four"
	requireBatch(t, []Session{a}, 4)
	_, err = settleBatch([]Session{a}, 3)
	require.EqualError(t, err, `invalid session "a" (index 0): title: must have at most 3 bytes, has 4, got four`)
	var fault *SessionError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, SessionError{ID: "a", Index: 0, Field: "title", Value: "four", Reason: "must have at most 3 bytes, has 4"}, *fault)
}

func TestValidateAllocatesNothingForAValidSession(t *testing.T) {
	s, err := decodeSession([]byte(realExport))
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() { err = s.Validate() }))
	assert.NoError(t, err)
}

// TestPutMendsWhatStrictParsersRefuse in Extras that a Go program made, for readers and
// watchers alike, and leaves the caller's sessions alone.
func TestPutMendsWhatStrictParsersRefuse(t *testing.T) {
	tests := []struct{ extra, want string }{
		{`{"last_message_preview":"Key \ud83d"}`, `{"last_message_preview":"Key \ufffd"}`},
		{`{"a":["\uDE00\ud83d\ude00\ud83d"]}`, `{"a":["\ufffd\ud83d\ude00\ufffd"]}`},
		{`{"a":"\\ud83d \ud83d\ude00"}`, `{"a":"\\ud83d \ud83d\ude00"}`},
		{`{"\ud800":1,"b":{"\udc00 x":[]}}`, `{"\ufffd":1,"b":{"\ufffd x":[]}}`},
		{`{"a":1, "b":2, "\u0061":3}`, `{"b":2,"\u0061":3}`},
		{`{"x":[{"a":1,"b":[1, 2],"a":"]"} , 3]}`, `{"x":[{"b":[1,2],"a":"]"},3]}`},
		{`{"a" : 1e200, "b": -1E-400}`, `{"a" : 1e200, "b": -1E-400}`},
	}
	for _, test := range tests {
		e, err := New(nil)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, e.Verify(context.Background())); _ = e.Close() })
		s := validSession("s-1")
		s.Extra = test.extra
		other := validSession("s-2")
		given := []Session{other, s}
		require.NoError(t, e.Put(t.Context(), given...))
		assert.Equal(t, test.extra, given[1].Extra, "the slice is the caller's")
		got, err := e.Get(t.Context(), "s-1")
		require.NoError(t, err)
		assert.Equal(t, test.want, got.Extra, test.extra)
		requireStrict(t, got.AppendContractJSON(nil))

		var decoded Session
		require.NoError(t, decoded.UnmarshalJSON(s.AppendJSON(nil)))
		requireStrict(t, decoded.AppendJSON(nil))
		marshalled, err := s.MarshalJSON()
		require.NoError(t, err)
		requireStrict(t, marshalled)
		marshalled, err = Page{Items: given}.MarshalJSON()
		require.NoError(t, err)
		requireStrict(t, marshalled)
	}
}

// TestTheUsualMembersAreNotSettledTwice: the bits of the set of names tell the members of
// the public API apart, so that no usual session pays for a second look.
func TestTheUsualMembersAreNotSettledTwice(t *testing.T) {
	scanner := jsontext.Scanner[[]byte]{Text: benchPage("x").Items[0].AppendJSON(nil)}
	for scanner.Next(new(jsontext.Member)) {
	}
	require.False(t, scanner.Failed())
	assert.False(t, scanner.Odd())
}
