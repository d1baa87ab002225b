// Package set holds sets of ordinals: the persistent sets that an index keeps per value
// (Set), and the temporary sets that a query computes (Found, and the chunk-wise
// evaluation that makes them).
//
// An ordinal is the dense number of a session within a version. Sets are cut into chunks
// of ChunkBits ordinals, so that an update copies little and a query works in the
// first-level cache.
package set

// The size of a chunk, in ordinals and in limbs.
const (
	ChunkBits  = 4096
	ChunkLimbs = ChunkBits / 64
)

type limbs = [ChunkLimbs]uint64
