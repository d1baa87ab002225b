package sessiondex

import "fmt"

// Fold is how titles and literal keywords are normalised before they are compared, and
// titles and the values of sorted fields before they are ordered: values that fold to
// the same text stand side by side, in the order of their bytes. The search by words
// does not depend on it.
type Fold uint8

const (
	// FoldCase is Unicode's canonical caseless matching: upper and lower case compare
	// equal, as do composed and decomposed characters, and nothing else does.
	FoldCase Fold = iota
	// FoldLoose also folds what people leave out when they type: accents on Latin, Greek
	// and Cyrillic letters (but й is not и), Hebrew and Arabic vowel signs, strokes and
	// ligatures (ł, ø, đ, æ), full and half width and other compatibility forms,
	// typographic quotes, dashes and spaces, and invisible marks. "cafe" finds "Café",
	// "lodz" finds "Łódź", "ﾊﾟｿｺﾝ" finds "パソコン". A keyword that folds to nothing counts
	// as blank.
	FoldLoose
)

// String returns "case" or "loose".
func (f Fold) String() string {
	switch f {
	case FoldCase:
		return "case"
	case FoldLoose:
		return "loose"
	}
	return fmt.Sprintf("Fold(%d)", uint8(f))
}

// ParseFold returns the Fold with this name; see Fold.String.
func ParseFold(name string) (Fold, error) {
	for f := FoldCase; f <= FoldLoose; f++ {
		if f.String() == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("want case or loose, got %q", name)
}

// Fold returns how the engine compares titles: Options.Fold.
func (e *Engine) Fold() Fold { return e.opts.Fold }
