package sessiondex

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/testrand"
)

// sessionWith is a session with nothing but an id, two times and an Extra.
func sessionWith(state, extra string) Session {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return Session{ID: "s-1", State: state, CreatedAt: at, UpdatedAt: at, Extra: extra}
}

// completedExtra is what the contract's answer has behind the indexed members.
func completedExtra(t *testing.T, s Session) string {
	const behind = `"updated_at":"2026-01-01T00:00:00Z",`
	out := string(s.AppendContractJSON(nil))
	at := strings.Index(out, behind)
	require.Positive(t, at, out)
	return "{" + out[at+len(behind):]
}

func TestTheContractsAnswerIsCompleted(t *testing.T) {
	const filled = `"thread_id":"s-1","session_status_v2":"idle"}`
	tests := []struct{ extra, want string }{
		{``, `{` + filled},
		{`{}`, `{` + filled},
		{` { } `, `{` + filled},
		{`{"a":1}`, `{"a":1,` + filled},
		{`{"thread_id":"t","session_status_v2":"archived","x":[{"agent":{}}]}`, `{"thread_id":"t","session_status_v2":"archived","x":[{"agent":{}}]}`},
		{`{"session_status_v2":"active"}`, `{"session_status_v2":"active","thread_id":"s-1"}`},
		{`{"thread_id":"","a":1}`, `{"thread_id":"","a":1,"session_status_v2":"idle"}`},
		{`{"thread_id":null,"session_status_v2":null,"agent":null}`, `{"agent":null,` + filled},
		{`{"thread_id":7,"a":"\\\"","session_status_v2":{}}`, `{"a":"\\\"",` + filled},
		{`{"agent":{"name":"x, }\"]"},"model":[1,[2]],"b":true}`, `{"b":true,` + filled},
		{`{"num_messages":1.5}`, `{` + filled},
		{`{"num_messages":5.0}`, `{` + filled},
		{`{"num_messages":1e3}`, `{` + filled},
		{`{"num_messages":"5"}`, `{` + filled},
		{`{"num_messages":9223372036854775808}`, `{` + filled},
		{`{"num_messages":-9223372036854775808}`, `{"num_messages":-9223372036854775808,` + filled},
		{`{"total_cost_usd":1,"is_unread":false,"aop_execution_succeeded":true}`, `{"total_cost_usd":1,"is_unread":false,"aop_execution_succeeded":true,` + filled},
		{`{"total_cost_usd":"1","is_unread":0,"aop_execution_succeeded":"yes"}`, `{` + filled},
		{`{"\u0061gent":{},"Agent":{}}`, `{"Agent":{},` + filled},
		{"{ \"agent\" :\n [ 1 ] ,\r\n \"x\" : [ 1,\n2 ] }", `{"x":[1,2],` + filled},
		{`{ "agent" : "a" , "num_messages" : 3 }`, `{"agent" : "a" , "num_messages" : 3,` + filled},
	}
	for _, test := range tests {
		for range 2 { // the second answer is made from what the first found out
			assert.Equal(t, test.want, completedExtra(t, sessionWith("completed", test.extra)), test.extra)
		}
		s := sessionWith("completed", test.extra)
		stored, err := json.Marshal(s)
		require.NoError(t, err)
		assert.Equal(t, strings.Contains(test.extra, "thread_id"), strings.Contains(string(stored), "thread_id"), "json.Marshal of a session adds nothing")
	}
}

func TestTheSessionStatusFollowsFromTheState(t *testing.T) {
	for state, want := range map[string]string{
		"running": "active", "needs_input": "needs_input", "waiting_for_input": "needs_input", "failed": "error", "error": "error",
		"completed": "idle", "": "idle", "Running": "idle", "anything": "idle",
	} {
		assert.Equal(t, `{"thread_id":"s-1","session_status_v2":"`+want+`"}`, completedExtra(t, sessionWith(state, "")), state)
	}
}

func TestAPageHasItsRowsCompletedOrStored(t *testing.T) {
	for _, extra := range []string{"", `{"agent":{},"a":1}`, `{"thread_id":"t","session_status_v2":"idle"}`} {
		s := sessionWith("running", extra)
		page := Page{Items: []Session{s}}
		assert.Contains(t, string(page.AppendJSON(nil)), string(s.AppendContractJSON(nil)))
		assert.Contains(t, string(page.AppendStoredJSON(nil)), string(s.AppendJSON(nil)))
	}
}

