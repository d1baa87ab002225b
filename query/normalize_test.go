package query_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sessiondex/sessiondex/query"
)

func TestEqualQueriesHaveOneNormalizedForm(t *testing.T) {
	at := time.Date(2026, 1, 31, 15, 4, 5, 6, time.UTC)
	got := query.Query{
		Keyword: " a  b\n", States: []string{"b", " a ", "", "b", "\t"}, SourceChannels: []string{"", " "},
		SessionTypes: []string{}, TriggerTypes: []string{"x,y"}, AOPAssetID: "asset",
		CreatedAfter: at.In(time.FixedZone("", 7200)), CreatedBefore: time.Time{}.In(time.FixedZone("", 7200)),
	}.Normalized()
	want := query.Query{
		Keyword: "a  b", Match: query.MatchPhrase, States: []string{"a", "b"}, TriggerTypes: []string{"x,y"},
		AOPAssetID: "asset", IncludeTaskSessions: true, CreatedAfter: at,
		SortBy: query.UpdatedAt, SortDirection: query.Desc, Limit: query.DefaultLimit,
	}
	assert.Equal(t, want, got)
	assert.Equal(t, want, got.Normalized(), "normalising again changes nothing")
}

func TestNormalizedLeavesFaultsForValidate(t *testing.T) {
	q := query.Query{Limit: -1, Offset: -1, SortBy: "x", SortDirection: "y", Match: "z", States: []string{"\xff"}}
	assert.Equal(t, q, q.Normalized())
	assert.Equal(t, kinds(t, q.Validate()), kinds(t, q.Normalized().Validate()))
}

func TestScopeIsKeptButNeverSentOrReceived(t *testing.T) {
	scope := query.Scope{AppIDs: []string{"b", " a", "b", ""}, WorkspaceIDs: []string{}}
	q := query.Query{Scope: scope}
	assert.Equal(t, scope, q.Normalized().Scope, "an empty list keeps nothing, where nil keeps all")
	assert.Empty(t, q.Values())
	assert.Zero(t, mustParse(t, "scope=x&Scope=y&scope.app_ids=z").Scope)
}

func TestNormalizedDoesNotWriteToTheCallersLists(t *testing.T) {
	list := []string{"b", " a", "b"}
	before := slices.Clone(list)
	got := query.Query{States: list}.Normalized()
	assert.Equal(t, before, list)
	got.States[0] = "changed"
	assert.Equal(t, before, list)
}
