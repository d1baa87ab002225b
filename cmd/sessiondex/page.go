package main

import (
	"net/http"
	"strings"

	"github.com/sessiondex/sessiondex/schema"
	"github.com/sessiondex/sessiondex/webui"
)

// withPage puts the page in front of the API: at the base path, beside the API's own.
func (c *serveConfig) withPage(api http.Handler, s *schema.Schema) (http.Handler, error) {
	base := c.handler.BasePath
	o := &webui.Options{}
	for row := range s.Declared() {
		o.Fields = append(o.Fields, row.Field)
	}
	// What the page itself asks of the API comes without the base path.
	page, err := webui.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.URL.Path = base + r.URL.Path
		if r.URL.RawPath != "" {
			inner.URL.RawPath = base + r.URL.RawPath
		}
		api.ServeHTTP(w, inner)
	}), o)
	if err != nil {
		return nil, err
	}
	page = http.StripPrefix(base, page)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path, ok := strings.CutPrefix(r.URL.Path, base); ok && (path == "/" || strings.HasPrefix(path, "/assets/")) {
			page.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	}), nil
}
