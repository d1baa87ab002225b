package persist

// Differences calls visit with each leaf that two vectors do not share, and its number.
// If only one vector has the leaf, the other is a leaf of zeros. It stops when visit
// returns false. If one vector was made from the other by edits, the cost grows with
// the number of leaves that are not shared.
func Differences[T any, L Leaf[T]](a, b *Vector[T, L], visit func(k int, a, b *L) bool) {
	var noUpper upper[T, L]
	var noLower lower[T, L]
	var noLeaf leaf[T, L]
	for i := range max(len(a.root), len(b.root)) {
		x, y := rootAt(a, i), rootAt(b, i)
		if x == y {
			continue
		}
		x, y = orElse(x, &noUpper), orElse(y, &noUpper)
		for j := range fan {
			p, q := x.lowers[j], y.lowers[j]
			if p == q {
				continue
			}
			p, q = orElse(p, &noLower), orElse(q, &noLower)
			for k := range fan {
				s, t := p.leaves[k], q.leaves[k]
				if s != t && !visit((i*fan+j)*fan+k, &orElse(s, &noLeaf).items, &orElse(t, &noLeaf).items) {
					return
				}
			}
		}
	}
}

func rootAt[T any, L Leaf[T]](v *Vector[T, L], i int) *upper[T, L] {
	if i < len(v.root) {
		return v.root[i]
	}
	return nil
}

func orElse[T any](p, none *T) *T {
	if p == nil {
		return none
	}
	return p
}
