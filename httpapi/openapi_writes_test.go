package httpapi_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
)

// wholeDocument returns the document of a handler with writes and the login.
func wholeDocument(t *testing.T) document {
	t.Helper()
	var d document
	require.NoError(t, json.Unmarshal(httpapi.OpenAPI(nil, &httpapi.Options{Writer: newEngine(t).Writer(), Login: true}), &d))
	return d
}

func TestDocumentMethodsAreTheHandlers(t *testing.T) {
	d := wholeDocument(t)
	h := writable(t, newEngine(t, few()...), httpapi.Options{Login: true})
	for path, operations := range d.at("paths") {
		concrete := strings.Replace(path, "{session_id}", "report", 1)
		a := send(h, "BREW", concrete, "")
		want := slices.DeleteFunc(strings.Split(strings.ToLower(a.header.Get("Allow")), ", "), func(m string) bool { return m == "head" })
		assert.ElementsMatch(t, want, slices.Collect(maps.Keys(operations.(map[string]any))), path)
		for method := range operations.(map[string]any) {
			operation := d.at("paths", path, method)
			for status, r := range operation["responses"].(map[string]any) {
				assert.NotNil(t, d.resolve(r.(map[string]any))["description"], "%s %s %s", method, path, status)
			}
			for _, p := range asList(operation["parameters"]) {
				assert.NotNil(t, d.resolve(p.(map[string]any))["name"], "%s %s", method, path)
			}
		}
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

func TestDocumentAnswersToWritesAreTheHandlers(t *testing.T) {
	d := wholeDocument(t)
	h := writable(t, newEngine(t, few()...), httpapi.Options{Login: true, MaxBodyBytes: 100})
	for _, c := range []struct{ method, path, at, body string }{
		{"POST", "", "", `{"id":"n"}`}, {"POST", "", "", `{"id":"n"}`}, {"POST", "", "", `{"title":1}`}, {"POST", "", "", `x`}, {"POST", "", "", strings.Repeat(" ", 101)},
		{"PUT", "/n", "/{session_id}", `{}`}, {"PUT", "/m", "/{session_id}", `{}`}, {"PUT", "/m", "/{session_id}", `{"id":"o"}`}, {"PUT", "/m", "/{session_id}", ``},
		{"PATCH", "/n", "/{session_id}", `{}`}, {"PATCH", "/none", "/{session_id}", `{}`}, {"PATCH", "/n", "/{session_id}", `[]`},
		{"POST", "/n/read", "/{session_id}/read", ``}, {"POST", "/none/unread", "/{session_id}/unread", ``},
		{"DELETE", "/n", "/{session_id}", ``}, {"DELETE", "/n", "/{session_id}", ``},
	} {
		a := send(h, c.method, listPath+c.path, c.body)
		responses := d.at("paths", listPath+c.at, strings.ToLower(c.method), "responses")
		require.Contains(t, responses, strconv.Itoa(a.status), "%s %s %s: %s", c.method, c.path, c.body, a.body)
		response := d.resolve(responses[strconv.Itoa(a.status)].(map[string]any))
		headers, _ := response["headers"].(map[string]any)
		for name := range headers {
			assert.NotEmpty(t, a.header.Get(name), "%s %s: %s", c.method, c.path, name)
		}
		assert.Equal(t, response["content"] != nil, len(a.body) > 0)
	}
}
