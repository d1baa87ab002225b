package corpus

import "fmt"

// Preset chooses the mixture of top-level sessions, sub-sessions and task runs.
type Preset string

// The presets. An empty one means Default.
const (
	// Default hides about 23 % of the sessions from the default listing: 8 %
	// sub-sessions and 15 % task runs.
	Default Preset = "default"
	// Hidden hides over 90 %: 81 % task runs and 12 % sub-sessions, as in the store
	// of a heavily automated user.
	Hidden Preset = "hidden"
)

// Default sizes and limits of Options.
const (
	DefaultApps       = 5000
	DefaultWorkspaces = 200
	DefaultAssets     = 300

	// MaxN and MaxValues bound N, and Apps, Workspaces and Assets.
	MaxN      = 1_000_000_000
	MaxValues = 1 << 20
)

// Options says what to generate. A zero field means its default.
type Options struct {
	// N is the number of sessions, 0 to MaxN. 0 is an empty corpus.
	N int
	// Seed chooses among similar corpora. Every value, including 0, is a seed.
	Seed uint64
	// Preset is Default or Hidden.
	Preset Preset
	// Apps, Workspaces and Assets are the numbers of applications, workspaces and
	// workflow assets to draw from, up to MaxValues each. Not all of them occur in a
	// small corpus.
	Apps, Workspaces, Assets int
	// OmitExtra leaves Extra empty. Otherwise every session has the two members that
	// the public API requires, and half of them the others too, some 400 bytes each.
	// Nothing else depends on it.
	OmitExtra bool
}

// Validate returns an error that names the first faulty field and its value.
func (o Options) Validate() error {
	if o.N < 0 || o.N > MaxN {
		return fmt.Errorf("corpus: N must be from 0 to %d, got %d", MaxN, o.N)
	}
	switch o.Preset {
	case "", Default, Hidden:
	default:
		return fmt.Errorf("corpus: Preset must be %q or %q, got %q", Default, Hidden, string(o.Preset))
	}
	for _, size := range [...]struct {
		field string
		value int
	}{{"Apps", o.Apps}, {"Workspaces", o.Workspaces}, {"Assets", o.Assets}} {
		if size.value < 0 || size.value > MaxValues {
			return fmt.Errorf("corpus: %s must be from 1 to %d, or 0 for the default, got %d", size.field, MaxValues, size.value)
		}
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.Preset == "" {
		o.Preset = Default
	}
	if o.Apps == 0 {
		o.Apps = DefaultApps
	}
	if o.Workspaces == 0 {
		o.Workspaces = DefaultWorkspaces
	}
	if o.Assets == 0 {
		o.Assets = DefaultAssets
	}
	return o
}
