// Package set holds sets of ordinals: the persistent sets that an index keeps per value
// (Set), and the temporary sets that a query computes (Found, and the chunk-wise
// evaluation that makes them).
//
// An ordinal is the dense number of a session inside one engine. Sets are cut
// into chunks of ChunkBits ordinals, so that an update copies little and a
// query works in the first-level cache.
package set

// Ordinals are handled in chunks of this many.
const (
	ChunkBits  = 4096
	ChunkLimbs = ChunkBits / 64
)

type limbs = [ChunkLimbs]uint64
