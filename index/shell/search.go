package shell

// SearchStats says how a search was answered.
type SearchStats struct {
	Segments int  // segments asked
	Terms    int  // dictionary terms that the keyword, or a part of it, was found in
	Verified int  // candidates whose text was read
	Scanned  int  // texts that were scanned: not sealed yet, or too large to be cut
	Cached   bool // the match set was known, or brought up to date; the rest tells how it was found
}
