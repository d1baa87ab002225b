package record

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/schema"
)

func entry() index.Entry {
	e := index.Entry{
		ID: "s-1", Title: "Größe → 数据 🚀", Kind: schema.SubSession | schema.TaskRun,
		Created: index.InstantOf(time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)), Updated: index.InstantOf(time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)),
		Extra: `{"total_cost_usd":0.10}`,
	}
	for i, row := range textRows {
		e.Values[row] = strings.Repeat("v", i)
	}
	return e
}

func TestARecordGivesBackTheEntry(t *testing.T) {
	e := entry()
	got, err := Decode(e.ID, Append(nil, &e))
	require.NoError(t, err)
	assert.Equal(t, e, got)
	assert.LessOrEqual(t, len(Append(nil, &e)), Size(&e))
}

func TestACutRecordIsRefused(t *testing.T) {
	e := entry()
	whole := Append(nil, &e)
	for n := range whole {
		_, err := Decode(e.ID, whole[:n])
		require.Error(t, err, "%d of %d bytes", n, len(whole))
	}
	_, err := Decode(e.ID, append(whole, 0))
	require.Error(t, err)
}

func FuzzDecode(f *testing.F) {
	e := entry()
	whole := Append(nil, &e)
	f.Add(whole)
	f.Add([]byte{})
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		damaged := append([]byte(nil), whole...)
		damaged[r.IntN(len(damaged))] ^= byte(1 << r.IntN(8))
		f.Add(damaged)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Decode("id", b)
		if err != nil {
			return
		}
		again, err := Decode("id", Append(nil, &e))
		require.NoError(t, err)
		require.Equal(t, e, again)
	})
}
