package sessiondex

import (
	"testing"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/query"
)

// ForceMethod makes every page in one way wherever it is possible.
func (o *Options) ForceMethod(m query.Method) { o.forceMethod = m }

// View is what a snapshot holds on to.
func (s *Snapshot) View() *index.View { return s.view }

// SetWaitsForItself sets for a test how long a writer waits before it looks whether it
// waits for itself.
func SetWaitsForItself(t testing.TB, d time.Duration) {
	before := waitsForItself
	waitsForItself = d
	t.Cleanup(func() { waitsForItself = before })
}
