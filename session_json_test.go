package sessiondex

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
)

// realExport is a session as exports of the public API hold it, in the shape that
// Python's json.dumps writes, with members that are not indexed.
const realExport = `{"id": "5f0c2b1e-7d7f-4a55-9d2e-0c9d8a6b1f10", "thread_id": "th_01HZX", "title": "Résumé <draft> & \"plan\"", ` +
	`"state": "completed", "session_status_v2": "finished", "run_status_v2": null, "source_channel": "agent_email", ` +
	`"session_type": null, "app_id": "app-7", "workspace_id": "", "agent": {"id": "ag-1", "tags": ["a", "b"], "limits": {"usd": 1e30}}, ` +
	`"model": "m-4", "num_messages": 12345678901234567890, "total_cost_usd": 0.10, "last_message_preview": "cut \ud83d", ` +
	`"created_by_id": "u\u002d1", "is_unread": false, "failure_reason_v2": null, "parent_session_id": "p-1", "aop_asset_id": null, ` +
	`"created_at": "2026-01-01T10:00:00.123456", "updated_at": "2026-01-01T12:30:00+02:00"}`

// realExportBack is what comes out for realExport.
const realExportBack = `{"id":"5f0c2b1e-7d7f-4a55-9d2e-0c9d8a6b1f10","title":"Résumé <draft> & \"plan\"","state":"completed",` +
	`"source_channel":"agent_email","session_type":"session","app_id":"app-7","workspace_id":null,"is_sub_session":true,` +
	`"parent_session_id":"p-1","is_task_session":false,"aop_asset_id":null,"trigger_type":null,` +
	`"created_at":"2026-01-01T10:00:00.123456Z","updated_at":"2026-01-01T10:30:00Z",` +
	`"thread_id":"th_01HZX","session_status_v2":"finished","run_status_v2":null,` +
	`"agent":{"id":"ag-1","tags":["a","b"],"limits":{"usd":1e30}},"model":"m-4","num_messages":12345678901234567890,` +
	`"total_cost_usd":0.10,"last_message_preview":"cut \ufffd","created_by_id":"u\u002d1","is_unread":false,"failure_reason_v2":null}`

func TestSessionJSONOfARealExportComesBackUnchanged(t *testing.T) {
	var s Session
	require.NoError(t, json.Unmarshal([]byte(realExport), &s))
	assert.Equal(t, realExportBack, string(s.AppendJSON(nil)))
	assert.Equal(t, time.Date(2026, 1, 1, 10, 0, 0, 123456000, time.UTC), s.CreatedAt)

	var again Session
	require.NoError(t, again.UnmarshalJSON([]byte(realExportBack)))
	assert.Equal(t, s, again)
}

// withMembers returns a valid session's JSON with these members in front.
func withMembers(members string) string {
	return `{` + members + `,"id":"s-1","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"}`
}

func TestSessionJSONFillsInWhatIsAbsent(t *testing.T) {
	tests := []struct {
		members   string
		sub, task bool
		kind      string
	}{
		{`"title":"t"`, false, false, "session"},
		{`"parent_session_id":"p"`, true, false, "session"},
		{`"parent_session_id":"p","is_sub_session":null`, true, false, "session"},
		{`"parent_session_id":"p","is_sub_session":false`, false, false, "session"},
		{`"parent_session_id":""`, false, false, "session"},
		{`"parent_session_id":null,"is_sub_session":true`, true, false, "session"},
		{`"aop_asset_id":"a"`, false, true, "session"},
		{`"is_task_session":false,"aop_asset_id":"a"`, false, false, "session"},
		{`"is_task_session":true`, false, true, "session"},
		{`"session_type":""`, false, false, "session"},
		{`"session_type":null`, false, false, "session"},
		{`"session_type":"video_session"`, false, false, "video_session"},
	}
	for _, test := range tests {
		t.Run(test.members, func(t *testing.T) {
			s, err := decodeSession([]byte(withMembers(test.members)))
			require.NoError(t, err)
			assert.Equal(t, test.sub, s.IsSubSession, "is_sub_session")
			assert.Equal(t, test.task, s.IsTaskSession, "is_task_session")
			assert.Equal(t, test.kind, s.SessionType)
		})
	}
}

