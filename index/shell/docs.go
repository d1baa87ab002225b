package shell

import (
	"fmt"
	"sort"
)

// Docs are the texts of a segment, each under its document number, in the order of
// their ordinals. They are immutable.
//
// They have one of two shapes. Where the ordinals lie close together, as after a load,
// a document number is the ordinal less Base, a multiple of 64: a bit array of
// documents is then a stretch of one of ordinals, limb by limb. Numbers whose ordinal
// has no text here hold "". Otherwise the texts are numbered one after another, and
// Ords takes each number for its ordinal.
type Docs struct {
	Texts []string
	Ords  []uint32 // ascending; nil in the first shape
	Base  uint32   // in the first shape
	N     int      // how many numbers have a text
}

// Text is a text and the ordinal that has it.
type Text struct {
	Ord  uint32
	Text string
}

// Docs go by their ordinals if they have at least one text for this many numbers. An
// unused number costs up to 50 bytes, an ordinal 4, and a bit to be moved from a number
// to its ordinal 3 ns.
const numbersPerText = 2

// NewDocs numbers texts, which must be in the order of their ordinals and not none.
func NewDocs(list []Text) *Docs {
	d := &Docs{N: len(list)}
	first, last := list[0].Ord, list[len(list)-1].Ord
	if base := first &^ 63; uint64(last-base) < numbersPerText*uint64(len(list)) {
		d.Base = base
		d.Texts = make([]string, last-base+1)
		for _, t := range list {
			d.Texts[t.Ord-base] = t.Text
		}
		return d
	}
	d.Texts, d.Ords = make([]string, len(list)), make([]uint32, len(list))
	for i, t := range list {
		d.Texts[i], d.Ords[i] = t.Text, t.Ord
	}
	return d
}

// Len returns the number of texts.
func (d *Docs) Len() int { return d.N }

// Limit returns one past the largest document number.
func (d *Docs) Limit() int { return len(d.Texts) }

// Ord returns the ordinal of a document.
func (d *Docs) Ord(doc uint32) uint32 {
	if d.Ords == nil {
		return d.Base + doc
	}
	return d.Ords[doc]
}

// Find returns the document of an ordinal.
func (d *Docs) Find(ord uint32) (doc uint32, ok bool) {
	if d.Ords == nil {
		doc = ord - d.Base
		return doc, ord >= d.Base && uint64(doc) < uint64(len(d.Texts)) && d.Texts[doc] != ""
	}
	if n := len(d.Ords); ord < d.Ords[0] || ord > d.Ords[n-1] {
		return 0, false
	}
	i := sort.Search(len(d.Ords), func(i int) bool { return d.Ords[i] >= ord })
	return uint32(i), d.Ords[i] == ord
}

// Bytes returns the memory of the numbering, without the texts' own.
func (d *Docs) Bytes() int { return 16*cap(d.Texts) + 4*cap(d.Ords) }

// Check compares the shape with its definition.
func (d *Docs) Check() error {
	texts := 0
	for doc, text := range d.Texts {
		if text != "" {
			texts++
		} else if d.Ords != nil {
			return fmt.Errorf("document %d has no text", doc)
		}
	}
	switch {
	case texts != d.N:
		return fmt.Errorf("%d texts, said to be %d", texts, d.N)
	case d.Ords == nil && d.Base%64 != 0:
		return fmt.Errorf("the documents start at ordinal %d, within a limb", d.Base)
	case d.Ords != nil && len(d.Ords) != len(d.Texts):
		return fmt.Errorf("%d texts, and %d ordinals", len(d.Texts), len(d.Ords))
	}
	for i := 1; i < len(d.Ords); i++ {
		if d.Ords[i-1] >= d.Ords[i] {
			return fmt.Errorf("ordinals %d and %d are out of order", i-1, i)
		}
	}
	return nil
}

// Numbering returns d.
func (d *Docs) Numbering() *Docs { return d }
