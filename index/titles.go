package index

import (
	"context"
	"strings"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/title"
)

// Titles answers keyword searches over the titles of one version.
type Titles interface {
	// Search returns every ordinal whose folded title contains the keyword,
	// which is folded, trimmed and not empty.
	Search(ctx context.Context, v *View, keyword string) (set.Found, TitleStats, error)
	// Check compares the index with the titles of the version.
	Check(v *View) error
}

// TitleIndex is the writer's side of Titles.
type TitleIndex interface {
	// Apply applies a write and returns the titles of the next version. It must not
	// fail, and must not wait for work in the background.
	Apply(changes []TitleChange) Titles
	// Titles returns the titles of the last write, in their newest form.
	Titles() Titles
}

// TitleChange sets the folded title of an ordinal; "" removes it.
type TitleChange = title.Change

// TitleStats says how a search was answered.
type TitleStats = title.SearchStats

// scanTitles reads every title. It needs no memory and no maintenance, and suits small
// stores: some 40 ms per million titles.
type scanTitles struct{}

func (s scanTitles) Apply([]TitleChange) Titles { return s }
func (s scanTitles) Titles() Titles             { return s }

func (scanTitles) Search(ctx context.Context, v *View, keyword string) (set.Found, TitleStats, error) {
	d := set.GetDense(v.Limit())
	defer d.Release()
	const paced = 256 << 10 // bytes between checks of the context
	n, scanned, read := 0, 0, 0
	for ord := range v.limit {
		if ord%1024 == 0 || read >= paced {
			read = 0
			if ctx.Err() != nil {
				return set.Found{}, TitleStats{}, ctx.Err()
			}
		}
		s := v.slots.get(ord)
		if s == nil || s.text == "" {
			continue
		}
		scanned++
		read += len(s.text)
		if strings.Contains(s.folded(), keyword) {
			d.Add(ord)
			n++
		}
	}
	f := set.Found{Limbs: append([]uint64(nil), d.Limbs...), N: n}
	if n <= set.ListLimit(v.Limit()) {
		f = set.Found{List: f.AppendTo(make([]uint32, 0, n)), N: n}
	}
	return f, TitleStats{Scanned: scanned}, nil
}

func (scanTitles) Check(*View) error { return nil }
