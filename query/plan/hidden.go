package plan

import (
	"context"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// CountHidden counts what a listing hides, in one view, by one evaluation of its
// filter: some 20 µs per million sessions and value, and next to nothing where counts
// that are kept tell. Limit, Offset and Cursor do not matter. The errors are *query.Error and
// the context's.
func CountHidden(ctx context.Context, v *index.View, q query.Query) (query.Hidden, error) {
	if err := ctx.Err(); err != nil {
		return query.Hidden{}, err
	}
	if err := validate(&q); err != nil {
		return query.Hidden{}, err
	}
	q = normalized(q)
	var hidden [index.NumKinds]bool
	none := true
	for k := range index.Kind(index.NumKinds) {
		hidden[k] = !shows(&q, k)
		none = none && (!hidden[k] || v.OfKind(k).Len() == 0)
	}
	if none {
		return query.Hidden{}, nil
	}

	// With everything included, visibility is no condition.
	q.IncludeSubSessions, q.IncludeTaskSessions = true, true
	var f filter
	if err := f.lookUp(ctx, v, &q, false); err != nil {
		return query.Hidden{}, err
	}
	counts, ok := f.countKinds()
	if !ok {
		m, err := f.evaluate(ctx, index.ByCreated, 0)
		if err != nil {
			return query.Hidden{}, err
		}
		defer m.release()
		if m.list != nil {
			for _, ord := range m.list {
				counts[v.Kind(ord)]++
			}
		} else if m.n > 0 {
			m.toDense(v.Limit())
			for k := range counts {
				if hidden[k] {
					counts[k] = v.OfKind(index.Kind(k)).AndCount(m.dense)
				}
			}
		}
	}
	for k := range counts {
		if !hidden[k] {
			counts[k] = 0
		}
	}
	return query.Hidden{
		SubSessions: counts[index.Sub],
		TaskRuns:    counts[index.Task],
		Both:        counts[index.Sub|index.Task],
	}, nil
}
