package title

// seams is a Bloom filter of the word boundaries in the titles of a segment, each as
// the last three bytes before it and the first three after it, and as two and two.
// Most phrases that no title has, though all have their words, are refused by it. It
// has 12 bits a title, where a title has some seven boundaries, most of them shared.
type seams []uint64

func newSeams(titles int) seams {
	return make(seams, titles*3/16+1)
}

// seam returns the hash of a boundary by so many bytes on either side.
func seam(left, right string, n int) uint64 {
	h := uint64(n)
	for i := range n {
		h = h<<16 | uint64(left[len(left)-1-i])<<8 | uint64(right[i])
	}
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>32
}

// place returns where the bit of a hash is.
func (s seams) place(h uint64) (word int, bit uint64) {
	return int(h >> 38 * uint64(len(s)) >> 26), 1 << (h & 63)
}

func (s seams) set(h uint64) {
	w, b := s.place(h)
	s[w] |= b
}

func (s seams) has(h uint64) bool {
	w, b := s.place(h)
	return s[w]&b != 0
}

// add notes that one word follows another.
func (s seams) add(left, right string) {
	if len(left) < 2 || len(right) < 2 {
		return
	}
	s.set(seam(left, right, 2))
	if len(left) > 2 && len(right) > 2 {
		s.set(seam(left, right, 3))
	}
}

// may is false if no word that ends with left is followed by one that starts with
// right.
func (s seams) may(left, right string) bool {
	n := min(len(left), len(right), 3)
	return n < 2 || s.has(seam(left, right, n))
}

// addAll notes the word boundaries of a title.
func (s seams) addAll(text string) {
	last := ""
	for i := 0; ; {
		from, to := nextRun(text, i)
		if from == len(text) {
			return
		}
		if last != "" {
			s.add(last, text[from:to])
		}
		last = text[from:to]
		i = to
	}
}
