//go:build !js

// Package words finds texts by words, as people type them: without accents, with typos,
// with the beginning of the last word only, or in another form of the word. It is the
// only package that imports bleve, whose registry of analysers and segments it is built
// of.
//
// # How it works
//
// An [Analyser] cuts a text into tokens and brings each into the form in which it is
// compared. The default one serves any script; bleve's of a language stem as well. A
// keyword is analysed in the same way, and a text matches when it has a token for each
// token of the keyword: the same; or, for the last one while it is being typed, one that
// begins with it; or one within one or two typos.
//
// An [Index] is a log-structured index of package shell, as that of literal titles is:
// fresh texts are analysed as they are scanned, and segments are built by bleve in the
// background, each of one large batch. bleve's dictionary tells which documents have a
// term. Beside it stand the terms in a form in which those with a prefix, or within some
// typos of a word, are found fast (see dictionary.go, and DESIGN.md for what that saves).
// The postings of the terms found are united and intersected as bit arrays.
package words
