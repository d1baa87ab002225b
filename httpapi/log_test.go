package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
)

// No credential, no parameter and no title, whatever happens, but all that an operator
// needs.
func TestTheLogHasNoSecrets(t *testing.T) {
	var logs logBuffer
	s := serve(t, newHandler(t, newEngine(t, few()...), httpapi.Options{Logger: logs.logger()}), nil)
	asked := []struct {
		path    string
		headers []string
		status  int
		rows    any
	}{
		{listPath + "?query=weekly+report&app_id=app-1", []string{"X-API-KEY", key}, 200, 1.0},
		{listPath + "?limit=secret-limit", []string{"Authorization", "Bearer " + token}, 422, 0.0},
		{listPath + "?cursor=secret-cursor", []string{"X-API-KEY", key}, 422, 0.0},
		{listPath, []string{"X-API-KEY", "wrong-secret"}, 401, nil},
		{listPath + "/report", []string{"X-API-KEY", key}, 200, 1.0},
		{listPath + "/nothing", []string{"X-API-KEY", key}, 404, 0.0},
		{listPath, []string{"X-API-KEY", key, "If-None-Match", "*"}, 304, 0.0},
		{"/api/v0/session-facets?query=secret", []string{"X-API-KEY", key}, 200, nil},
		{"/" + strings.Repeat("long", 500) + "?secret", nil, 404, nil},
		{"/openapi.json", nil, 200, nil},
	}
	for _, a := range asked {
		require.Equal(t, a.status, s.do(t, "GET", a.path, a.headers...).status)
	}
	require.Equal(t, 405, s.do(t, "POST", listPath).status)
	require.Eventually(t, func() bool { return len(logs.records(t, "request")) == len(asked)+1 }, time.Second, time.Millisecond)

	for i, r := range logs.records(t, "request")[:len(asked)] {
		path, _, _ := strings.Cut(asked[i].path, "?")
		assert.Equal(t, http.MethodGet, r["method"])
		assert.Equal(t, path[:min(len(path), 256)], r["path"])
		assert.EqualValues(t, asked[i].status, r["status"])
		assert.Equal(t, asked[i].rows, r["rows"], path)
		assert.Greater(t, r["duration"], 0.0)
	}
	for _, secret := range []string{key, token, "wrong-secret", "secret", "app-1", "weekly", "Weekly", "query="} {
		assert.NotContains(t, logs.String(), secret)
	}
}
