package cluster

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
)

// The state of an id does not depend on how many messages make a version.
func TestFoldedChangesEqualThoseAppliedOneByOne(t *testing.T) {
	put := func(w string, n int) entry { return entry{op: opPut, session: plain("x", n, inWorkspace(w))} }
	del := func(w string) entry {
		return entry{op: opDelete, id: "x", address: address{workspace: token(w)}}
	}
	r := randomness(t)
	for range 300 {
		together, apart := memory(t, nil), memory(t, nil)
		var all pending
		var messages []entry
		var rivals, oneByOne []sessiondex.Session
		for i := range 1 + r.IntN(6) {
			if w := pick(r, "a", "b", "c"); r.IntN(2) == 0 {
				messages = append(messages, put(w, i))
			} else {
				messages = append(messages, del(w))
			}
		}
		for i := range messages {
			all.add(&messages[i])
			var one pending
			one.add(&messages[i])
			require.NoError(t, apart.Tx(t.Context(), func(tx *sessiondex.Tx) error {
				out, err := one.apply(tx)
				oneByOne = append(oneByOne, out.rivals...)
				return err
			}))
		}
		require.NoError(t, together.Tx(t.Context(), func(tx *sessiondex.Tx) error {
			out, err := all.apply(tx)
			rivals = out.rivals
			return err
		}))
		require.Equal(t, contents(t, apart), contents(t, together), "%+v", messages)
		for _, s := range rivals {
			assert.Contains(t, oneByOne, s)
		}
	}
	var p pending
	first, second, gone := put("a", 1), put("b", 2), del("a")
	p.add(&first)
	p.add(&second)
	assert.Equal(t, []sessiondex.Session{first.session}, p.changes["x"].rivals)
	p.add(&gone)
	assert.Empty(t, p.changes["x"].rivals, "it was deleted there")
}
