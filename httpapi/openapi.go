package httpapi

import (
	_ "embed"
	"encoding/json"
	"strings"
)

// openAPI is the document of a handler at the root that wants credentials.
//
//go:embed openapi.json
var openAPI string

// The two places of the document that depend on the options.
const (
	documentServers  = `"servers": [{ "url": "/" }]`
	documentSecurity = `"security": [{ "ApiKey": [] }, { "Bearer": [] }]`
)

// OpenAPI returns the OpenAPI 3.1 document of a handler with these options, which
// is what the handler serves at /openapi.json below its base path.
func OpenAPI(opts *Options) []byte {
	if opts == nil {
		opts = &Options{}
	}
	document := openAPI
	if opts.BasePath != "" {
		url, _ := json.Marshal(opts.BasePath) // a string has no error
		document = strings.Replace(document, documentServers, `"servers": [{ "url": `+string(url)+` }]`, 1)
	}
	if opts.AllowAnonymous {
		document = strings.Replace(document, documentSecurity, `"security": []`, 1)
	}
	return []byte(document)
}
