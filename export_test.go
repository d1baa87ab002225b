package sessiondex

import (
	"context"
	"testing"
	"time"

	"github.com/sessiondex/sessiondex/index"
	"github.com/sessiondex/sessiondex/internal/turn"
	"github.com/sessiondex/sessiondex/query"
)

// ForceMethod makes every page by one method wherever possible.
func (o *Options) ForceMethod(m query.Method) { o.forceMethod = m }

// View returns the view of a snapshot.
func (s *Snapshot) View() *index.View { return s.view }

// SetWaitsForItself sets how long a writer waits before it checks whether it waits for
// itself.
func SetWaitsForItself(t testing.TB, d time.Duration) {
	before := turn.Patience
	turn.Patience = d
	t.Cleanup(func() { turn.Patience = before })
}

// OpenOn returns an engine on an open, empty file.
func OpenOn(f file) (*Engine, error) { return OpenOnWith(f, Options{}) }

// OpenOnWith is OpenOn with options.
func OpenOnWith(f file, o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return newEngine(o, f)
}

// ExtrasInMemory returns how many Extras an engine with MembersInFile holds in memory.
func ExtrasInMemory(e *Engine) int {
	e.shared.members.mu.Lock()
	defer e.shared.members.mu.Unlock()
	return len(e.shared.members.held)
}

// ForgetChanges empties the feed of an engine.
func ForgetChanges(e *Engine) { e.feed.reset(e.Version()) }

// WaitWords waits until the indexes of words have nothing left to do, published or not.
func WaitWords(ctx context.Context, e *Engine) error { return e.words.Wait(ctx) }
