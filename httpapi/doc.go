// Package httpapi serves a [sessiondex.Reader] as the public "List sessions"
// API, on net/http alone:
//
//	GET /api/v0/sessions          one page of sessions
//	GET /api/v0/sessions/{id}     one session
//	GET /api/v0/session-facets    counts beside the filters, same parameters
//	GET /api/v0/session-view      a page, matches to highlight, hidden counts and facets
//	GET /api/v0/session-why       why a session is listed or not
//	GET /api/v0/session-events    changes to a page as they happen, same parameters
//	GET /api/v0/session-export    all matches, as JSON Lines or CSV
//	GET /openapi.json             the OpenAPI 3.1 document of the above
//	GET /docs                     the same as a page for people
//
// and, with Options.Writer, for principals that may write:
//
//	POST   /api/v0/sessions               inserts a session, an array, or JSON Lines
//	PUT    /api/v0/sessions/{id}          inserts or replaces one
//	PATCH  /api/v0/sessions/{id}          changes members: a JSON merge patch
//	DELETE /api/v0/sessions/{id}          deletes one
//	POST   /api/v0/sessions/{id}/read     sets is_unread to false; /unread to true
//
// [NewHandler] makes an http.Handler that mounts anywhere in one line; [Serve]
// runs a handler on a listener with limits, /healthz and a graceful end.
//
// # The reader
//
// A handler asks the reader that it was given for everything. What goes beyond
// [sessiondex.Reader] it asks of an *Engine or *Snapshot itself, and of any other
// reader through [Pinner], [Watcher], [Whyer], [Suggester], [Matcher] and
// [HiddenCounter]; what a reader does not offer is answered with 501 and the name of the
// interface. To decorate a reader, embed [sessiondex.Reader]; methods that a decorator
// overrides are called even if it embeds an *Engine. To hide sessions, use a Scope, which
// totals and facets respect.
//
// # For clients of the public API
//
// Pages and single sessions are completed, so that the public API's own clients read
// every row: see [sessiondex.Session.AppendContractJSON]; Options.AsStored turns it off.
// Known deviations from that API: total is exact, where theirs may be a lower bound;
// state is what was put, where theirs also depends on the run and the clock; is_unread is
// one value per session; download is answered with 501. The pager of its Python SDK adds
// one to the offset and never ends; add the limit to the offset until a page is short.
//
// # Where the contract is silent
//
// Authentication. A request is let in if its X-API-KEY header holds one of
// Options.APIKeys or its Authorization header bears one of
// Options.BearerTokens; if both are sent, one valid credential is enough (proxies add
// an Authorization header of their own). If a header is sent twice, the first counts.
// A missing and a wrong credential get the same 401.
//
// Scope. Sessions outside a principal's scope do not exist for it: not in
// pages, totals, facets, cursors, snapshots, events, exports or by id. Nor does it
// learn of writes to them: its entity tags are hashes of what it gets, a snapshot's
// token is new each time, and events have no version. The Workspace of a principal is
// the one of requests that name none.
//
// Writing. A scope binds writes as it binds reads: a session outside it cannot be
// inserted, overwritten, or the result of a change. One can learn by trying that an id is
// taken outside, since there is one space of ids; the answer is the 409 of any taken id.
// The entity tag of a session is strong, a hash of what is stored: If-Match and
// If-None-Match hold under concurrency. A PUT without times keeps the old ones; a new
// session without times gets the server's, without an id a random one, without a
// workspace the principal's. Nothing sets updated_at implicitly. A thread_id or
// session_status_v2 that equals what the endpoint filled in is not stored. A refused write
// changes nothing:
//
//	400  a truncated body, or not JSON of the expected kind
//	401  no credentials, or wrong ones
//	403  no permission to write, or outside the scope; a page of another origin
//	404  PATCH, DELETE, read or unread of a session that does not exist or is out of scope
//	405  a method that the path does not have
//	409  the id is taken
//	412  If-Match or If-None-Match does not hold
//	413  a body over Options.MaxBodyBytes, or more than Options.MaxBatch sessions
//	415  another media type, or a compressed body
//	421  a host that the server does not answer for
//	422  a member that breaks a rule (detail has its place and the reason), or a patch of the id
//
// WRITES.md beside the source lists every reason.
//
// Browsers. Pages of Options.AllowedOrigins may read and write (CORS); a write from
// any other origin is refused. With Options.Login, POST /api/v0/login turns credentials
// into a cookie (HttpOnly, SameSite=Strict, sealed), so that EventSource works, and
// /logout deletes it. With AllowAnonymous, on a loopback address, only loopback host names
// are answered, and others get 421: a web page's name can be made to resolve to it.
//
// Limits. After Options.Deadline a request is cancelled and answered with 503; streams and
// exports go on as long as their client reads. Snapshots and streams are shared among
// principals: see Options.MaxSnapshots and MaxStreams.
//
// Query strings are read as the URL standard's form decoder reads them, which
// never fails: a malformed percent escape and a semicolon stand for
// themselves, so that "?query=100%" searches for "100%". Invalid UTF-8 in a
// parameter that the contract knows is a fault of that parameter. A query
// string over Options.MaxQueryBytes is answered with 414.
//
// Paths. The id is one path segment, percent-encoded where needed: an encoded
// slash is part of an id, a plain one is not. One trailing slash is ignored, without a
// redirect, which would lose the body of a write. A method that a path does not have gets
// 405.
//
// Request ids. X-Request-Id is taken from the request if it has at most 128 letters, digits
// and characters of "-._~+/=:@", and random otherwise; the answer and the log have it. The
// log also has the address of the connection, and the trace of a valid traceparent header.
// X-Forwarded-For is ignored, since anyone can write it; the proxy's log has it.
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
// token in X-Snapshot and in the addresses of its Link header; requests with
// snapshot=TOKEN are answered from that version, also by cursor. Options bound how many
// versions are held and for how long after their last use; a token that has expired, never
// existed, or is another principal's is answered with 410: begin again. Taking a snapshot
// costs next to nothing; holding it costs the memory of what was written since. An answer
// to snapshot=new has no ETag and forbids storing. Tokens are of one handler and do not
// outlive its process.
//
// Views. session-view has the parameters of a listing and of counting, and four more:
// title_max cuts titles to that number of graphemes, around the first match; fields lists
// the members to return beside the id; offsets=utf16 counts the places of matches in units
// of UTF-16 instead of bytes; bars adds a histogram of the days of creation, in the zone
// that tz names. All parts are of one version.
//
// Counts. session-facets has four more parameters: facet lists the fields to count by
// (all but texts; state, source_channel, session_type, trigger_type, app_id, kind and
// created_at if none is named), top says how many values are listed for each (50),
// facet_query which values of keyword fields are (those that contain it as a literal
// substring, in any case), and period counts times by month, day or hour, in the zone
// that tz names. The answer is a [sessiondex.Facets].
//
// Events. session-events is a stream of server-sent events, as EventSource reads
// it: the changes to the window that limit and offset give, and to the total, as
// [sessiondex.Engine.Watch] reports them. The name of an event is its kind, its data
// the JSON of a [sessiondex.Event] on one line, with sessions as a listing writes
// them. The first event is a "resync" with the whole page. The last event of a
// version has an id; a client that reconnects with it in Last-Event-ID, as
// EventSource does by itself, resumes there, or begins with the whole page if
// that changed meanwhile or the id is unknown. A client that reads slowly gets
// the changes of several versions in one, and one that reads nothing for 30 seconds is
// dropped. After 15 seconds without an event comes a comment. The server's
// WriteTimeout does not apply. A stream keeps the scope that it began with, and ends
// when its client leaves, the engine is closed or the server drains; see
// [ContextWithDrain]. It begins with a "retry" of one to five seconds, drawn for each
// stream, so that after a restart not all come back at once. HEAD is answered with
// the header alone. Streams beyond Options.MaxStreams get 503. A cursor is a fault
// here, and a snapshot unknown. min_interval, such as 250ms, is the shortest time
// between two versions that are sent; fields is as in a view.
//
// Bodies are JSON followed by one line feed, the same bytes that "sessiondex
// list --format json" prints; those of events are not.
//
// Caching. Responses are private and have an ETag. That of a session is a hash of its
// content. Others are weak: of the reader's version, if it has versions and the principal
// sees everything, so that a matching If-None-Match is answered with 304 before anything
// is listed; else of the body. No weak tag matches in another handler: each draws a random
// seed.
package httpapi
