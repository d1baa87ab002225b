package shell

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

func found(t *testing.T, v *View[*plain], keyword string) int {
	f, _, err := search(context.Background(), v, keyword)
	require.NoError(t, err)
	return f.N
}

func TestTitlesThatCannotBeIndexedAreStillFound(t *testing.T) {
	for name, fault := range map[string]func() (*plain, error){
		"error": func() (*plain, error) { return nil, errors.New("out of luck") },
		"panic": func() (*plain, error) { panic("out of luck") },
	} {
		t.Run(name, func(t *testing.T) {
			var broken atomic.Bool
			x := newPlain(t, &Options{SealTitles: 2, SealAfter: time.Nanosecond, FanOut: 2})
			x.build = func(list []Text, o *Options, pace func() bool) (*plain, error) {
				if broken.Load() {
					return fault()
				}
				return buildPlain(list, o, pace)
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

			// Later titles are sealed again, and those that failed stay in the buffer.
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
	x := newPlain(t, &Options{SealTitles: 1, SealAfter: time.Nanosecond, FanOut: 2})
	x.build = func(list []Text, o *Options, pace func() bool) (*plain, error) {
		if len(list) > 1 {
			return nil, errors.New("too many")
		}
		return buildPlain(list, o, pace)
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
	x := newPlain(t, &Options{SealTitles: 1, SealAfter: time.Nanosecond})
	started := make(chan struct{})
	x.build = func(list []Text, o *Options, pace func() bool) (*plain, error) {
		close(started)
		for pace() { // a build without end
		}
		return buildPlain(list, o, pace)
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

func TestOptionsAreNotChanged(t *testing.T) {
	o := &Options{FanOut: 3}
	newPlain(t, o)
	assert.Equal(t, &Options{FanOut: 3}, o)
}
