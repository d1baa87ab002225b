// Package client is the output of oapi-codegen for the OpenAPI document: the client
// that a user of the API would generate. Only tests import it.
package client

//go:generate go tool oapi-codegen -config config.yaml -o client.gen.go ../../../httpapi/openapi.json
