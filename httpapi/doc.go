// Package httpapi serves a [sessiondex.Reader] as the public "List sessions"
// API, on net/http alone:
//
//	GET /api/v0/sessions          one page of sessions
//	GET /api/v0/sessions/{id}     one session
//	GET /api/v0/session-facets    counts beside the filters, same parameters
//	GET /openapi.json             the OpenAPI 3.1 document of the above
//
// [NewHandler] makes an http.Handler that mounts anywhere in one line; [Serve]
// runs a handler on a listener with limits, /healthz and a graceful end.
//
// # Where the contract is silent
//
// Authentication. A request is let in if its X-API-KEY header holds one of
// Options.APIKeys or its Authorization header bears one of
// Options.BearerTokens; with both headers sent, one valid credential is enough
// (proxies add an Authorization header of their own). Of a header sent twice
// the first counts. A missing and a wrong credential get the same 401.
//
// Scope. Sessions outside a principal's scope do not exist for it: not in
// pages, totals, facets, cursors or by id. The one thing that crosses the
// border is that an ETag changes with every write to the store.
//
// Query strings are read as the URL standard's form decoder reads them, which
// never fails: a malformed percent escape and a semicolon stand for
// themselves, so that "?query=100%" searches for "100%". Invalid UTF-8 in a
// parameter that the contract knows is a fault of that parameter. A query
// string over Options.MaxQueryBytes is answered with 414.
//
// Paths. The id is one path segment, percent-encoded where needed: an encoded
// slash is part of an id, a plain one is not. A path with a trailing slash is
// not the path without it: it is answered with 404, never with a redirect.
// OPTIONS and every other method but GET and HEAD get 405.
//
// Cursors. The Link header of a page pages by offset, as the contract does. A
// request with the parameter "cursor", which may be empty, pages by cursor: its
// Link header has cursors in it, and walks each session once however the store
// changes. X-Next-Cursor holds the bare cursor of the next page. Either header is
// left out where it would be longer than 4096 bytes, as cursors of very long
// titles are, except for X-Next-Cursor when paging by cursor.
//
// Bodies are JSON followed by one line feed, the same bytes that "sessiondex
// list --format json" prints.
//
// Caching. Responses are private and carry a weak ETag of the reader's version
// if the reader has one (engines and snapshots do). A matching If-None-Match is
// answered with 304 before anything is listed. Tags are worthless to another
// handler: each handler draws a random seed.
package httpapi
