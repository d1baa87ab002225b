package clienttest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/schema"
)

func newValidator(t *testing.T, fields ...schema.Field) validator.Validator {
	t.Helper()
	s, err := schema.New(fields...)
	require.NoError(t, err)
	document, err := libopenapi.NewDocument(httpapi.OpenAPI(s, nil))
	require.NoError(t, err)
	v, errs := validator.NewValidator(document, config.WithFormatAssertions())
	require.Empty(t, errs)
	return v
}

// By the specification's own schema, with and without declared fields.
func TestTheDocumentIsOpenAPI(t *testing.T) {
	for _, fields := range [][]schema.Field{nil, {
		{Name: "tags", Type: schema.Keyword, Sorted: true}, {Name: "archived", Type: schema.Flag, Hidden: true},
		{Name: "usage.cost", Type: schema.Number, Sorted: true}, {Name: "due", Type: schema.Time}, {Name: "notes", Type: schema.Text},
	}} {
		ok, errs := newValidator(t, fields...).ValidateDocument()
		for _, err := range errs {
			t.Error(err)
		}
		assert.True(t, ok)
	}
}

// The validator agrees with the server on which requests are faulty, too.
func TestRealAnswersConformToTheDocument(t *testing.T) {
	v, url := newValidator(t), serve(t)
	for _, c := range []struct {
		path   string
		status int
		valid  bool // by the document
	}{
		{"/api/v0/sessions", 200, true},
		{"/api/v0/sessions?limit=500&include_sub_sessions=true&include_task_sessions=true", 200, true},
		{"/api/v0/sessions?state=running&state=completed&source_channel=web&query=report&match=all_terms", 200, true},
		{"/api/v0/sessions?created_after=2026-01-02T00:00:00Z&created_before=2026-02-01&sort_by=title&sort_direction=asc&offset=3", 200, true},
		{"/api/v0/sessions?offset=1000", 200, true},
		{"/api/v0/sessions?cursor=&limit=1", 200, true},
		{"/api/v0/sessions/s001", 200, true},
		{"/api/v0/sessions/nobody", 404, true},
		{"/api/v0/session-facets?include_task_sessions=true", 200, true},
		{"/api/v0/session-facets?facet=workspace_id&facet=created_at&period=day&top=3", 200, true},
		{"/api/v0/session-facets?snapshot=new", 200, true},
		{"/api/v0/sessions?snapshot=new", 200, true},
		{"/api/v0/sessions?snapshot=gone", 410, true},
		{"/api/v0/session-facets?facet=colour", 422, false},
		{"/api/v0/session-facets?top=0", 422, false},
		{"/api/v0/session-facets?period=year", 422, false},
		{"/api/v0/sessions?limit=0", 422, false},
		{"/api/v0/sessions?limit=501", 422, false},
		{"/api/v0/sessions?limit=x", 422, false},
		{"/api/v0/sessions?offset=-1", 422, false},
		{"/api/v0/sessions?sort_by=state", 422, false},
		{"/api/v0/sessions?include_sub_sessions=maybe", 422, false},
		{"/api/v0/sessions?created_after=2026-02-30T00:00:00Z", 422, false},
		{"/api/v0/session-facets?match=none&created_before=soon", 422, false},
	} {
		for _, accept := range []string{"", "gzip"} {
			req, err := http.NewRequestWithContext(t.Context(), "GET", url+c.path, nil)
			require.NoError(t, err)
			req.Header.Set("X-API-KEY", key)
			if accept != "" {
				req.Header.Set("Accept-Encoding", accept)
			}
			res, body := do(t, req)
			require.Equal(t, c.status, res.StatusCode, "%s: %s", c.path, body)
			if res.Header.Get("Content-Encoding") == "gzip" {
				continue // the validator reads plain bodies; the client asks for gzip by itself
			}
			valid, errs := v.ValidateHttpRequest(req)
			assert.Equal(t, c.valid, valid, "request %s: %v", c.path, errs)
			valid, errs = v.ValidateHttpResponse(req, res)
			assert.True(t, valid, "response of %s: %v\n%s", c.path, errs, body)
		}
	}
}

// The test above might pass because nothing is validated.
func TestTheValidatorFindsFaults(t *testing.T) {
	v, url := newValidator(t), serve(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/v0/sessions?limit=1", nil)
	require.NoError(t, err)
	req.Header.Set("X-API-KEY", key)
	res, body := do(t, req)
	for _, change := range [][2]string{
		{`"total":120`, `"total":null`}, {`"total":120`, `"count":120`}, {`"has_more":true`, `"has_more":true,"page":1`},
		{`"next_offset":1`, `"next_offset":"1"`}, {`"is_sub_session":false`, `"is_sub_session":null`}, {`"id":"s119"`, `"id":null`},
		{`"created_at":"2026`, `"created_at":"x`},
	} {
		require.Contains(t, body, change[0])
		res.Body = io.NopCloser(strings.NewReader(strings.Replace(body, change[0], change[1], 1)))
		valid, _ := v.ValidateHttpResponse(req, res)
		assert.False(t, valid, "%s", change[1])
	}
}

// do sends a request, and leaves the body to be read again.
func do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, string(body)
}
