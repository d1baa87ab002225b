// Package sessiondex is an embedded, in-memory search engine for agent sessions
// (conversations). It lists sessions as the public "List sessions" API does:
// filtered, searched by title, sorted, paged, and with the exact total.
//
// An [Engine] is opened with [New] (memory only) or [Open] (durable, in one
// file), filled with Put, and asked with List:
//
//	e, err := sessiondex.New(nil)
//	…
//	err = e.Put(ctx, sessions...)
//	page, err := e.List(ctx, query.Query{States: []string{"running"}, Keyword: "invoice"})
//
// The zero [query.Query] is the contract's default listing. [Reader] has every read
// method of an Engine and of a [Snapshot], which is one version that never changes.
//
// # Versions
//
// There is one writer at a time, and any number of readers, which neither lock nor
// wait. A write makes the next version out of copy-on-write parts and publishes it
// in one step: a batch is seen whole or not at all, and a page, its total and its
// facets come from one version.
//
// # Ownership
//
// Sessions are copied on their way in, and the caller may change whatever comes out.
// Strings are immutable and therefore shared: a string of a session keeps the memory of
// that version of the session alive.
//
// # Choices
//
// Where the contract is silent:
//   - An empty session type is "session", in Go as in JSON.
//   - The flags IsSubSession and IsTaskSession are independent members in Go. Only in
//     JSON, where they can be absent, are they derived from parent_session_id and
//     aop_asset_id.
//   - The filter AOPAssetID keeps the sessions with that asset; it includes task runs,
//     and does not require the flag.
//   - An offset given with a cursor counts from the cursor. Such a page has no next
//     offset; its HasMore, NextCursor and PrevCursor lead on.
//   - Facets leave out sessions that have no value.
package sessiondex
