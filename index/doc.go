// Package index knows the sessions of an engine by ordinal: a dense number that a
// session has within one version.
//
// A [Writer] makes versions, one goroutine at a time; a [View] is one version, immutable
// and safe for concurrent use. The row of a field in the schema decides how it is indexed:
//
//	keyword, flag   a set of sessions per value, in the order of the values; if there
//	                are many sessions with a value, their order by update as well
//	number, time    a column: the value by ordinal
//	hidden flag     a bit of the session's kind, next to those of sub-sessions and task runs
//	sorted          an order, read as that of all sessions or of the visible ones, those
//	                without a value last
//	text            the text, for the index of words
//
// State, channel and type, of which there are few, make up a session's class together
// with its kind: orderings count their sessions by class, so a filter that asks for
// nothing else is answered from counts. Titles are searched by package title.
//
// The package is exported for the other packages of this module. It makes no promise
// to importers: names and behaviour change without notice.
package index
