// Package testrand seeds random tests.
package testrand

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// New returns a source of randomness that is new in every run. Its seed is
// printed if the test fails, and SESSIONDEX_SEED sets it.
func New(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SESSIONDEX_SEED"); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err, "SESSIONDEX_SEED")
	}
	t.Logf("SESSIONDEX_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
