// Package title finds titles by keyword: every title that contains the keyword as a
// literal substring, whatever its length and script, in microseconds, while titles are
// set, changed and removed.
//
// [Index] and [View] are a log-structured index of package shell: fresh titles are
// scanned, sealed into immutable segments in the background, and segments are merged.
// This package is what a segment of titles is, and how it is searched.
//
// # A segment
//
// By the document numbers of its titles, a segment has:
//
//   - the distinct words of the titles in order, with a suffix array over them
//     (dictionary), which gives the words that contain, end with, or start with a
//     string, and a table of the first three bytes of its suffixes (grams), which
//     answers for short strings, leaves little to search for longer ones, and refuses
//     most that are in no word;
//   - the titles of each word (postings): plain numbers for the nine in ten words that
//     are in 16 titles or fewer, roaring bitmaps for the others;
//   - a bit array of titles for each frequent letter (runeBits), and for the pairs of
//     letters that are the most work (bigramBits);
//   - 64 boundary bits a title, transposed, which digest where its words meet, for
//     phrases;
//   - the titles themselves, to read candidates, and to merge.
//
// # How a match set is found
//
// A word is a maximal run without white space, so a keyword without white space lies
// inside one word: the answer is the union of the titles of the words that contain it,
// and no title is read. In a keyword with white space, the first part ends a word, the
// last one starts a word, and those between are words; titles that have all of them, and
// the right boundary bits, are read. A single frequent letter has its bit array.
//
// Runs that no other title is likely to share (over 32 bytes, or over 12 in scripts that
// do not separate words) are kept as the pairs of their adjacent runes: they would bloat
// the dictionary, at five bytes a byte. Two runes of them are found as exactly as in
// words; for longer keywords, the titles that have the pairs are read. Giant titles are
// cut like others if they repeat their words, and otherwise left unindexed and scanned,
// behind a Bloom filter of their byte triples.
//
// # Exactness
//
// [View.Search] equals strings.Contains(title, keyword) for all strings: a keyword that
// is blank or not valid UTF-8, which no caller should ask for, makes it scan, and a
// title that is not valid UTF-8 is left unindexed. Folding, and trimming the keyword,
// are the caller's.
//
// What was measured, tried and dropped is in DESIGN.md beside this file.
package title
