package store

import (
	"errors"
	"fmt"
	"time"
)

// SyncMode says how durable a write is when Apply returns; see the package
// documentation for the promises.
type SyncMode uint8

const (
	// SyncAlways forces every transaction to the device before Apply returns.
	SyncAlways SyncMode = iota
	// SyncSystem leaves it to the operating system when to write to the device.
	SyncSystem
)

func (m SyncMode) String() string {
	switch m {
	case SyncAlways:
		return "always"
	case SyncSystem:
		return "system"
	}
	return fmt.Sprintf("SyncMode(%d)", uint8(m))
}

// Options configures Open. A zero field means its default; a nil *Options works.
type Options struct {
	// ReadOnly opens an existing file for Load, Backup and Verify only. Several
	// processes can do so at once, but not while one has it open for writing.
	ReadOnly bool
	// Timeout is how long Open waits for a file that is in use. 0 fails at once.
	Timeout time.Duration
	// Sync says how durable a write is when Apply returns. The default is SyncAlways.
	Sync SyncMode
	// RecordVersion is the version of the caller's codec, kept with each record.
	// Records of a newer version are refused by Load. The default is 1.
	RecordVersion uint8
	// AllowPrevious accepts a file with one damaged header page, from which the last
	// transaction may be missing; without it, Open refuses such a file. The next write
	// repairs the header.
	AllowPrevious bool
}

// resolve fills in the defaults and reports every fault in one error.
func (o *Options) resolve() (Options, error) {
	var r Options
	if o != nil {
		r = *o
	}
	var faults []error
	fault := func(field string, value any, rule string) {
		faults = append(faults, fmt.Errorf("store: %w: Options.%s is %v: %s", ErrInvalid, field, value, rule))
	}
	if r.Timeout < 0 {
		fault("Timeout", r.Timeout, "must not be negative")
	}
	if r.Sync > SyncSystem {
		fault("Sync", r.Sync, "must be SyncAlways or SyncSystem")
	}
	if r.RecordVersion == 0 {
		r.RecordVersion = 1
	}
	return r, errors.Join(faults...)
}
