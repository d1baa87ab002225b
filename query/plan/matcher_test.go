package plan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/corpus"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

func TestMatcherAgreesWithTheListing(t *testing.T) {
	r := newRand(t)
	for range 4 {
		w := tinyWorld(r, 150)
		v := w.view()
		for range 200 {
			q := corpus.RandomQuery(r)
			q.Offset, q.Scope = 0, randomScope(r)
			m, err := plan.NewMatcher(q, index.NewWriter(nil, nil).View())
			require.NoError(t, err)
			listed := map[string]bool{}
			for _, id := range w.scan(t, q) {
				listed[id] = true
			}
			v.Ordering(index.ByUpdated, false).Ascend(0, v.Len(), func(run []uint32) bool {
				for _, ord := range run {
					p := v.Packed(ord)
					e := p.Entry()
					require.Equal(t, listed[e.ID], m.Match(&e, p.Folded()), "%q in %+v", e.ID, q)
				}
				return true
			})
		}
	}
}

func TestMatcherRefusesWhatListRefuses(t *testing.T) {
	_, err := plan.NewMatcher(query.Query{SortDirection: "up"}, index.NewWriter(nil, nil).View())
	assert.ErrorIs(t, err, query.ErrInvalid)
}
