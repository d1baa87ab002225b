// Package sessiondex is an embedded, in-memory search engine for agent sessions.
package sessiondex
