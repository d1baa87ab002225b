package httpapi

import (
	_ "embed"
	"encoding/json"
	"slices"

	"github.com/sessiondex/sessiondex/internal/publicapi"
	"github.com/sessiondex/sessiondex/schema"
)

// openAPI is the document of a handler at the root that wants credentials, without the
// parameters that follow from the fields that there are.
//
//go:embed openapi.json
var openAPI []byte

// openAPIWrites and openAPILogin are what Options.Writer and Options.Login add to it: the
// members of each object join those of the same place.
var (
	//go:embed openapi_writes.json
	openAPIWrites []byte
	//go:embed openapi_login.json
	openAPILogin []byte
)

// OpenAPI returns the OpenAPI 3.1 document of a handler with these options, over
// sessions with the fields of a schema, which is what the handler serves at /openapi.json
// below its base path. It has every parameter that there is: the contract's, and those
// of each field, with each operator of its type.
func OpenAPI(s *schema.Schema, opts *Options) []byte {
	if opts == nil {
		opts = &Options{}
	}
	var whole map[string]any
	mustUnmarshal(openAPI, &whole)
	describeFields(whole, s)
	if opts.BasePath != "" {
		whole["servers"] = []any{map[string]any{"url": opts.BasePath}}
	}
	if opts.AllowAnonymous {
		whole["security"] = []any{}
	}
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
			if publicapi.IsMember(name) {
				delete(properties, name)
			}
		}
		session["required"] = slices.DeleteFunc(session["required"].([]any), func(name any) bool { return publicapi.IsMember(name.(string)) })
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
