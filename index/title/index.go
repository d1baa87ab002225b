package title

import (
	"strings"

	"github.com/sessiondex/sessiondex/index/shell"
)

// Index is the writer's side of the title index. Apply is for one writer at a time; all
// else may be called from anywhere.
type Index struct{ *shell.Index[*segment] }

// View is the titles of one version. It is immutable: it can be read for as long as it
// is held, from any goroutine, and keeps nobody waiting. There may be several Views of
// one version, which differ in how much is sealed, and not in what they find.
type View struct{ *shell.View[*segment] }

type (
	// Options tunes an Index; see package shell.
	Options = shell.Options
	// Change sets the folded title of an ordinal, or removes it with "".
	Change = shell.Change
	// Stats tells the state of an Index.
	Stats = shell.Stats
	// SearchStats says how a search was answered.
	SearchStats = shell.SearchStats
)

// New makes an empty index. It reports every fault of the options at once.
func New(o *Options) (*Index, error) {
	x, err := shell.New(o, buildSegment, matches)
	if err != nil {
		return nil, err
	}
	return &Index{x}, nil
}

func matches(keyword, title string) bool { return strings.Contains(title, keyword) }

// Apply takes in one write and returns its View; see [shell.Index.Apply].
func (x *Index) Apply(changes []Change) View { return View{x.Index.Apply(changes)} }

// View returns the current version: the titles of the last Apply, in the best form
// that there is. It never waits.
func (x *Index) View() View { return View{x.Index.View()} }