func TestCompletingDoesNotPanicOnWhatIsNoObject(t *testing.T) {
	for _, extra := range []string{`x`, `"`, `{`, `}`, `{"`, `{"a`, `{"a"`, `{"a"}`, `{"a":}`, `{"a":,}`, `{"a":"}`, `{"a":[}`, `{a:1}`, `[1]`, `{"agent":{`, `{"\`, `{"agent\u00":1}`, "{\"a\":1\n\"b"} {
		s := sessionWith("", extra)
		s.AppendJSON(nil)
		s.AppendContractJSON(nil)
		s.DropDerived()
	}
}

func TestWhatWasFilledInCanBeTakenBack(t *testing.T) {
	tests := []struct{ state, extra, want string }{
		{"running", `{"thread_id":"s-1","session_status_v2":"active"}`, ``},
		{"running", `{"a":1, "thread_id":"\u0073-1" ,"session_status_v2":"active","b":[2]}`, `{"a":1,"b":[2]}`},
		{"running", `{"thread_id":"t","session_status_v2":"idle"}`, `{"thread_id":"t","session_status_v2":"idle"}`},
		{"running", `{"thread_id":null,"session_status_v2":1}`, `{"thread_id":null,"session_status_v2":1}`},
		{"", `{"session_status_v2":"idle"}`, ``},
		{"", `{ "a" : 1 }`, `{ "a" : 1 }`},
		{"", ``, ``},
	}
	for _, test := range tests {
		s := sessionWith(test.state, test.extra)
		s.DropDerived()
		assert.Equal(t, test.want, s.Extra, test.extra)
	}

	rng := testrand.New(t)
	for range 500 {
		s := sessionWith("running", "")
		if rng.IntN(2) == 0 {
			s.Extra = fmt.Sprintf(`{"n":%d}`, rng.IntN(9))
		}
		out, err := json.Marshal(Page{Items: []Session{s}})
		require.NoError(t, err)
		var back Page
		require.NoError(t, json.Unmarshal(out, &back))
		s.SessionType = "session"
		require.Equal(t, s, back.Items[0], "a page that comes back is what it was made from")
	}
}

func TestAPageOfRowsThatNeedNothingIsOneAllocation(t *testing.T) {
	want := 1
	if RaceDetector { // growing a slice makes another one there
		want = 2
	}
	for _, p := range []Page{benchPage("Weekly report"), {Items: []Session{sessionWith("running", "")}}} {
		assert.EqualValues(t, want, testing.AllocsPerRun(100, func() { p.AppendJSON(nil) }))
	}
}

// TestStatsCountWhatIsLeftOut through puts, updates, deletions and a file.
func TestStatsCountWhatIsLeftOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "left.db")
	e, err := Open(path, nil)
	require.NoError(t, err)
	ctx := t.Context()
	put := func(id, extra string) {
		s := sessionWith("running", extra)
		s.ID = id
		require.NoError(t, e.Put(ctx, s))
	}
	for i, c := range []struct {
		id, extra string
		want      int
	}{
		{"a", ``, 0}, {"b", `{"agent":{}}`, 1}, {"c", `{"thread_id":null,"agent":null}`, 1}, {"d", `{"num_messages":1.5,"model":1}`, 2},
		{"b", `{"agent":"x"}`, 1}, {"a", `{"is_unread":0}`, 2}, {"a", `{"is_unread":0,"more":1}`, 2}, {"d", ``, 1}, {"d", `{"model":{}}`, 2},
	} {
		put(c.id, c.extra)
		assert.Equal(t, c.want, e.Stats().LeftOut, i)
	}
	require.NoError(t, e.Verify(ctx))
	require.NoError(t, e.Close())
	e, err = Open(path, nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	assert.Equal(t, 2, e.Stats().LeftOut)
	_, err = e.Delete(ctx, "a", "b")
	require.NoError(t, err)
	assert.Equal(t, 1, e.Stats().LeftOut)
	require.NoError(t, e.Verify(ctx))
}
