// Package clienttest tests the endpoint with its users' tools: a client generated from
// the OpenAPI document, and a validator that checks real requests and responses against
// the document. It is a module of its own, so that the library does not depend on the
// generator and the validator.
package clienttest
