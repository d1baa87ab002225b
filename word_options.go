package sessiondex

// WordOptions configure the search by words ([query.MatchWords]).
type WordOptions struct {
	// Analyser cuts and compares words. "" is the analyser for any script, which folds
	// case, accents, width and typography. A language ("en", "de", "fr", …; "cjk") means
	// bleve's analyser for that language, which stems (it finds another number or tense
	// of a word), leaves out the most common words, and suits no other language.
	Analyser string
	// AtStart indexes the words of titles from the start. Otherwise the first search by
	// words starts the index in the background; until it is ready, searches by words
	// analyse titles as they go, some 2 µs each.
	AtStart bool
	// Off turns the search by words off: a query that asks for it is faulty.
	Off bool
}
