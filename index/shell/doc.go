// Package shell is a log-structured index of texts: it takes changes one write at a time,
// lets every version be read without a lock, and builds immutable segments of what has
// been written in the background. Its users define segments and how they are searched:
// package title has segments for literal substrings, package words those of bleve.
//
// # The life of a text
//
//	Change → buffer (scanned) → segment (sealed) → larger segment (merged)
//
// [Index.Apply] appends fresh texts to a buffer, which a search scans. In the background
// the buffer is sealed into segments, and segments are merged into larger ones by
// building them again from their live texts. A [View] is one version: the segments, which
// of their docs are deleted, and how much of the buffer it sees. It shares all of
// it with other Views, is never changed, and is read without a lock.
//
// # Known match sets
//
// A match set is cached for the range of versions in which it holds. A View of a later
// version brings it up to date by testing the texts that have changed between the two:
// paging costs nothing, a write next to nothing, and sealing and merging nothing at all.
// The cache is bounded in bytes, never waits and can't be stale.
//
// # Memory over time
//
// A segment is rewritten when more than a quarter of its docs are deleted, and
// merged when there are FanOut of its size, so the deleted are at most a third of the
// live ones, and segments are few: some eight of the largest size (beyond a million
// texts, one for each 130,000 to 260,000) and up to FanOut-1 of each size class below; a
// million texts loaded at once make four. A text is kept alive by what holds it: a
// segment until it is rewritten, and the last 4,096 changes. When writers outrun the
// building for long, the buffer grows, mostly with deleted entries.
//
// # Concurrency
//
// One writer at a time calls Apply; everything else may be called by anyone. A search
// does not wait for the writer or the background, or they for it. Building yields the
// processor every tenth of a millisecond where it can. Goroutines exist only while there
// is something to build, at most Options.Workers of them, and [Index.Close] waits for
// them.
package shell
