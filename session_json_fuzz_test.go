package sessiondex

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/jsontext"
)

// memberJSON returns the value of an indexed member as encoding/json sees it.
func memberJSON(t *testing.T, raw map[string]json.RawMessage, member int, into any) {
	if value, ok := raw[memberNames[member]]; ok {
		require.NoError(t, json.Unmarshal(value, into))
	}
}

func FuzzSessionJSON(f *testing.F) {
	for _, seed := range []string{
		realExport, realExportBack, `{}`, `null`, `[]`, ` { } `, `{"id":"a"}`, `{"id":"a",}`, `{"id":"a" "b":1}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`,
		`{"a":1e}`, `{"a":+1}`, `{"a":.5}`, `{"a":tru}`, `{"a":nul`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"` + "\x01" + `"}`, "{\"a\":\"\xff\"}",
		`{"a":[[[{"b":[]}]],{}]}`, `{"a":[1,]}`, `{"a":{"b":1,}}`, `{1:2}`, "\uFEFF{}", `{"a":1}{"b":2}`, `{"a":"12345678"}`, `{"a":1234567`,
		withMembers(`"title":"\ud83d\ude00\ud83d"`), withMembers(`"app_id":"\ud83d"`), withMembers(`"i\u0064":"x"`), withMembers("\"x\" :\n[ 1 ,\r2]"),
		withMembers(`"a":1,"a":2,"title":5,"title":"x"`), withMembers(`"is_sub_session":null,"parent_session_id":"p"`),
		`{"id":"a","created_at":"2024-02-29 23:59:59.999999999-00","updated_at":"0001-01-01t00:00:01z"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw map[string]json.RawMessage
		standard := json.Unmarshal(data, &raw)
		s, err := decodeSession(data)
		if standard != nil || raw == nil {
			require.Error(t, err, "encoding/json refuses it: %v", standard)
			return
		}
		scanner := jsontext.Scanner[[]byte]{Text: data}
		for scanner.Next(new(jsontext.Member)) {
		}
		if scanner.Failed() {
			require.Contains(t, scanner.Fault(), "nests deeper", "encoding/json takes it")
			return
		}
		if err != nil {
			require.ErrorIs(t, err, ErrInvalidSession)
			return
		}

		want := Session{Extra: s.Extra, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt}
		memberJSON(t, raw, memberID, &want.ID)
		memberJSON(t, raw, memberTitle, &want.Title)
		memberJSON(t, raw, memberState, &want.State)
		memberJSON(t, raw, memberSourceChannel, &want.SourceChannel)
		memberJSON(t, raw, memberSessionType, &want.SessionType)
		memberJSON(t, raw, memberAppID, &want.AppID)
		memberJSON(t, raw, memberWorkspaceID, &want.WorkspaceID)
		memberJSON(t, raw, memberParentSessionID, &want.ParentSessionID)
		memberJSON(t, raw, memberAOPAssetID, &want.AOPAssetID)
		memberJSON(t, raw, memberTriggerType, &want.TriggerType)
		want.SessionType = want.sessionType()
		want.IsSubSession, want.IsTaskSession = want.ParentSessionID != "", want.AOPAssetID != ""
		memberJSON(t, raw, memberIsSubSession, &want.IsSubSession)
		memberJSON(t, raw, memberIsTaskSession, &want.IsTaskSession)
		require.Equal(t, want, s)

		extra := map[string]json.RawMessage{}
		if s.Extra != "" {
			require.NoError(t, json.Unmarshal([]byte(s.Extra), &extra))
		}
		for _, name := range memberNames {
			require.NotContains(t, extra, name)
			delete(raw, name)
		}
		require.Len(t, extra, len(raw))
		for name, value := range raw {
			require.Contains(t, extra, name)
			require.Equal(t, string(jsontext.AppendCompact(nil, string(value))), string(jsontext.AppendCompact(nil, string(extra[name]))))
		}

		require.NoError(t, validate(&s, len(data)))
		out := s.AppendJSON(nil)
		require.True(t, json.Valid(out), "%s", out)
		require.NotContains(t, string(out), "\n")
		again, err := decodeSession(out)
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}
