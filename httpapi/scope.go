package httpapi

import (
	"context"
	"slices"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// inScope reports whether the session lies in the scope. The two lists are looked at
// here; what conditions mean is for an engine to say, so one that has the reader's fields
// and holds nothing but this session is asked. That takes some 20 µs.
func (src *source) inScope(ctx context.Context, scope *Scope, s *sessiondex.Session) (bool, error) {
	// As in a listing, "" is no value, not one that a scope can name.
	holds := func(list []string, value string) bool {
		return list == nil || value != "" && slices.Contains(list, value)
	}
	if !holds(scope.AppIDs, s.AppID) || !holds(scope.WorkspaceIDs, s.WorkspaceID) {
		return false, nil
	}
	if len(scope.Where) == 0 {
		return true, nil
	}
	var fields []schema.Field
	for row := range src.Schema().Declared() {
		fields = append(fields, row.Field)
	}
	judge, err := sessiondex.New(&sessiondex.Options{ScanTitles: true, Fields: fields})
	if err != nil {
		return false, err
	}
	defer judge.Close()
	if err := judge.Put(ctx, *s); err != nil {
		return false, err
	}
	page, err := judge.List(ctx, query.Query{Scope: *scope, IDs: []string{s.ID}, Limit: 1}) // whatever hides it
	return page.Total == 1, err
}
