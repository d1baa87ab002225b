package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/httpapi"
	"github.com/sessiondex/sessiondex/query"
	"github.com/sessiondex/sessiondex/schema"
)

// refusedWrite is a row of WRITES.md.
type refusedWrite struct {
	what, key, method, path, header, body string
	status                                int
	says                                  string
}

// refusedWrites reads the table of WRITES.md.
func refusedWrites(t *testing.T) []refusedWrite {
	t.Helper()
	text, err := os.ReadFile("WRITES.md")
	require.NoError(t, err)
	bodies := map[string]string{
		"(UTF-16)":     "{\x00}\x00",
		"(150 levels)": strings.Repeat(`{"a":`, 150) + "1" + strings.Repeat("}", 150),
		"(2001 bytes)": `{"title":"` + strings.Repeat("x", 1989) + `"}`,
	}
	var rows []refusedWrite
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 7 || strings.Contains(line, "---") || strings.Contains(line, "| what |") {
			continue
		}
		code := func(i int) string { return strings.Trim(cells[i], "`") }
		method, path, _ := strings.Cut(code(2), " ")
		if path != "" {
			path = "/" + path
		}
		row := refusedWrite{what: strings.TrimPrefix(cells[0], "| "), key: cells[1], method: method, path: listPath + path, header: code(3), body: code(4)}
		if body, ok := bodies[row.body]; ok {
			row.body = body
		}
		row.status, err = strconv.Atoi(cells[5])
		require.NoError(t, err, line)
		row.says = strings.Trim(strings.TrimSuffix(cells[6], " |"), "`")
		rows = append(rows, row)
	}
	require.Greater(t, len(rows), 70)
	return rows
}

// keyed accepts the four keys of WRITES.md.
func keyed(r *http.Request) (httpapi.Principal, error) {
	p := httpapi.Principal{Name: r.Header.Get("X-API-KEY"), Write: true}
	switch p.Name {
	case "writer":
	case "reader":
		p.Write = false
	case "ws-1":
		p.Scope.WorkspaceIDs = []string{"ws-1"}
	case "u7":
		p.Scope.Where = []query.Cond{query.In("owner", "u7")}
	default:
		return p, http.ErrNoCookie
	}
	return p, nil
}

// Every row of WRITES.md is answered as it says, and changes nothing.
func TestWritesThatAreRefused(t *testing.T) {
	e, err := sessiondex.New(&sessiondex.Options{Fields: []schema.Field{{Name: "owner", Type: schema.Keyword}}})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, e.Verify(context.Background()))
		assert.NoError(t, e.Close())
	})
	sessions := few()
	sessions[0].Extra = `{"owner":"u7"}`
	require.NoError(t, e.Put(t.Context(), sessions...))
	h := newHandler(t, e, httpapi.Options{Writer: e.Writer(), Authenticate: keyed, MaxBodyBytes: 2000, MaxBatch: 3, AllowedHosts: []string{"here.example"}})
	version := e.Version()
	for _, row := range refusedWrites(t) {
		t.Run(row.what, func(t *testing.T) {
			r := httptest.NewRequest(row.method, row.path, strings.NewReader(row.body))
			r.Host = "here.example"
			if row.key != "" {
				r.Header.Set("X-API-KEY", row.key)
			}
			if row.body != "" {
				r.Header.Set("Content-Type", "application/json")
			}
			if name, value, ok := strings.Cut(row.header, ":"); ok {
				if value = strings.TrimSpace(value); name == "Host" {
					r.Host = value
				} else {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			require.Equal(t, row.status, w.Code, "%s", w.Body)
			require.Contains(t, w.Body.String(), row.says)
			require.True(t, json.Valid(w.Body.Bytes()))
			require.Equal(t, version, e.Version())
		})
	}
}

// The statuses of WRITES.md are those of the OpenAPI document and of the package comment.
func TestEveryWayToRefuseAWriteIsListed(t *testing.T) {
	d := wholeDocument(t)
	documented, listed := map[string]bool{}, map[string]bool{}
	for path, operations := range d.at("paths") {
		for method, o := range operations.(map[string]any) {
			if method == "get" || !strings.HasPrefix(path, listPath) {
				continue
			}
			for status := range o.(map[string]any)["responses"].(map[string]any) {
				documented[status] = documented[status] || status[0] == '4'
			}
		}
	}
	for _, row := range refusedWrites(t) {
		listed[strconv.Itoa(row.status)] = true
	}
	var want []string
	for status, refused := range documented {
		if refused {
			want = append(want, status)
		}
	}
	slices.Sort(want)
	var have []string
	for status := range listed {
		have = append(have, status)
	}
	slices.Sort(have)
	assert.Equal(t, want, have)

	text, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var summed []string
	for _, m := range regexp.MustCompile(`(?m)^//	(4\d\d)  `).FindAllStringSubmatch(string(text), -1) {
		summed = append(summed, m[1])
	}
	assert.Equal(t, want, summed)
}

func TestAHandlerWithoutAWriterAllowsReadingOnly(t *testing.T) {
	e := newEngine(t, few()...)
	assert.Equal(t, "GET, HEAD, PUT, PATCH, DELETE", send(writable(t, e, httpapi.Options{}), "POST", listPath+"/report", `{}`).header.Get("Allow"))
	reading := newHandler(t, e, httpapi.Options{})
	for _, method := range []string{"PUT", "PATCH", "DELETE", "POST"} {
		a := send(reading, method, listPath+"/report", `{}`)
		assert.Equal(t, http.StatusMethodNotAllowed, a.status)
		assert.Equal(t, "GET, HEAD", a.header.Get("Allow"))
	}
	assert.Equal(t, http.StatusNotFound, send(reading, "POST", listPath+"/report/read", ``).status)
}
