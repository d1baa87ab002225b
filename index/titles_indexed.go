package index

import (
	"context"

	"github.com/sessiondex/sessiondex/index/set"
	"github.com/sessiondex/sessiondex/index/title"
)

// IndexedTitles answers keyword searches from package title. Close it when the
// writer is no longer used.
type IndexedTitles struct{ x *title.Index }

// NewIndexedTitles returns an empty title index. After each call of o.Changed the
// caller must call Writer.Refresh.
func NewIndexedTitles(o *title.Options) (*IndexedTitles, error) {
	x, err := title.New(o)
	if err != nil {
		return nil, err
	}
	return &IndexedTitles{x}, nil
}

// Apply implements TitleIndex. A write that changes no title costs nothing.
func (t *IndexedTitles) Apply(changes []TitleChange) Titles {
	if len(changes) == 0 {
		return t.Titles()
	}
	return titleView{t.x.Apply(changes)}
}

// Titles implements TitleIndex.
func (t *IndexedTitles) Titles() Titles { return titleView{t.x.View()} }

// Wait returns when there is nothing left to do in the background.
func (t *IndexedTitles) Wait(ctx context.Context) error { return t.x.Wait(ctx) }

// Stats describes the index as of now.
func (t *IndexedTitles) Stats() title.Stats { return t.x.Stats() }

// Close ends the work in the background. Views stay readable.
func (t *IndexedTitles) Close() error { return t.x.Close() }

// titleView is the titles of one version. It has the form of a pointer, so converting
// it to Titles does not allocate.
type titleView struct{ title.View }

func (t titleView) Search(ctx context.Context, _ *View, keyword string) (set.Found, TitleStats, error) {
	return t.View.Search(ctx, keyword)
}

func (t titleView) Check(v *View) error {
	return t.Verify(func(ord uint32) string {
		if s := v.slots.get(ord); s != nil && s.used() {
			return s.folded()
		}
		return ""
	}, v.Limit())
}
