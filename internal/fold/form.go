package fold

// Form is a form in which titles and keywords are compared.
type Form uint8

const (
	Case    Form = iota // that of String
	Lenient             // that of Loose
)

// Fold returns s in this form.
func (f Form) Fold(s string) string {
	if f == Lenient {
		return Loose(s)
	}
	return String(s)
}

// Segments yields the segments of s with what folding makes of each; see [Segments].
func (f Form) Segments(s string) func(yield func(start, end int, folded []byte) bool) {
	if f == Lenient {
		return LooseSegments(s)
	}
	return Segments(s)
}
