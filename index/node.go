package index

import "github.com/sessiondex/sessiondex/index/set"

// node is what the nodes of persistent trees have in common: the epoch of the write
// that made them, and may still change them.
type node struct{ epoch set.Epoch }

func (n *node) made() *set.Epoch { return &n.epoch }

type nodeOf[T any] interface {
	*T
	made() *set.Epoch
}

// own returns the node at a place, itself the write's own, for writing within epoch e:
// one that is not there is made, and one that is shared with other versions copied.
func own[T any, P nodeOf[T]](e set.Epoch, at *P) P {
	n := *at
	switch {
	case n == nil:
		n = new(T)
	case *n.made() != e:
		c := *n
		n = &c
	default:
		return n
	}
	*n.made() = e
	*at = n
	return n
}

// ownRoot is own for the root of a tree, a slice of the write's own that grows as needed.
func ownRoot[T any, P nodeOf[T]](e set.Epoch, root *[]P, i int) P {
	for i >= len(*root) {
		*root = append(*root, nil)
	}
	return own(e, &(*root)[i])
}
