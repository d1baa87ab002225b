package httpapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/httpapi"
)

// It is well formed, loads nothing, and has every operation, parameter, status and schema of
// the handler's OpenAPI document.
func TestTheDocumentHasAPage(t *testing.T) {
	e := newEngine(t, few()...)
	s := serve(t, writable(t, e, httpapi.Options{Login: true, BasePath: "/base"}), nil)
	a := s.do(t, "GET", "/base/docs")
	require.Equal(t, http.StatusOK, a.status)
	assert.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
	page := string(a.body)

	style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
	sum := sha256.Sum256([]byte(style))
	policy := a.header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';")
	assert.NotContains(t, page, "<script")
	for _, address := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		assert.True(t, address[1] == "openapi.json" || strings.HasPrefix(address[1], "#"), address[1])
		if anchor, ok := strings.CutPrefix(address[1], "#"); ok {
			assert.Contains(t, page, `id="`+anchor+`"`)
		}
	}
	reader := xml.NewDecoder(strings.NewReader(page))
	reader.Strict, reader.AutoClose, reader.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		_, err := reader.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
	}

	d := wholeDocument(t)
	text := html.UnescapeString(page)
	for path, operations := range d.at("paths") {
		for method := range operations.(map[string]any) {
			assert.Contains(t, text, "<b>"+strings.ToUpper(method)+"</b> "+path)
			o := d.at("paths", path, method)
			assert.Contains(t, text, o["summary"].(string))
			for _, p := range asList(o["parameters"]) {
				assert.Contains(t, text, "<code>"+d.resolve(p.(map[string]any))["name"].(string)+"</code>")
			}
			for status, r := range o["responses"].(map[string]any) {
				assert.Contains(t, text, `<th scope="row">`+status+"</th><td>"+d.resolve(r.(map[string]any))["description"].(string))
			}
		}
	}
	for name, s := range d.at("components", "schemas") {
		assert.Contains(t, page, `id="schema-`+name+`"`)
		properties, _ := s.(map[string]any)["properties"].(map[string]any)
		for member := range properties {
			assert.Contains(t, page, "<code>"+member+"</code>")
		}
	}
	reading := serve(t, newHandler(t, e, httpapi.Options{}), nil).do(t, "GET", "/docs")
	assert.NotContains(t, string(reading.body), "<b>PATCH</b>", "what is not served is not described")
}