func TestSessionJSONKeepsUnknownMembersByteForByte(t *testing.T) {
	tests := []struct{ name, members, extra string }{
		{"none", `"title":"t"`, ``},
		{"digits", `"a":1.10,"b":1e30,"c":12345678901234567890,"d":-0.0E+05`, `{"a":1.10,"b":1e30,"c":12345678901234567890,"d":-0.0E+05}`},
		{"order", `"z":1,"title":"t","a":2`, `{"z":1,"a":2}`},
		{"another case is another name", `"ID":"x","Title":5`, `{"ID":"x","Title":5}`},
		{"escapes", `"\u0041\/":"\/\ud83d\ude00<\u2028"`, `{"\u0041\/":"\/\ud83d\ude00<\u2028"}`},
		{"null and empty", `"a":null,"":""`, `{"a":null,"":""}`},
		{"space around values", "\"a\" : \t{ \"b\" : 1 } ", `{"a":{ "b" : 1 }}`},
		{"line breaks inside values", "\"a\":[1,\r\n  {\"k \\\" \": 2}\n]", `{"a":[1,{"k \" ":2}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := decodeSession([]byte(withMembers(test.members)))
			require.NoError(t, err)
			assert.Equal(t, test.extra, s.Extra)
			out := string(s.AppendJSON(nil))
			if test.extra != "" {
				assert.True(t, strings.HasSuffix(out, ","+test.extra[1:]), out)
			}
			assert.NotContains(t, out, "\n")
			again, err := decodeSession([]byte(out))
			require.NoError(t, err)
			assert.Equal(t, s, again)
		})
	}
}

func TestSessionJSONTakesTheLastOfEqualMembers(t *testing.T) {
	s, err := decodeSession([]byte(withMembers(`"title":"first","ti\u0074le":"last","state":"x","state":null,"id":"other"`)))
	require.NoError(t, err)
	assert.Equal(t, "last", s.Title)
	assert.Empty(t, s.State)
	assert.Equal(t, "s-1", s.ID)
	assert.Empty(t, s.Extra)
}

func TestSessionJSONRefusesWithSessionFieldAndValue(t *testing.T) {
	const times = `"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"`
	long := strings.Repeat("ä", 101)
	tests := []struct{ in, want string }{
		{withMembers(`"title":5`), `invalid session "s-1": title: must be a string or null, got 5`},
		{withMembers(`"title":{"a": [1]}`), `invalid session "s-1": title: must be a string or null, got {"a": [1]}`},
		{withMembers(`"state":true`), `invalid session "s-1": state: must be a string or null, got true`},
		{withMembers(`"source_channel":[]`), `invalid session "s-1": source_channel: must be a string or null, got []`},
		{withMembers(`"session_type":1`), `invalid session "s-1": session_type: must be a string or null, got 1`},
		{withMembers(`"app_id":7`), `invalid session "s-1": app_id: must be a string or null, got 7`},
		{withMembers(`"workspace_id":7`), `invalid session "s-1": workspace_id: must be a string or null, got 7`},
		{withMembers(`"parent_session_id":7`), `invalid session "s-1": parent_session_id: must be a string or null, got 7`},
		{withMembers(`"aop_asset_id":7`), `invalid session "s-1": aop_asset_id: must be a string or null, got 7`},
		{withMembers(`"trigger_type":7`), `invalid session "s-1": trigger_type: must be a string or null, got 7`},
		{withMembers(`"is_sub_session":"true"`), `invalid session "s-1": is_sub_session: must be true, false or null, got "true"`},
		{withMembers(`"is_task_session":1`), `invalid session "s-1": is_task_session: must be true, false or null, got 1`},
		{withMembers(`"is_task_session":"` + long + `"`),
			`invalid session "s-1": is_task_session: must be true, false or null, got "` + strings.Repeat("ä", 99) + `…`},
		{withMembers(`"app_id":"a\ud800"`), `invalid session "s-1": app_id: must not contain half a surrogate pair, got "a\ud800"`},
		{withMembers("\"title\":\"a\xffb\""), `invalid session "s-1": title: must be valid UTF-8, breaks off at byte 3, got "\"a\xffb\""`},
		{withMembers("\"x\":{\"y\":[\"\xc3\"]}"), `invalid session "s-1": x: must be valid UTF-8, breaks off at byte 8, got "{\"y\":[\"\xc3\"]}"`},
		{withMembers("\"x\xff\":1"), `invalid session "s-1": "x\xff": must be valid UTF-8, breaks off at byte 3, got 1`},
		{withMembers("\"title\":\"\xed\xa0\x80\",\"title\":\"fine\""),
			`invalid session "s-1": title: must be valid UTF-8, breaks off at byte 2, got "\"\xed\xa0\x80\""`},
		{`{` + times + `}`, `invalid session: id: must be there and not be empty`},
		{`{"id":null,` + times + `}`, `invalid session: id: must be there and not be empty`},
		{`{"id":"",` + times + `}`, `invalid session: id: must be there and not be empty, got ""`},
		{`{"id":5,` + times + `}`, `invalid session: id: must be a string or null, got 5`},
		{`{"id":"\udc00",` + times + `}`, `invalid session: id: must not contain half a surrogate pair, got "\udc00"`},
		{`{"ID":"x",` + times + `}`, `invalid session: id: must be there and not be empty`},
		{`{"id":"a\u001b[31m"}`, `invalid session "a\x1b[31m": created_at: must be there`},
		{`{"id":"a","created_at":"2026-01-01T00:00:00Z"}`, `invalid session "a": updated_at: must be there`},
		{`{"created_at":1767225600,"updated_at":null,"id":"a"}`, `invalid session "a": created_at: must be an RFC 3339 timestamp, got 1767225600`},
		{`null`, `invalid session: must be a JSON object: invalid character 'n' where an object begins at byte 1, got null`},
		{`[{"id":"a"}]`, `invalid session: must be a JSON object: invalid character '[' where an object begins at byte 1, got [{"id":"a"}]`},
		{``, `invalid session: must be a JSON object: unexpected end of the text where an object begins`},
		{`{"id":"a"`, `invalid session "a": must be a JSON object: unexpected end of the text after a member of an object, got {"id":"a"`},
		{`{"id":"a",}`, `invalid session "a": must be a JSON object: invalid character '}' where the name of a member begins at byte 11, got {"id":"a",}`},
		{`{"id":"a"} x`, `invalid session "a": must be a JSON object: invalid character 'x' after the end of the object at byte 12, got {"id":"a"} x`},
		{"{\"id\":\"a\",\xff", `invalid session "a": must be a JSON object: byte 0xff, which is not UTF-8, where the name of a member begins at byte 11, got "{\"id\":\"a\",\xff"`},
		{`{"a":` + strings.Repeat("[", 600), `invalid session: a: nests deeper than 124 levels at byte 129, got ` + strings.Repeat("[", 100) + `…`},
	}
	for _, test := range tests {
		t.Run(cut(test.in), func(t *testing.T) {
			before := Session{ID: "untouched"}
			s := before
			err := s.UnmarshalJSON([]byte(test.in))
			require.EqualError(t, err, test.want)
			assert.ErrorIs(t, err, ErrInvalidSession)
			var fault *SessionError
			require.ErrorAs(t, err, &fault)
			assert.Equal(t, -1, fault.Index)
			assert.Equal(t, before, s, "a refused text must change nothing")
		})
	}
}

func TestSessionJSONReadsStrings(t *testing.T) {
	tests := []struct{ in, want string }{
		{`""`, ""},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u00e9\u00E9\u0000"`, "éé\x00"},
		{`"\ud83d\ude00!"`, "😀!"},
		{`"\ud83d"`, "\uFFFD"},
		{`"\ud83dx"`, "\uFFFDx"},
		{`"\ude00\ud83d\ude00"`, "\uFFFD😀"},
		{`"\ud83d\ud83d\ude00"`, "\uFFFD😀"},
		{`"\ud83d\u0041"`, "\uFFFDA"},
		{`"\ud83d\n"`, "\uFFFD\n"},
		{"\"\x7f\u2028\u0085\"", "\x7f\u2028\u0085"},
		{`"` + strings.Repeat("x", 1<<20) + `\n"`, strings.Repeat("x", 1<<20) + "\n"},
	}
	for _, test := range tests {
		s, err := decodeSession([]byte(withMembers(`"title":` + test.in)))
		require.NoError(t, err, cut(test.in))
		assert.True(t, test.want == s.Title, "%s became %q", cut(test.in), cut(s.Title))
		var reference string
		require.NoError(t, json.Unmarshal([]byte(test.in), &reference))
		assert.True(t, reference == s.Title, "encoding/json reads %s as %q", cut(test.in), cut(reference))
	}
}

func TestSessionJSONWritesTheContractsMembersOnly(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 120_000_000, time.FixedZone("", 3600))
	s := Session{ID: "s", CreatedAt: at, UpdatedAt: at.Add(time.Nanosecond)}
	const want = `{"id":"s","title":null,"state":null,"source_channel":null,"session_type":"session","app_id":null,` +
		`"workspace_id":null,"is_sub_session":false,"parent_session_id":null,"is_task_session":false,"aop_asset_id":null,` +
		`"trigger_type":null,"created_at":"2026-03-04T04:06:07.12Z","updated_at":"2026-03-04T04:06:07.120000001Z"}`
	assert.Equal(t, want, string(s.AppendJSON(nil)))
	out, err := json.Marshal(s)
	require.NoError(t, err)
	assert.Equal(t, want, string(out))
	assert.Equal(t, "before "+want, string(s.AppendJSON([]byte("before "))))

	for _, extra := range []string{"{}", " { \n } ", ""} {
		s.Extra = extra
		assert.Equal(t, want, string(s.AppendJSON(nil)), "%q", extra)
	}
	s.Extra = "\t{ \"b\" :\n [ 1, \"x \\\" y\" ] , \"a\" : 2 }\r\n"
	assert.Equal(t, want[:len(want)-1]+`,"b":[1,"x \" y"],"a":2}`, string(s.AppendJSON(nil)))
	s.Extra = " { \"b\" : [ 1 ] }"
	assert.Equal(t, want[:len(want)-1]+`,"b" : [ 1 ]}`, string(s.AppendJSON(nil)))
}

