// Package client is what oapi-codegen makes of the OpenAPI document: the client
// that a user of the API would generate. Nothing but tests imports it.
package client

//go:generate go tool oapi-codegen -config config.yaml -o client.gen.go ../../../httpapi/openapi.json
