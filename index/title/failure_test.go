package title

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func found(t *testing.T, v *View, keyword string) int {
	f, _, err := v.Search(context.Background(), keyword)
	require.NoError(t, err)
	return f.N
}

func TestTitlesThatCannotBeIndexedAreStillFound(t *testing.T) {
	for name, fault := range map[string]func() (*segment, error){
		"error": func() (*segment, error) { return nil, errors.New("out of luck") },
		"panic": func() (*segment, error) { panic("out of luck") },
	} {
		t.Run(name, func(t *testing.T) {
			var broken atomic.Bool
			x, err := New(&Options{SealTitles: 2, SealAfter: time.Nanosecond, FanOut: 2})
			require.NoError(t, err)
			defer x.Close()
			x.buildSegment = func(list []titleOf, giantBytes int, pace func() bool) (*segment, error) {
				if broken.Load() {
					return fault()
				}
				return buildSegment(list, giantBytes, pace)
			}
			put := func(from, to int) {
				for i := from; i < to; i++ {
					x.Apply([]Change{{uint32(i), fmt.Sprint("title ", i)}})
				}
				require.NoError(t, x.Wait(t.Context()))
			}
			put(0, 2)
			require.Equal(t, 1, x.Stats().Segments)
			broken.Store(true)
			put(2, 4)
			s := x.Stats()
			assert.Equal(t, uint64(1), s.Failures)
			assert.ErrorContains(t, s.LastError, "out of luck")
			assert.Equal(t, 2, s.Buffered)
			assert.Equal(t, 4, found(t, x.View(), "title"))

			// The next ones are sealed again, and what failed is left alone.
			broken.Store(false)
			put(4, 6)
			assert.Equal(t, uint64(1), x.Stats().Failures)
			assert.Equal(t, 2, x.Stats().Buffered)
			assert.Equal(t, 6, found(t, x.View(), "itle"))
			x.Apply([]Change{{2, ""}, {3, "renamed"}})
			assert.Equal(t, 4, found(t, x.View(), "title"))
		})
	}
}

func TestASegmentThatCannotBeMergedStays(t *testing.T) {
	x, err := New(&Options{SealTitles: 1, SealAfter: time.Nanosecond, FanOut: 2})
	require.NoError(t, err)
	defer x.Close()
	x.buildSegment = func(list []titleOf, giantBytes int, pace func() bool) (*segment, error) {
		if len(list) > 1 {
			return nil, errors.New("too many")
		}
		return buildSegment(list, giantBytes, pace)
	}
	for i := range 4 {
		x.Apply([]Change{{uint32(i), fmt.Sprint("title ", i)}})
		require.NoError(t, x.Wait(t.Context()))
	}
	assert.Equal(t, 4, x.Stats().Segments)
	assert.NotZero(t, x.Stats().Failures)
	assert.Equal(t, 4, found(t, x.View(), "title"))
}

func TestClosingDoesNotWaitForAWholeBuild(t *testing.T) {
	x, err := New(&Options{SealTitles: 1, SealAfter: time.Nanosecond})
	require.NoError(t, err)
	started := make(chan struct{})
	x.buildSegment = func(list []titleOf, giantBytes int, pace func() bool) (*segment, error) {
		close(started)
		for pace() { // a build without end
		}
		return buildSegment(list, giantBytes, pace)
	}
	x.Apply([]Change{{7, "only one"}})
	<-started
	require.NoError(t, x.Close())
	s := x.Stats()
	assert.Zero(t, s.Segments)
	assert.Zero(t, s.Building)
	assert.Zero(t, s.Failures, "being closed is no failure")
	assert.Equal(t, 1, found(t, x.View(), "one"))
}

// A build is given up at every point at which it asks.
func TestABuildCanBeGivenUpAnywhere(t *testing.T) {
	var list []titleOf
	for i := range 500 {
		list = append(list, titleOf{uint32(i), fmt.Sprint("title ", i, " of 昨晚的会议记录很长")})
	}
	for stop := 0; ; stop++ {
		n := 0
		s, err := buildSegment(list, 1000, func() bool { n++; return n <= stop })
		if n <= stop {
			require.NoError(t, err)
			require.NoError(t, s.check())
			require.Greater(t, stop, 20)
			return
		}
		require.ErrorIs(t, err, errAborted)
	}
}

func TestOptionsAreNotChanged(t *testing.T) {
	o := &Options{FanOut: 3}
	_, err := New(o)
	require.NoError(t, err)
	assert.Equal(t, &Options{FanOut: 3}, o)
}
