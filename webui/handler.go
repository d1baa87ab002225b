package webui

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"strings"
)

// policy lets the page run its own modules, load its own style and talk to its own server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html"

var templates = template.Must(template.New("").Funcs(template.FuncMap{"shortTime": shortTime}).ParseFS(files, "page/*.html"))

// NewHandler returns a handler that serves the page at "/", its files below "/assets/",
// and passes every other request on to the api, usually a handler of package httpapi. It
// lists every fault of the options in one error. The handler is safe for concurrent use
// and keeps no reference to opts.
func NewHandler(api http.Handler, opts *Options) (http.Handler, error) {
	if opts == nil {
		opts = &Options{}
	}
	err := opts.Validate()
	if api == nil {
		err = errors.Join(errors.New("webui: the api is nil"), err)
	}
	if err != nil {
		return nil, err
	}
	conf, err := opts.config()
	if err != nil {
		return nil, err
	}
	a, err := loadAssets()
	if err != nil {
		return nil, err
	}
	h := &handler{api: api, assets: a, title: opts.Title, sessionURL: opts.SessionURL}
	if h.title == "" {
		h.title = defaultTitle
	}
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, "index.html", map[string]any{"Title": h.title, "Config": string(conf), "Hash": a.hash, "Modules": a.modules()}); err != nil {
		return nil, err
	}
	h.page = page.Bytes()
	return h, nil
}

type handler struct {
	api        http.Handler
	assets     *assets
	page       []byte
	title      string
	sessionURL string
}

// ServeHTTP answers the page and its files, and leaves the rest to the api.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	rest, isAsset := strings.CutPrefix(path, "/assets/")
	if path != "/" && path != "" && !isAsset {
		h.api.ServeHTTP(w, r)
		return
	}
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	if isAsset {
		h.assets.serve(w, r, rest)
		return
	}
	head.Set("Content-Security-Policy", policy)
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("view") == "plain" {
		h.plain(w, r)
		return
	}
	_, _ = w.Write(h.page)
}
