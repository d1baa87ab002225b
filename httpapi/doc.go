// Package httpapi serves a [sessiondex.Reader] as the public "List sessions"
// API, on net/http alone:
//
//	GET /api/v0/sessions          one page of sessions
//	GET /api/v0/sessions/{id}     one session
//	GET /api/v0/session-facets    counts beside the filters, same parameters
//	GET /api/v0/session-events    changes to a page as they happen, same parameters
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
// pages, totals, facets, cursors, snapshots, events or by id. What crosses the
// border is the number of writes to the store: an ETag changes with each, and
// events carry it as their version.
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
// Snapshots. Pages by offset shift when sessions come and go between them. A
// request with snapshot=new takes the newest version, holds it, and returns its
// token in X-Snapshot and in the addresses of its Link header; requests for pages
// and counts with snapshot=TOKEN are answered from that version, also by cursor.
// Options bound how many versions are held and for how long after their last use;
// a token that is not held any more, that never was, or that belongs to another
// scope is answered with 410: begin again. Taking one costs next to nothing; holding
// it costs the memory of what was written since. Principals of the same scope share
// the token of a version. An answer to snapshot=new has no ETag and is not to be
// stored. Tokens are of one handler and do not outlive its process. A reader without
// a Snapshot method does not know the parameter.
//
// Counts. session-facets has three more parameters: facet lists the fields to count
// by (state, source_channel, session_type, trigger_type, app_id, kind, created_at,
// and if they are named workspace_id, aop_asset_id, updated_at), top says how many
// values are listed for each (50), and period counts times by month or by day. The
// answer is a [sessiondex.Facets].
//
// Events. session-events is a stream of server-sent events, as EventSource reads
// it: the changes to the window that limit and offset give, and to the total, as
// [sessiondex.Engine.Watch] reports them. The name of an event is its kind, its data
// the JSON of a [sessiondex.Event] on one line, with sessions as a listing writes
// them. The first event is a "resync" with the whole page. The last event of a
// version has an id; a client that comes back with it in Last-Event-ID, as
// EventSource does by itself, goes on where it was, or begins with the whole page if
// that changed meanwhile or is not known any more. A client that reads slowly gets
// what happened meanwhile in one, and one that takes nothing for 30 seconds is
// dropped. After 15 seconds without an event comes a comment. The server's
// WriteTimeout does not apply. A stream keeps the scope that it began with, and ends
// when its client leaves, the engine is closed or the server drains; see
// [ContextWithDrain]. It begins with a "retry" of one to five seconds, drawn for each
// stream, so that after a restart not all come back at once. HEAD is answered with
// the header alone. Streams beyond Options.MaxStreams get 503. A cursor is a fault
// here, and a snapshot unknown; a reader without a Watch method has no streams (404).
//
// Bodies are JSON followed by one line feed, the same bytes that "sessiondex
// list --format json" prints; those of events are not.
//
// Caching. Responses are private and carry a weak ETag of the reader's version
// if the reader has one (engines and snapshots do). A matching If-None-Match is
// answered with 304 before anything is listed. Tags are worthless to another
// handler: each handler draws a random seed.
package httpapi
