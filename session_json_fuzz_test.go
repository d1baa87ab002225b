package sessiondex

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
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
		withMembers(`"a":1,"a":2,"title":5,"title":"x"`), withMembers(`"a":{"x":[1e400]}`), withMembers(`"a":[{"\ud800":1,"\udc00":"\ud83d x \\ud83d"}]`),
		withMembers(`"a":[{"b":1,"\u0062":[2, 3 ] , "c":{} }, 4 ,"]" ]`), withMembers(`"a":-1e-400,"b":1e+99,"c":[1E2,-0.5e309 ]`), withMembers(`"is_sub_session":null,"parent_session_id":"p"`),
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
			require.Equal(t, anyJSON(t, value), anyJSON(t, extra[name]))
		}

		require.NoError(t, validate(&s, len(data)))
		out := s.AppendJSON(nil)
		requireStrict(t, out)
		require.NotContains(t, string(out), "\n")
		again, err := decodeSession(out)
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

// anyJSON returns what encoding/json reads, which takes the last of equal members and
// U+FFFD for half a surrogate pair; numbers stay text.
func anyJSON(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&v))
	return v
}

// requireStrict holds text against what strict parsers ask for beside the syntax: whole
// surrogate pairs, distinct names, numbers that a double can hold, and little nesting.
func requireStrict(t *testing.T, text []byte) {
	t.Helper()
	require.True(t, json.Valid(text), "%s", text)
	require.False(t, bytes.Contains(text, []byte("\n")), "%s", text)
	halves := regexp.MustCompile(`(?i)\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}`)
	for _, match := range halves.FindAll(text, -1) {
		require.NotEqual(t, len(`\ud800`), len(match), "half a pair in %s", text)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var names []map[string]bool // of the objects around; nil for arrays
	wantsName := func() bool { return len(names) > 0 && names[len(names)-1] != nil }
	isName := wantsName()
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		switch v := token.(type) {
		case json.Delim:
			switch v {
			case '{':
				names = append(names, map[string]bool{})
			case '[':
				names = append(names, nil)
			default:
				names = names[:len(names)-1]
			}
			require.LessOrEqual(t, len(names), 124)
			isName = wantsName()
			continue
		case json.Number:
			_, err := v.Float64()
			require.NoError(t, err, "%s", text)
		case string:
			if isName {
				require.False(t, names[len(names)-1][v], "%q twice in %s", v, text)
				names[len(names)-1][v] = true
				isName = false
				continue
			}
		}
		isName = wantsName()
	}
}
