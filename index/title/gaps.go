package title

// gaps is a digest of a title's word boundaries, 64 bits a title: for each two
// neighbouring words a bit for the last byte of one and the first of the other,
// and a bit for the last two and the first two. A title can contain a phrase only
// if the phrase's bits are all set in it, which spares the reading of most titles
// that have the words of the phrase, but not side by side: of 91,500 titles with
// "for" and "python", 25,700 are left, and 19,900 of those match.
type gaps uint64

func gapBit(a, b, c, d byte) gaps {
	h := (uint32(a) | uint32(b)<<8 | uint32(c)<<16 | uint32(d)<<24) * 0x9e3779b1
	return 1 << (h >> 26)
}

// between returns the bits for two neighbouring words. Of the left one the start
// may be missing, of the right one the end: the bits are then some of those of the
// whole words.
func between(left, right string) gaps {
	l, r := left[len(left)-1], right[0]
	g := gapBit(0, l, r, 0)
	if len(left) > 1 && len(right) > 1 {
		g |= gapBit(left[len(left)-2], l, r, right[1])
	}
	return g
}
