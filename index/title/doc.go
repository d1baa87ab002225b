// Package title finds titles by keyword: every title that contains the keyword as
// a literal substring, whatever its length and script, in microseconds, while
// titles are set, changed and removed. It is the only package that imports bleve's
// modules, and the file zap.go is the only one of it that does.
//
// # Shape
//
// The index is log-structured. [Index.Apply] appends fresh titles to a buffer,
// which a search scans. In the background the buffer is sealed into immutable
// segments, and segments are merged into larger ones by building them anew from
// their live titles. A [View] is one version: the segments, which of their titles
// are dead, and how much of the buffer it sees. It shares all of it with other
// Views, is never changed, and is read without a lock.
//
//	Change → buffer (scanned) → segment (sealed) → larger segment (merged)
//
// A segment numbers its titles in the order of their ordinals: by ordinal, less a
// multiple of 64, if half of the ordinals or more have a title, so that a bit array of
// titles is a stretch of the answer, and holes are numbers without a title; one after
// another, with a table of the ordinals, if not. By these numbers it has:
//
//   - the distinct words of the titles in order, with a suffix array over them
//     (dictionary), which tells the words that contain, end with, or start with a
//     string, and a table of the first three bytes of its suffixes (grams), which
//     answers for short strings, leaves little to be searched for longer ones, and
//     refuses most that are in no word;
//   - the titles of each word (postings): those of common words as bitmaps read in
//     place from a segment that bleve has built, those of the nine in ten words that
//     are in 16 titles or fewer as plain numbers, those of the ten or so most common
//     as bit arrays;
//   - a bit array of titles for each frequent letter (letters), and for the pairs of
//     letters that are the most work (bigrams);
//   - 64 bits a title that digest its word boundaries, bit by bit (gaps), a filter of
//     all boundaries that there are (seams), and the titles of frequent pairs of words
//     (neighbours), for phrases;
//   - the titles themselves, to read candidates, and to merge.
//
// # How a match set is found
//
// A word is a maximal run without white space, so a keyword without white space
// lies inside one word: the titles of the words that contain it, united, are the
// answer, and no title is read. Of a keyword with white space, its first part ends
// a word, its last one starts a word, those between are words; titles that have all
// of them, and the right word boundaries, are read, but not those in which the very
// words are known to stand side by side. A single frequent letter has its bit array.
//
// A large answer is built in the bit array that is handed out, and a small one as a
// list, so a search takes two to five pieces of memory, whatever the keyword.
//
// Runs that no other title is likely to share (over 32 bytes, or over 12 in scripts
// that do not part words) are kept as the pairs of their adjacent runes: they would
// bloat the dictionary, at five bytes a byte. Two runes of them are found as
// exactly as in words; for longer keywords, the titles that have the pairs are
// read. Giant titles are cut like others if they repeat their words, and otherwise
// set aside and scanned, behind a Bloom filter of their byte triples.
//
// A match set that was found is kept, for the range of versions in which it holds.
// A View of a later version brings it up to date by testing the titles that have
// changed between the two: paging costs nothing, a write costs the known sets
// next to nothing, and sealing and merging cost them nothing at all. The cache is
// bounded in bytes, never waits and can't be stale. A keyword that goes on from
// one with few matches looks only at those.
//
// # Exactness
//
// [View.Search] equals strings.Contains(title, keyword) for all strings: a
// keyword that is blank or not valid UTF-8, which no caller should ask for, makes it
// scan, and a title that is not valid UTF-8 is set aside. Folding, and trimming the
// keyword, are the caller's.
//
// # What was measured, and chosen
//
// On 2 cores of an AMD EPYC, Go 1.26, with a million one-line descriptions of
// software packages of 58 bytes on average; the benchmarks of this package repeat
// it on any file (-titles FILE) or on generated titles. The machine was shared, so
// ratios count more than digits. One ordinal in sixteen has no title, as among
// sessions.
//
// Building, 65,536 titles on one core, BenchmarkBuilders:
//
//	bleve's batch API, least mapping, in memory     23,000 titles/s   190 B/title
//	bleve's segment builder (zapx) called directly 110,000 titles/s    71 B/title
//	a segment of this package, with all it has     140,000 titles/s   155 B/title
//
// So the builder is called directly. Besides being three times as fast it numbers
// documents by their place in the slice, starts no goroutine, registers nothing,
// and needs no closing. (An index of bleve's in memory never merges; its own
// documents' numbers are shuffled; a hit taken through its collector costs 1 µs.)
// It builds only the postings of common words: of a word in few titles it would
// keep 26 bytes and more beside the word, and its dictionary can't be asked for
// what lies within a word, so that ours has to stand beside it in any case. That
// took 66 bytes a title down to 33, and the walk over bleve's dictionary out of the
// building. Its memory is copied to the right size, since its own has up to twice
// that.
//
// Merging by building anew costs 7 to 10 µs a title, twice or three times what bleve's merge
// of segments does; but that one goes from file to file. Titles written in one batch
// are sealed at the size that they will have at rest, so a load builds nearly every
// title once.
//
// A suffix array instead of an index of n-grams over the dictionary: about the same
// memory (27 bytes a title), and the words of any keyword are a range of it, found in
// half a microsecond, with nothing to verify; the ends of words are ranges too. Its
// entries are the number of the word and a place in it, so that reading a range
// does not touch the text.
//
// What made searches 1.5 to 200 times as fast as they were without, most of them two to
// four times, with 15 bytes a title more and no slower a load:
//
//   - numbers that follow the ordinals, and an answer built in place: moving each hit
//     from its number to its ordinal was two thirds of a keyword;
//   - the table of the first bytes, where a binary search waited for memory three
//     times a step: 1 µs for no match at all, and 14 µs with nothing in any cache;
//   - the word boundaries bit by bit, the known pairs of words, and looking for the
//     rarest byte of the keyword in a title that is read and not for the first:
//     phrases of two words spend a quarter of the time;
//   - bit arrays for a dozen pairs of letters.
//
// Tried and dropped: intersecting the titles with long runs as bit arrays of the whole
// segment, a third of the time of a keyword. Counted, and not built: bit arrays for all
// pairs of letters in a sixteenth of the titles, 16 bytes a title.
//
// Searching the million, nothing known, the fastest of 400:
//
//	keyword             matches
//	"qqqzzz"                  0      0.9 µs
//	"voice"               4,043       42 µs
//	"auto"               25,559      118 µs
//	"with"              105,121       59 µs
//	"tion"              262,770      920 µs
//	"for"               455,094      210 µs
//	"an"                419,273       21 µs
//	"e"                 949,517       22 µs
//	"数据"                1,045       17 µs
//	"voice assistant"        97       82 µs
//	"for python"         20,601      870 µs
//	"in the"              6,281      700 µs
//	any of them, known               0.1 µs
//
// And by classes of random keywords, BenchmarkSearch, median and p99 in µs, first of
// these titles, then of generated ones:
//
//	no match                        1       4         1       3
//	3 letters and more, up to 100   5      41         9      86
//	… up to 10,000                 88     232        64     232
//	… up to 150,000               392     844       264   1,544
//	1 letter                       26     309        26     148
//	2 letters                     459   3,353       123   1,019
//	2 ideographs                    3      29        35     120
//	2 words                       142     483       231   1,225
//
// Memory beside the titles' text: 132 bytes a title at 1M loaded at once, 137 in
// batches of 1,000; 116 and 122 for generated titles. Of the 132: 17 the title's
// string header, 35 bleve's segment, 27 the suffix array, 12 the words, 5 the table of
// first bytes, 7 references and numbers of rare words, 8 bitmap objects, 10 word
// boundaries, 5 letters, 4 pairs of words, 3 other bit arrays. A hole costs up to 50
// bytes; a segment that has more holes than titles is numbered one after another.
//
// Loading 1M until all are sealed: 4 to 5 s, and twice that with other work on the two
// cores, in one batch or in batches of 1,000; Apply takes 0.1 µs a title of it. One
// rename in 1M: 2 µs and 1.9 KB of garbage. Under 500 renames a second, the tenth of
// 5,000 updates, the p99 of a write is 25 to 41 µs; that of a mixture of cold searches
// 1.2 ms, where 0.9 ms is idle; of known match sets 63 µs (BenchmarkLive).
//
// # Memory over time
//
// A segment is rewritten when more than a quarter of its titles are dead, and
// merged when there are FanOut of its size, so the dead are at most a third of the
// living, and segments are few: some eight of the largest size (beyond a million
// titles, one for each 130,000 to 260,000) and up to FanOut-1 of each size class
// below; a million titles loaded at once make four. The text of a title is kept alive by what holds
// it: a segment until it is rewritten, and the last 4,096 changes. A title that does
// not change costs nothing when its session is updated, since Apply is not called.
// When writers outrun the building for long, the buffer grows, by entries that are
// dead mostly, as the same titles are written again: at 100,000 renames a second in
// a store of 100,000 the heap reached five times that of a fresh load, and came
// back to 1.1 times at rest.
//
// # Concurrency
//
// One writer at a time calls Apply; everything else may be called by anyone. A
// search does not wait for the writer or the background, or they for it. Building
// yields the processor every tenth of a millisecond where it can: half of bleve's
// builder can't. Goroutines exist only while there is something to build, at most
// Options.Workers of them, and [Index.Close] waits for them.
package title