func TestSessionJSONRefusesToWriteWhatCouldNotBeReadBack(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := json.Marshal(Session{ID: "s", CreatedAt: at})
	require.ErrorContains(t, err, `invalid session "s": updated_at: is missing (zero)`)
	require.ErrorIs(t, err, ErrInvalidSession)
	_, err = json.Marshal(Page{Items: []Session{{ID: "a", CreatedAt: at, UpdatedAt: at}, {ID: "b", Extra: "[]", CreatedAt: at, UpdatedAt: at}}})
	require.ErrorContains(t, err, `invalid session "b" (index 1): Extra: must be empty or a JSON object`)

	// AppendJSON has no error to give; what it writes is still JSON, and not readable as a session.
	s := Session{ID: "s\xff", CreatedAt: at, UpdatedAt: at.AddDate(9999, 0, 0)}
	out := s.AppendJSON(nil)
	assert.True(t, json.Valid(out), "%s", out)
	_, err = decodeSession(out)
	require.ErrorContains(t, err, "updated_at: must be there")

	long := Session{ID: "s", Title: strings.Repeat("x", DefaultMaxTitleBytes+1), CreatedAt: at, UpdatedAt: at}
	_, err = json.Marshal(long)
	assert.NoError(t, err, "the limit on titles is the engine's, not the format's")
}

