package index

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/schema"
)

func TestAPackedSessionIsTheSessionOfItsView(t *testing.T) {
	r := newRand(t)
	w := NewWriter(nil, nil)
	w.Put(batch(r, 300, 1000))
	v := w.View()
	all := v.Ordering(ByTitle, false).AppendRange(nil, 0, v.Len())
	for i, ord := range all {
		p := v.Packed(ord)
		require.True(t, p.Used())
		require.Equal(t, v.ID(ord), p.ID())
		require.True(t, v.Entry(ord) == p.Entry())
		require.True(t, v.Folded(ord) == p.Folded())
		found := v.FindPacked(v.ID(ord))
		require.True(t, p.Same(&found))
		q := v.Packed(all[(i*7)%len(all)])
		for by := range numContractOrders {
			require.Equal(t, v.Key(by, ord), p.Key(by))
			require.Equal(t, v.Compare(by, ord, all[(i*7)%len(all)]), p.Compare(by, &q))
		}
		for f := range NumFields {
			require.Equal(t, p.Entry().Values[f], strings.Join(v.AppendValues(nil, f, ord), "two values"))
		}
	}
	none := v.FindPacked("nobody")
	assert.False(t, none.Used())
	assert.True(t, none.Same(&Packed{}))
}

func TestAPackedSessionOutlivesItsView(t *testing.T) {
	w := NewWriter(nil, nil)
	e := Entry{ID: "a", Title: strings.Repeat("Title ", 100), Values: [NumFields]string{State: "running"}, Updated: second(1), Extra: `{"x":1}`}
	w.Put([]Entry{e})
	first := w.View().FindPacked("a")
	w.Put([]Entry{e})
	again := w.View().FindPacked("a")
	assert.True(t, first.Same(&again), "written again unchanged, in another version")

	for name, change := range map[string]func(*Entry){
		"the title":      func(e *Entry) { e.Title = "Other" },
		"the state":      func(e *Entry) { e.Values[State] = "failed" },
		"the kind":       func(e *Entry) { e.Kind = Sub },
		"the update":     func(e *Entry) { e.Updated.Nsec++ },
		"the creation":   func(e *Entry) { e.Created.Nsec++ },
		"a member extra": func(e *Entry) { e.Extra = `{"x":2}` },
		"the parent":     func(e *Entry) { e.Values[schema.RowParentSessionID] = "p" },
	} {
		changed := e
		change(&changed)
		w.Put([]Entry{changed})
		now := w.View().FindPacked("a")
		assert.False(t, first.Same(&now), name)
		assert.Equal(t, e, first.Entry(), "it stays as it was")
		w.Put([]Entry{e})
	}
	w.Delete([]string{"a"})
	w.Put([]Entry{{ID: "b"}})
	assert.Equal(t, e, first.Entry())
}
