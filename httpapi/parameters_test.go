package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// endpointParameters has, for each reserved name that is neither a parameter of a listing
// nor a member, an address and, after the bar, the parameter that changes its answer.
var endpointParameters = map[string]string{
	"facet": facetPath + "?|facet=app_id", "facet_query": facetPath + "?facet=app_id|facet_query=two", "top": facetPath + "?facet=app_id|top=1", "period": facetPath + "?facet=created_at|period=hour",
	"fields": viewPath + "?|fields=title", "title_max": viewPath + "?|title_max=3", "offsets": viewPath + "?query=report|offsets=utf16", "bars": viewPath + "?|bars=3",
	"suggest": listPath + "?query=reprot|suggest=true", "format": exportPath + "?|format=csv", "id": whyPath + "?id=a|id=b", "snapshot": listPath + "?|snapshot=new",
	"min_interval": eventsPath + "?cursor=x|min_interval=soon", // both are faults
	"session_id":   "", "download": "", "view": "",             // names in paths, or of the page
}

// A reserved name is a member, a parameter of listings (tested elsewhere) or one of
// endpointParameters.
func TestEveryReservedParameterMakesADifference(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 30, 0, 0, time.UTC)
	s := serve(t, newHandler(t, newFieldEngine(t, nil,
		sessiondex.Session{ID: "a", Title: "😀 Report one", AppID: "app one", CreatedAt: at, UpdatedAt: at},
		sessiondex.Session{ID: "b", Title: "Another", AppID: "app two", CreatedAt: at.AddDate(0, 0, 5), UpdatedAt: at},
	), httpapi.Options{Strict: true}), nil)
	listing := query.Parameters(nil)
	for row := range schema.Contract().Rows() {
		listing = append(listing, row.Name)
	}
	seen := 0
	for _, name := range schema.Reserved() {
		if slices.Contains(listing, name) || name == "is_sub_session" || name == "is_task_session" {
			continue
		}
		address, ok := endpointParameters[name]
		require.True(t, ok, "%s is reserved and has no case", name)
		seen++
		if address == "" {
			continue
		}
		without, with, _ := strings.Cut(address, "|")
		a, b := s.get(t, without), s.get(t, without+"&"+with)
		same := string(a.body) == string(b.body) && a.header.Get("X-Snapshot") == b.header.Get("X-Snapshot")
		assert.False(t, same, "%s makes no difference: %s", name, b.body)
		if name != "min_interval" {
			assert.Equal(t, http.StatusOK, b.status, "%s: %s", name, b.body)
		}
	}
	assert.Len(t, endpointParameters, seen, "a case without a name")
}
