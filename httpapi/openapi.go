package httpapi

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"github.com/sessiondex/sessiondex"
)

// openAPI is the document of a handler at the root that wants credentials.
//
//go:embed openapi.json
var openAPI string

// openAPIWrites and openAPILogin are what Options.Writer and Options.Login add to it: the
// members of each object join those of the same place.
var (
	//go:embed openapi_writes.json
	openAPIWrites []byte
	//go:embed openapi_login.json
	openAPILogin []byte
)

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
	if opts.Writer == nil && !opts.Login && !opts.AsStored {
		return []byte(document)
	}
	var whole map[string]any
	mustUnmarshal([]byte(document), &whole)
	for _, more := range []struct {
		wanted bool
		text   []byte
	}{{opts.Writer != nil, openAPIWrites}, {opts.Login, openAPILogin}} {
		if more.wanted {
			var part map[string]any
			mustUnmarshal(more.text, &part)
			join(whole, part)
		}
	}
	if opts.AsStored {
		// Public members can then be anything.
		session := whole["components"].(map[string]any)["schemas"].(map[string]any)["Session"].(map[string]any)
		properties := session["properties"].(map[string]any)
		for name := range properties {
			if sessiondex.IsPublicMember(name) {
				delete(properties, name)
			}
		}
		session["required"] = slices.DeleteFunc(session["required"].([]any), func(name any) bool { return sessiondex.IsPublicMember(name.(string)) })
	}
	out, _ := json.MarshalIndent(whole, "", "  ") // what was unmarshalled has no error
	return append(out, '\n')
}

// mustUnmarshal reads JSON that is part of the program.
func mustUnmarshal(text []byte, into any) {
	if err := json.Unmarshal(text, into); err != nil {
		panic(err)
	}
}

// join adds the members of one object to another, objects member by member.
func join(to, from map[string]any) {
	for name, value := range from {
		below, ok := to[name].(map[string]any)
		if more, object := value.(map[string]any); ok && object {
			join(below, more)
			continue
		}
		to[name] = value
	}
}
