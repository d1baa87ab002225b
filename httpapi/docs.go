package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

var (
	//go:embed docs.html
	docsHTML string
	//go:embed docs.css
	docsCSS string
)

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// docsPolicy lets the page show itself and load nothing.
var docsPolicy = func() string {
	sum := sha256.Sum256([]byte(docsCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// docs returns what answers GET /docs: the OpenAPI document as a page for people, without
// scripts and without anything of another origin.
func docs(document []byte) func(*exchange) error {
	page := sync.OnceValue(func() []byte { return docsPage(document) }) // most handlers are never asked
	return func(x *exchange) error {
		x.Header().Set("Content-Security-Policy", docsPolicy)
		x.Header().Set("Cache-Control", "no-cache")
		return x.typed(http.StatusOK, "text/html; charset=utf-8", page())
	}
}

// docsPage writes the page. The document is this package's own, so that it can be read and
// written is for tests to show.
func docsPage(document []byte) []byte {
	var d apiDocument
	mustUnmarshal(document, &d)
	d.Style = template.CSS(docsCSS)
	for _, path := range slices.SortedFunc(maps.Keys(d.Paths), comparePaths) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if o := d.Paths[path][method]; o != nil {
				o.Method, o.Path = strings.ToUpper(method), path
				d.complete(o)
				d.Operations = append(d.Operations, o)
			}
		}
	}
	var out bytes.Buffer
	if err := docsTemplate.Execute(&out, &d); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// comparePaths puts the paths of sessions first.
func comparePaths(a, b string) int {
	rank := func(path string) int {
		switch {
		case strings.HasPrefix(path, sessionsPath):
			return 0
		case strings.HasPrefix(path, "/api/"):
			return 1
		}
		return 2
	}
	if n := rank(a) - rank(b); n != 0 {
		return n
	}
	return strings.Compare(a, b)
}

// apiDocument is as much of an OpenAPI document as the page shows.
type apiDocument struct {
	Info struct{ Title, Version, Summary, Description string }
	// Paths have an operation for each method, in lower case.
	Paths      map[string]map[string]*apiOperation
	Components struct {
		Parameters map[string]apiParameter
		Responses  map[string]apiResponse
		Schemas    map[string]apiSchema
		Security   map[string]struct{ Type, In, Name, Scheme, Description string } `json:"securitySchemes"`
	}

	Style      template.CSS
	Operations []*apiOperation
}

type apiOperation struct {
	Summary, Description string
	Parameters           []apiParameter
	RequestBody          *struct {
		Description string
		Content     map[string]struct{ Schema apiSchema }
	}
	Responses map[string]apiResponse

	Method, Path string
}

type apiParameter struct {
	Ref                   string `json:"$ref"`
	Name, In, Description string
	Required              bool
	Schema                apiSchema
}

type apiResponse struct {
	Ref         string `json:"$ref"`
	Description string
}

type apiSchema struct {
	Ref         string          `json:"$ref"`
	Type        json.RawMessage // a name, or several
	Format      string
	Description string
	Enum        []json.RawMessage
	Default     json.RawMessage
	Minimum     json.RawMessage
	Maximum     json.RawMessage
	Items       *apiSchema
	OneOf       []apiSchema
	AnyOf       []apiSchema
	Required    []string
	Properties  map[string]apiSchema
}

// complete puts what an operation refers to in its place.
func (d *apiDocument) complete(o *apiOperation) {
	for i, p := range o.Parameters {
		if p.Ref != "" {
			o.Parameters[i] = d.Components.Parameters[nameOfRef(p.Ref)]
		}
	}
	for status, r := range o.Responses {
		if r.Ref != "" {
			o.Responses[status] = d.Components.Responses[nameOfRef(r.Ref)]
		}
	}
}

func nameOfRef(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// Anchor is the place of the operation in the page.
func (o *apiOperation) Anchor() string {
	return strings.ToLower(o.Method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(o.Path)
}

// Reference is the place in the page of the schema that s refers to, "" if it is none.
func (s apiSchema) Reference() string { return nameOfRef(s.Ref) }

// Kind says what a value may be, in a few words.
func (s apiSchema) Kind() string {
	var one string
	var several []string
	kind := ""
	switch {
	case s.Ref != "":
		return nameOfRef(s.Ref)
	case json.Unmarshal(s.Type, &one) == nil:
		kind = one
	case json.Unmarshal(s.Type, &several) == nil:
		kind = strings.Join(several, " or ")
	}
	if s.Items != nil {
		kind += " of " + s.Items.Kind()
	}
	for _, alternatives := range [][]apiSchema{s.OneOf, s.AnyOf} {
		var kinds []string
		for _, alternative := range alternatives {
			kinds = append(kinds, alternative.Kind())
		}
		kind += strings.Join(kinds, " or ")
	}
	if s.Format != "" {
		kind += " (" + s.Format + ")"
	}
	return kind + s.bounds()
}

func (s apiSchema) bounds() string {
	text := ""
	if len(s.Enum) > 0 {
		text += ": " + string(bytes.Join(rawBytes(s.Enum), []byte(", ")))
	}
	if s.Minimum != nil {
		text += fmt.Sprintf(", at least %s", s.Minimum)
	}
	if s.Maximum != nil {
		text += fmt.Sprintf(", at most %s", s.Maximum)
	}
	if s.Default != nil {
		text += fmt.Sprintf(", default %s", s.Default)
	}
	return text
}

func rawBytes(values []json.RawMessage) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// IsRequired reports whether a member is always there.
func (s apiSchema) IsRequired(name string) bool { return slices.Contains(s.Required, name) }
