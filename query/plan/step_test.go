package plan_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/query/plan"
)

func stepNames(p query.Plan) (names []string) {
	for _, s := range p.Steps {
		names = append(names, s.Name)
	}
	return names
}

func TestExplainTimesEachStep(t *testing.T) {
	w := tinyWorld(newRand(t), 200)
	v := w.view()
	explain := func(q query.Query) query.Plan {
		r, err := plan.Run(context.Background(), v, q, plan.Options{Explain: true})
		require.NoError(t, err)
		return r.Plan
	}
	p := explain(query.Query{})
	assert.Equal(t, []string{"conditions", "intersect", "page"}, stepNames(p))
	p = explain(query.Query{States: []string{"running"}, Keyword: "a", IncludeSubSessions: true, IncludeTaskSessions: true})
	assert.Equal(t, []string{"conditions", "titles", "intersect", "page"}, stepNames(p))
	conditions, titles, intersect, page := p.Steps[0], p.Steps[1], p.Steps[2], p.Steps[3]
	running := explain(query.Query{States: []string{"running"}, IncludeSubSessions: true, IncludeTaskSessions: true}).Total
	assert.Equal(t, running, conditions.Rows)
	found := explain(query.Query{Keyword: "a", IncludeSubSessions: true, IncludeTaskSessions: true}).Total
	assert.Equal(t, found, titles.Rows)
	assert.Equal(t, p.Total, intersect.Rows)
	assert.Equal(t, (running*found+v.Len()/2)/v.Len(), intersect.EstimatedRows, "as if the two were independent")
	assert.Equal(t, p.Examined, page.Rows)
	for _, s := range p.Steps {
		assert.GreaterOrEqual(t, s.Duration, time.Duration(0))
		if s.Name != "intersect" {
			assert.Equal(t, -1, s.EstimatedRows)
		}
	}
	lines := strings.Split(p.Timings(), "\n")
	require.Len(t, lines, 4)
	for i, s := range p.Steps {
		assert.True(t, strings.HasPrefix(lines[i], s.Name), lines[i])
		assert.Contains(t, lines[i], " µs")
	}
	assert.NotContains(t, p.String(), p.Timings())

	r, err := plan.Run(context.Background(), v, query.Query{}, plan.Options{})
	require.NoError(t, err)
	assert.Empty(t, r.Plan.Steps, "nothing is timed unless asked for")
	assert.Empty(t, r.Plan.Timings())
}
