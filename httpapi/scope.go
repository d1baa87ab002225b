package httpapi

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// inScope reports whether the session lies in the scope. The two lists are looked at
// here; what conditions mean is for an engine to say, so one that holds nothing but this
// session is asked. That takes some 20 µs.
func (s *source) inScope(ctx context.Context, scope *Scope, session *sessiondex.Session) (bool, error) {
	// As in a listing, "" is no value, not one that a scope can name.
	holds := func(list []string, value string) bool {
		return list == nil || value != "" && slices.Contains(list, value)
	}
	if !holds(scope.AppIDs, session.AppID) || !holds(scope.WorkspaceIDs, session.WorkspaceID) {
		return false, nil
	}
	if len(scope.Where) == 0 {
		return true, nil
	}
	options := sessiondex.Options{ScanTitles: true}
	for row := range s.Schema().Declared() {
		options.Fields = append(options.Fields, row.Field)
	}
	q := query.Everything(s.Schema())
	q.Scope, q.Limit = *scope, 1
	judge, err := sessiondex.New(&options)
	if err != nil {
		return false, err
	}
	defer judge.Close()
	if err := judge.Put(ctx, *session); err != nil {
		return false, err
	}
	page, err := judge.List(ctx, q)
	return page.Total == 1, err
}
