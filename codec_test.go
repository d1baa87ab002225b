package sessiondex

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
)

func codecEntry() index.Entry {
	s := Session{
		ID: "s-1", Title: "Größe → 数据 🚀", State: "running", SourceChannel: "web", AppID: "app", WorkspaceID: "ws",
		ParentSessionID: "s-0", IsSubSession: true, AOPAssetID: "asset", TriggerType: "schedule", IsTaskSession: true,
		CreatedAt: time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), UpdatedAt: time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		Extra: `{"total_cost_usd":0.10}`,
	}
	return project(&s)
}

func TestARecordGivesBackTheSession(t *testing.T) {
	e := codecEntry()
	got, err := decodeRecord(e.ID, encodeRecord(nil, &e))
	require.NoError(t, err)
	assert.Equal(t, e, got)
	var s Session
	restore(&s, &got)
	assert.Equal(t, 9999, s.UpdatedAt.Year())
	assert.Equal(t, "session", s.SessionType)
}

func TestACutRecordIsRefused(t *testing.T) {
	e := codecEntry()
	whole := encodeRecord(nil, &e)
	for n := range whole {
		_, err := decodeRecord(e.ID, whole[:n])
		require.ErrorIs(t, err, ErrCorrupt, "%d of %d bytes", n, len(whole))
		require.ErrorContains(t, err, `"s-1"`)
	}
	_, err := decodeRecord(e.ID, append(whole, 0))
	require.ErrorIs(t, err, ErrCorrupt)
}

func FuzzDecodeRecord(f *testing.F) {
	e := codecEntry()
	whole := encodeRecord(nil, &e)
	f.Add(whole)
	f.Add([]byte{})
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		damaged := append([]byte(nil), whole...)
		damaged[r.IntN(len(damaged))] ^= byte(1 << r.IntN(8))
		f.Add(damaged)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeRecord("id", b)
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		again, err := decodeRecord("id", encodeRecord(nil, &e))
		require.NoError(t, err)
		require.Equal(t, e, again)
	})
}
