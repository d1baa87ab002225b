// Package clienttest tests the endpoint with what its users have: a client
// generated from the OpenAPI document, and a validator that holds real requests
// and responses against it. It is a module of its own, so that the generator and
// the validator are no dependencies of the library.
package clienttest
