package publicapi

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/internal/jsontext"
	"github.com/sessiondex/sessiondex/internal/testrand"
)

// completed returns what AppendMembers appends, as an object.
func completed(extra, id, state string) string {
	return "{" + string(AppendMembers(nil, extra, id, state)[1:]) + "}"
}

// The table of lengths agrees with the names.
func TestPublicMembersAreFoundByTheirNames(t *testing.T) {
	require.Len(t, members, memberCount)
	for i, m := range members {
		assert.Equal(t, i, memberOf(m.name), m.name)
		assert.Equal(t, -1, memberOf(m.name[1:]+"x"))
	}
	assert.Equal(t, -1, memberOf(strings.Repeat("x", 100)))
}

// randomExtra is a valid object with public and other members of any type.
func randomExtra(rng *rand.Rand) string {
	values := []string{`null`, `true`, `false`, `0`, `-7`, `12345678901234567890`, `1.5`, `2E3`, `""`, `"a"`, `"\"},{\\"`, `"昨晚\n"`, `[]`, `[1,{"agent":[]}]`, `{"thread_id":"x"}`}
	space := func() string { return []string{"", "", "", " ", "\n\t"}[rng.IntN(5)] }
	var b strings.Builder
	b.WriteString(space() + "{" + space())
	for i, m := range rng.Perm(memberCount + 4)[:rng.IntN(memberCount)] {
		name := fmt.Sprintf("other_%d", m)
		if m < memberCount {
			name = members[m].name
		}
		if rng.IntN(6) == 0 {
			name = fmt.Sprintf(`\u%04x%s`, name[0], name[1:])
		}
		if i > 0 {
			b.WriteString("," + space())
		}
		b.WriteString(`"` + name + `"` + space() + ":" + space() + values[rng.IntN(len(values))] + space())
	}
	b.WriteString("}" + space())
	return b.String()
}

// The rules, applied to what encoding/json reads from the same text.
func TestCompletingAgreesWithEncodingJSON(t *testing.T) {
	rng := testrand.New(t)
	for range 5000 {
		state, extra := []string{"running", "x"}[rng.IntN(2)], randomExtra(rng)
		want := map[string]any{}
		d := json.NewDecoder(strings.NewReader(extra))
		d.UseNumber()
		require.NoError(t, d.Decode(&want))
		left := 0
		for _, m := range members {
			value, there := want[m.name]
			fits := false
			switch v := value.(type) {
			case nil:
				fits = true
			case string:
				fits = m.typ == typeString
			case bool:
				fits = m.typ == typeBool
			case json.Number:
				_, err := v.Int64()
				fits = m.typ == typeNumber || m.typ == typeInteger && err == nil
			}
			if there && !fits {
				delete(want, m.name)
				left++
			}
		}
		if want["thread_id"] == nil {
			want["thread_id"] = "s-1"
		}
		if want["session_status_v2"] == nil {
			want["session_status_v2"] = map[string]string{"running": "active", "x": "idle"}[state]
		}
		got := map[string]any{}
		d = json.NewDecoder(strings.NewReader(completed(extra, "s-1", state)))
		d.UseNumber()
		require.NoError(t, d.Decode(&got), extra)
		require.Equal(t, want, got, extra)
	}
}

// So usual sessions need no second look.
func TestTheScannersBitsDistinguishTheMembers(t *testing.T) {
	var names strings.Builder
	for i, m := range members {
		names.WriteString(strings.Repeat(",", min(i, 1)) + `"` + m.name + `":0`)
	}
	all := jsontext.Scanner[string]{Text: "{" + names.String() + "}"}
	for all.Next(new(jsontext.Member)) {
	}
	assert.False(t, all.Odd())
}
