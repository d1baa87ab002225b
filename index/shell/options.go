package shell

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// Options tunes an Index. The zero value, and a nil *Options, mean the defaults,
// which suit stores from a hundred to ten million titles.
type Options struct {
	// SealTitles is how many fresh titles the buffer may gather before they are
	// worth a segment; default 2048. A search reads every title of the buffer,
	// some 50 ns each.
	SealTitles int
	// SealBytes is the same in bytes of title text; default 1 MiB.
	SealBytes int
	// SealAfter is how long a buffer that is due waits for more titles, so that a
	// load in small batches makes a few large segments and not many small ones;
	// default 2 s. A buffer that has grown to a full segment never waits.
	SealAfter time.Duration
	// MaxSegment is the most titles of one segment; default 262144, at most 1<<24.
	// A segment is also kept to a quarter of all titles (but allowed 32 times
	// SealTitles), so that rewriting one stays small beside the store.
	MaxSegment int
	// FanOut is how many segments of about one size are merged into one; default
	// 4, at least 2.
	FanOut int
	// GiantBytes is the length above which a builder need not take a text apart: it may
	// be scanned instead. Default 8 KiB. Not all builders have such.
	GiantBytes int
	// CacheBytes bounds the known match sets that are kept; default 16 MiB.
	// Negative: none are.
	CacheBytes int
	// Workers is how many goroutines may build segments at once; default
	// min(GOMAXPROCS, 4). They exist only while there is something to build.
	Workers int
	// Changed is called from the background, with no lock of the Index held,
	// whenever sealing or merging has made a better form of the current version:
	// the owner then takes View and publishes it. Close waits for a call under
	// way, so an owner must not hold, while it closes, a lock that Changed needs.
	// May be nil.
	Changed func()
}

// Titles are counted in 24 bits per segment; a term reference needs the other bits for
// its marks.
const maxSegmentTitles = 1 << 24

func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	var faults []error
	fill := func(name string, v *int, def, least, most int) {
		if *v == 0 {
			*v = def
		}
		if *v < least || *v > most {
			faults = append(faults, fmt.Errorf("%s is %d, want 0 (the default) or %d to %d", name, *v, least, most))
		}
	}
	const large = 1 << 30
	fill("SealTitles", &c.SealTitles, 2048, 1, maxSegmentTitles)
	fill("SealBytes", &c.SealBytes, 1<<20, 1, large)
	fill("MaxSegment", &c.MaxSegment, 1<<18, 1, maxSegmentTitles)
	fill("FanOut", &c.FanOut, 4, 2, 1024)
	fill("GiantBytes", &c.GiantBytes, 8<<10, 1, large)
	fill("Workers", &c.Workers, min(runtime.GOMAXPROCS(0), 4), 1, 1024)
	if c.CacheBytes == 0 {
		c.CacheBytes = 16 << 20
	}
	if c.SealAfter == 0 {
		c.SealAfter = 2 * time.Second
	}
	if c.SealAfter < 0 {
		faults = append(faults, fmt.Errorf("SealAfter is %v, want 0 (the default) or more", c.SealAfter))
	}
	if len(faults) > 0 {
		return Options{}, fmt.Errorf("index options: %w", errors.Join(faults...))
	}
	return c, nil
}