func TestPageJSONHasExactlySixMembers(t *testing.T) {
	var p Page
	assert.Equal(t, `{"has_more":false,"items":[],"limit":0,"next_offset":null,"offset":0,"total":0}`, string(p.AppendJSON(nil)))

	a, err := decodeSession([]byte(withMembers(`"title":"A"`)))
	require.NoError(t, err)
	b, err := decodeSession([]byte(withMembers(`"title":"B","n":1`)))
	require.NoError(t, err)
	next := 42
	p = Page{HasMore: true, Items: []Session{a, b}, Limit: 2, NextOffset: &next, Offset: 40, Total: 1_000_000, NextCursor: "c", PrevCursor: "d"}
	want := `{"has_more":true,"items":[` + string(a.AppendContractJSON(nil)) + `,` + string(b.AppendContractJSON(nil)) +
		`],"limit":2,"next_offset":42,"offset":40,"total":1000000}`
	assert.Equal(t, want, string(p.AppendJSON(nil)))
	out, err := json.Marshal(p)
	require.NoError(t, err)
	assert.Equal(t, want, string(out))

	var back Page
	require.NoError(t, json.Unmarshal(out, &back))
	p.NextCursor, p.PrevCursor = "", ""
	assert.Equal(t, p, back)
}

func TestSessionJSONDoesNotShareTheCallersBytes(t *testing.T) {
	in := []byte(realExport)
	s, err := decodeSession(in)
	require.NoError(t, err)
	want := string(s.AppendJSON(nil))
	for i := range in {
		in[i] = 'x'
	}
	assert.Equal(t, want, string(s.AppendJSON(nil)))
}

