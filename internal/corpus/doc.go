// Package corpus generates any number of seeded, realistic sessions for tests,
// benchmarks and the generate command.
//
// # What it looks like
//
// The sessions look like those of a busy agent platform over the two years up to
// [Reference], in the order of their creation: growing traffic with a rhythm of working
// hours and weekends; states, channels, kinds and triggers with skewed frequencies; a
// heavy default application and thousands with a long tail; sub-sessions of earlier
// sessions, some of whose parents are gone; runs of a few hundred workflow assets; bulk
// imports, whose sessions share one timestamp.
//
// Titles come from phrases with slots ([lang]/*.txt) whose words follow Zipf's law,
// in English, eight other languages in Latin script with accents, and in Cyrillic,
// Chinese, Japanese, Korean, Arabic, Hebrew, Greek, Devanagari and some more, with
// emoji. Names, identifiers and ticket numbers are drawn by rank from an
// unbounded supply, so that the vocabulary grows with the corpus as that of real
// text does. There are untitled sessions, popular titles shared by thousands,
// canonically decomposed letters, stray white space, and a few giants (pasted
// prompts of 20 to 700 KB).
//
// # Stability
//
// Equal [Options] give equal sessions on every machine and in every release: committed
// files and published measurements depend on it, and a test compares with one. So there
// is no map iteration, no clock, and no floating-point arithmetic whose result may
// differ between processors. Changing a phrase, a weight or the order of two draws
// changes every corpus, and requires new files.
//
// With other options the same seed can give quite different sessions. In particular a
// corpus of 1,000 is not the beginning of a corpus of 2,000 with the same seed: both
// cover the whole two years.
//
// # Small worlds
//
// [Tiny] and [RandomQuery] are for tests that compare an engine with a naive
// twin. They draw from the same few values, so that ties, replacements, hits and misses
// are frequent.
//
// [lang]: https://github.com/sessiondex/sessiondex/tree/main/internal/corpus/lang
package corpus
