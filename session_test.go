package sessiondex_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

func ExampleSession_SetMember() {
	s := sessiondex.Session{ID: "1", Extra: `{"model":"m-1"}`}
	if err := s.SetMember("tags", []string{"billing", "urgent"}); err != nil {
		panic(err)
	}
	if err := s.SetMember("model", "m-2"); err != nil {
		panic(err)
	}
	model, _ := s.Member("model")
	fmt.Println(string(model), s.Extra)
	s.DeleteMember("model")
	fmt.Println(s.Extra)
	// Output:
	// "m-2" {"model":"m-2","tags":["billing","urgent"]}
	// {"tags":["billing","urgent"]}
}

func TestMembersOfExtra(t *testing.T) {
	s := sessiondex.Session{Extra: " { \"a\" : 1 ,\n\"b\\u0063\": [1, {\"a\": 2}] } "}
	v, ok := s.Member("a")
	require.True(t, ok)
	require.Equal(t, "1", string(v))
	v, ok = s.Member("bc")
	require.True(t, ok, "a name is compared as what it says")
	require.Equal(t, `[1, {"a": 2}]`, string(v))
	_, ok = s.Member("A")
	require.False(t, ok)

	require.NoError(t, s.SetMember("d", json.RawMessage("null")))
	v, ok = s.Member("d")
	require.True(t, ok)
	require.Equal(t, "null", string(v))
	require.NoError(t, s.SetMember("<&>", "<&>\u2028"))
	v, _ = s.Member("<&>")
	var text string
	require.NoError(t, json.Unmarshal(v, &text))
	require.Equal(t, "<&>\u2028", text)

	for _, name := range []string{"a", "nothing", "d", "bc", "<&>", "a"} {
		s.DeleteMember(name)
		_, ok := s.Member(name)
		require.False(t, ok)
	}
	require.Empty(t, s.Extra)
	s.DeleteMember("a")
	require.Empty(t, s.Extra)
	_, ok = s.Member("a")
	require.False(t, ok)
}

func TestSetMemberRefusesAndChangesNothing(t *testing.T) {
	for _, name := range []string{"id", "title", "is_task_session", "updated_at"} {
		s := sessiondex.Session{Extra: `{"a":1}`}
		err := s.SetMember(name, "x")
		require.ErrorIs(t, err, sessiondex.ErrInvalidSession)
		require.ErrorContains(t, err, name)
		require.Equal(t, `{"a":1}`, s.Extra)
	}
	for _, v := range []any{math.NaN(), func() {}, json.RawMessage(`{"a`)} {
		s := sessiondex.Session{Extra: `{"a":1}`}
		require.ErrorIs(t, s.SetMember("b", v), sessiondex.ErrInvalidSession)
		require.Equal(t, `{"a":1}`, s.Extra)
	}
	s := sessiondex.Session{Extra: `[1]`}
	require.ErrorIs(t, s.SetMember("b", 1), sessiondex.ErrInvalidSession)
	require.Equal(t, `[1]`, s.Extra)
}

// Random changes leave what a map would have, in an Extra that an engine takes.
func TestMembersAgreeWithAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c\"d", "ä", "", "e\\f", "日本"}
	for range 300 {
		var s sessiondex.Session
		twin := make(map[string]int)
		for range 30 {
			name := names[rng.IntN(len(names))]
			if rng.IntN(3) == 0 {
				s.DeleteMember(name)
				delete(twin, name)
			} else {
				v := rng.IntN(100)
				require.NoError(t, s.SetMember(name, v))
				twin[name] = v
			}
			got := make(map[string]int)
			if s.Extra != "" {
				require.NoError(t, json.Unmarshal([]byte(s.Extra), &got), s.Extra)
			}
			require.Equal(t, twin, got)
		}
	}
}
