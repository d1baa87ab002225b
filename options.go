package sessiondex

import (
	"errors"
	"fmt"

	"github.com/sessiondex/sessiondex/query"
)

// Options configure an engine. A zero field means its default, and a nil *Options
// all defaults. An engine copies them.
type Options struct {
	// MaxTitleBytes is the length of the longest title that is accepted, in bytes
	// of UTF-8. Default DefaultMaxTitleBytes, 1 MiB.
	MaxTitleBytes int

	// ScanTitles does without a title index: keyword searches read every title,
	// some 40 ms per million, in return for memory. The answers are the same.
	ScanTitles bool

	// forceMethod makes every page in one way wherever it is possible, for tests.
	forceMethod query.Method
}

// withDefaults returns a copy with the defaults filled in, or every fault.
func (o *Options) withDefaults() (Options, error) {
	var out Options
	if o != nil {
		out = *o
	}
	var faults []error
	if out.MaxTitleBytes < 0 {
		faults = append(faults, fmt.Errorf("MaxTitleBytes: must not be negative, got %d", out.MaxTitleBytes))
	}
	if out.MaxTitleBytes == 0 {
		out.MaxTitleBytes = DefaultMaxTitleBytes
	}
	if len(faults) > 0 {
		return out, fmt.Errorf("sessiondex: invalid options: %w", errors.Join(faults...))
	}
	return out, nil
}
