//go:build !js

// Package words finds texts by words, as people type them: without accents, with typos,
// with the beginning of the last word only, or in another form of the word. It is built
// on bleve's analysers and segments, and is the only package that imports bleve.
//
// # How it works
//
// An [Analyser] cuts a text into tokens and brings each into the form in which it is
// compared. The default one serves any script; bleve's analysers of a language stem as
// well. A keyword is analysed in the same way, and a text matches when it has, for each
// token of the keyword, the same token; or, for the last one while it is being typed, one
// that begins with it; or one within one or two typos.
//
// An [Index] is a log-structured index of package shell, as that of literal titles is:
// fresh texts are analysed as they are scanned, and segments are built by bleve in the
// background, each from one large batch. bleve's dictionary has the docs of each term.
// Beside it are the terms in a form in which those with a prefix, or within some typos of
// a word, are found fast (see dictionary.go, and DESIGN.md for what that saves). The
// postings of the terms found are united and intersected as bit arrays.
package words
