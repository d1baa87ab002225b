package sessiondex

// WordOptions configure the search by words ([query.MatchWords]).
type WordOptions struct {
	// Analyser cuts and compares words. "" is the one for any script, which folds case,
	// accents, width and typography; a language ("en", "de", "fr", …; "cjk") is bleve's
	// own for it, which stems: it finds another number or tense of a word, leaves out the
	// most common ones, and suits no other language.
	Analyser string
	// AtStart indexes the words of titles from the start. Otherwise that begins in the
	// background when the first search by words asks for it, which is answered meanwhile
	// by analysing titles as it goes: some 2 µs each.
	AtStart bool
	// Off turns the search by words off: a query that asks for it is faulty.
	Off bool
}
