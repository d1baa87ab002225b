// Package fold brings titles and keywords into the one form in which they are
// compared: Unicode NFC, then full case folding.
package fold

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// String returns the folded form of s: NFC, then full Unicode case folding
// ("STRASSE" and "straße" both give "strasse"). Text that is already folded is
// returned as it is, without a copy. It is safe for concurrent use.
//
// Folding is not idempotent in every corner of Unicode, so fold once, at the
// border, and never fold a folded string again.
func String(s string) string {
	upper := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			// A Caser may carry state, so each call makes its own.
			fold := cases.Fold()
			return fold.String(norm.NFC.String(s))
		}
		upper = upper || 'A' <= c && c <= 'Z'
	}
	if !upper {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}