// randomJSONSession returns a valid session with odd text in every field.
func randomJSONSession(r *rand.Rand) Session {
	alphabet := []rune("aZ09 <&>\"\\/\n\t\x00\x1f\x7féß昨晚😀\u2028\u2029\uFFFD")
	text := func() string {
		var b strings.Builder
		for range r.IntN(24) * r.IntN(2) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	at := func() time.Time {
		const first, last = -62135596799, 253402300799 // the years 1 to 9999
		t := time.Unix(first+r.Int64N(last-first+1), 0)
		switch r.IntN(3) {
		case 0:
			t = t.Add(time.Duration(r.IntN(1e9)))
		case 1:
			t = t.Add(time.Duration(r.IntN(1e3)) * time.Millisecond)
		}
		return t.UTC()
	}
	s := Session{
		ID: "id" + text(), Title: text(), State: text(), SourceChannel: text(), SessionType: "k" + text(), AppID: text(), WorkspaceID: text(),
		ParentSessionID: text(), IsSubSession: r.IntN(2) == 0, AOPAssetID: text(), TriggerType: text(), IsTaskSession: r.IntN(2) == 0,
		CreatedAt: at(), UpdatedAt: at(),
	}
	if r.IntN(2) == 0 {
		name, _ := json.Marshal("x" + text())
		value, _ := json.Marshal(map[string]any{text(): []any{text(), r.NormFloat64(), nil, true}})
		s.Extra = fmt.Sprintf(`{%s:%s,"n": 1.10}`, name, value)
		s.Extra = strings.Replace(s.Extra, `"n": `, `"n":`, 1)
	}
	return s
}

func TestSessionJSONRoundTrip(t *testing.T) {
	r := testrand.New(t)
	for range 5_000 {
		s := randomJSONSession(r)
		require.NoError(t, s.Validate())
		out := s.AppendJSON(nil)
		var back Session
		require.NoError(t, back.UnmarshalJSON(out), "%s", out)
		require.True(t, s == back, "%s\n%#v\n%#v", out, s, back)

		viaStandard, err := json.Marshal(s)
		require.NoError(t, err)
		require.JSONEq(t, string(out), string(viaStandard))
	}
}
