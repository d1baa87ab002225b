package query

import (
	"context"

	"github.com/sessiondex/sessiondex/index"
)

// Hidden says how many sessions a listing leaves out only because they are
// sub-sessions or task runs: those that meet all of its other conditions. It is
// all zero if both are included.
type Hidden struct {
	// SubSessions are sub-sessions and no task runs, which include_sub_sessions
	// alone would bring in; TaskRuns are task runs and no sub-sessions, which
	// include_task_sessions alone would bring in.
	SubSessions int `json:"sub_session"`
	TaskRuns    int `json:"task_run"`
	// Both are both at once, and need both.
	Both int `json:"both"`
}

// Total returns how many sessions are hidden in all.
func (h Hidden) Total() int { return h.SubSessions + h.TaskRuns + h.Both }

// CountHidden counts what a listing hides, in one view, by one evaluation of its
// filter: some 20 µs per million sessions and value, and next to nothing where counts
// that are kept tell. Limit, Offset and Cursor do not matter. The errors are *Error and
// the context's.
func CountHidden(ctx context.Context, v *index.View, q Query) (Hidden, error) {
	if err := ctx.Err(); err != nil {
		return Hidden{}, err
	}
	if err := q.Validate(); err != nil {
		return Hidden{}, err
	}
	q = q.Normalized()
	var hidden [index.NumKinds]bool
	none := true
	for k := range index.Kind(index.NumKinds) {
		hidden[k] = !q.shows(k)
		none = none && (!hidden[k] || v.OfKind(k).Len() == 0)
	}
	if none {
		return Hidden{}, nil
	}

	// With everything included, visibility is no condition.
	q.IncludeSubSessions, q.IncludeTaskSessions = true, true
	var f filter
	if err := f.lookUp(ctx, v, &q, false); err != nil {
		return Hidden{}, err
	}
	counts, ok := f.countKinds()
	if !ok {
		m, err := f.evaluate(ctx, index.ByCreated, 0)
		if err != nil {
			return Hidden{}, err
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
	return Hidden{
		SubSessions: counts[index.Sub],
		TaskRuns:    counts[index.Task],
		Both:        counts[index.Sub|index.Task],
	}, nil
}
