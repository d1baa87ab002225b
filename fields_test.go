package sessiondex_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

var chatFields = []schema.Field{
	{Name: "tags", Type: schema.Keyword},
	{Name: "archived", Type: schema.Flag, Hidden: true},
	{Name: "cost", Member: "usage.cost", Type: schema.Number, Sorted: true},
}

// The file does not depend on the declared fields.
func TestOtherFieldsMayBeDeclaredAtTheNextOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fields.db")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sessions := []sessiondex.Session{
		{ID: "a", CreatedAt: at, UpdatedAt: at, SessionType: "session", Extra: `{"tags":["x",7],"archived":true}`},
		{ID: "b", CreatedAt: at, UpdatedAt: at, SessionType: "session", Extra: `{"tags":"x","usage":{"cost":"free"}}`},
		{ID: "c", CreatedAt: at, UpdatedAt: at, SessionType: "session", Extra: `{"archived":"no"}`},
	}
	for round, fields := range [][]schema.Field{nil, chatFields, chatFields[1:2], {{Name: "archived", Type: schema.Keyword}}, nil} {
		e, err := sessiondex.Open(path, &sessiondex.Options{Fields: fields})
		require.NoError(t, err)
		if round == 0 {
			require.NoError(t, e.Put(t.Context(), sessions...))
		}
		for _, want := range sessions {
			got, err := e.Get(t.Context(), want.ID)
			require.NoError(t, err)
			assert.Equal(t, want, got, "a declared field changes nothing in what is given back")
		}
		shown, err := e.Count(t.Context(), query.Query{})
		require.NoError(t, err)
		wantShown, ill := 3, map[string]int(nil)
		switch round {
		case 1:
			wantShown, ill = 2, map[string]int{"tags": 1, "archived": 1, "cost": 1}
		case 2:
			wantShown, ill = 2, map[string]int{"archived": 1}
		case 3:
			ill = map[string]int{"archived": 1}
		}
		assert.Equal(t, wantShown, shown, "round %d", round)
		assert.Equal(t, ill, e.Stats().IllTyped, "round %d", round)
		assert.Equal(t, schema.NumContractRows+len(fields), e.Schema().Len())
		assert.Same(t, e.Schema(), e.Snapshot().Schema())
		require.NoError(t, e.Verify(t.Context()))
		require.NoError(t, e.Close())
	}
}

func TestFaultyFieldsAreListedWithTheOtherOptions(t *testing.T) {
	_, err := sessiondex.New(&sessiondex.Options{MaxTitleBytes: -1, Fields: []schema.Field{{Name: "state", Type: schema.Keyword}, {Name: "x", Type: "y"}}})
	require.ErrorContains(t, err, "MaxTitleBytes")
	require.ErrorContains(t, err, `"state"`)
	require.ErrorContains(t, err, `"y"`)
}
