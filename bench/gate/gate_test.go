package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

var usual = limits{batches: 3, rounds: 4, slower: 15, allocations: 0.5}

// machine pretends to run two builds that take some time and allocate something, and counts
// the runs.
type machine struct {
	times, allocations [2]float64
	noise              func(run int, s side) float64 // what a median is multiplied by
	runs               int
}

func (m *machine) run(s side) (results, error) {
	m.runs++
	factor := 1.0
	if m.noise != nil {
		factor = m.noise(m.runs, s)
	}
	return results{"list": {m.times[s] * factor, m.allocations[s]}, "steady": {100, 3}}, nil
}

func TestOneBatchIsEnoughIfNothingIsSlow(t *testing.T) {
	m := &machine{times: [2]float64{1000, 1100}}
	require.NoError(t, usual.gate(&bytes.Buffer{}, m.run))
	require.Equal(t, 8, m.runs)
}

func TestASlowdownFailsAfterThreeBatches(t *testing.T) {
	m := &machine{times: [2]float64{1000, 1200}}
	err := usual.gate(&bytes.Buffer{}, m.run)
	require.EqualError(t, err, "list: slower by more than 15 % in 3 batches")
	require.Equal(t, 24, m.runs)
}

func TestASlowdownThatDoesNotShowAgainPasses(t *testing.T) {
	m := &machine{times: [2]float64{1000, 1000}, noise: func(run int, s side) float64 {
		if run <= 8 && s == newer { // the whole of the first batch
			return 2
		}
		return 1
	}}
	require.NoError(t, usual.gate(&bytes.Buffer{}, m.run))
	require.Equal(t, 16, m.runs)
}

// Other load makes most runs slower; a gate that fails for that would soon be switched off.
func TestNoiseDoesNotFailTheGate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(int, side) float64 { return 1 + r.ExpFloat64()/5 } // 20 % in the mean, now and then twofold
	failed, missed := 0, 0
	for range 1000 {
		if usual.gate(&bytes.Buffer{}, (&machine{times: [2]float64{1000, 1000}, noise: noise}).run) != nil {
			failed++
		}
		if usual.gate(&bytes.Buffer{}, (&machine{times: [2]float64{1000, 1500}, noise: noise}).run) == nil {
			missed++
		}
	}
	require.LessOrEqual(t, failed, 2, "of 1,000 comparisons of equal builds")
	require.LessOrEqual(t, missed, 20, "of 1,000 comparisons with a build that is half as slow again")
}

func TestMoreAllocationsFailAtOnce(t *testing.T) {
	m := &machine{times: [2]float64{1000, 900}, allocations: [2]float64{5, 6}}
	require.EqualError(t, usual.gate(&bytes.Buffer{}, m.run), "list: 6.0 allocations per call, 5.0 before")
	require.Equal(t, 8, m.runs)
	m.allocations = [2]float64{6, 5}
	require.NoError(t, usual.gate(&bytes.Buffer{}, m.run))
}

func TestABenchmarkThatIsGoneFails(t *testing.T) {
	err := usual.gate(&bytes.Buffer{}, func(s side) (results, error) {
		if s == older {
			return results{"list": {1, 1}, "update": {1, 1}}, nil
		}
		return results{"list": {1, 1}, "new": {1, 1}}, nil
	})
	require.EqualError(t, err, "update: the newer side does not have it")
}

func TestAnOlderSideWithoutBenchmarksFails(t *testing.T) {
	err := usual.gate(&bytes.Buffer{}, func(side) (results, error) { return results{}, nil })
	require.EqualError(t, err, "the older side has no BenchmarkGate")
}

func TestTheOutputOfBenchmarksIsParsed(t *testing.T) {
	got, err := parse("goos: linux\nBenchmarkGate/filtered-deep-2         \t   50000\t      4510 ns/op\t         5.250 allocs/call\t      4210 median-ns\nBenchmarkOther-2 1 2 ns/op\nPASS\n")
	require.NoError(t, err)
	require.Equal(t, results{"filtered-deep": {4210, 5.25}}, got)
	for _, line := range []string{"BenchmarkGate/x-2 1 5 ns/op", "BenchmarkGate/x-2 1 5 ns/op y median-ns", "BenchmarkGate/x-2 1 0 median-ns 1 allocs/call"} {
		_, err := parse(line)
		require.ErrorContains(t, err, fmt.Sprintf("%q", line))
	}
}
