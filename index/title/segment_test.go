package title

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/shell"
)

// segmentOf builds a segment of titles at some ordinals, each with words of its own,
// shared words, a long run and now and then a giant.
func segmentOf(t *testing.T, ords []uint32) *segment {
	var list []shell.Text
	for _, o := range ords {
		text := fmt.Sprintf("title n%d of client c%d 昨晚的会议记录很长", o, o%7)
		if o%50 == 0 {
			text += strings.Repeat(" giant", 40)
		}
		list = append(list, shell.Text{Ord: o, Text: text})
	}
	s, err := buildSegment(list, &Options{GiantBytes: 200}, always)
	require.NoError(t, err)
	require.NoError(t, s.Check())
	return s
}

// every returns n ordinals, the first one and every step-th from there.
func every(step, first uint32, n int) (ords []uint32) {
	for i := range uint32(n) {
		ords = append(ords, first+i*step)
	}
	return ords
}

func TestASegmentOfCloseOrdinalsListsNone(t *testing.T) {
	for name, c := range map[string]struct {
		ords   []uint32
		places int // docs, holes included; 0: the segment lists its ordinals
	}{
		"all of them":           {every(1, 128, 500), 500},
		"from within a limb":    {every(1, 100, 500), 536},
		"every other one":       {every(2, 64, 500), 999},
		"just enough":           {every(2, 65, 500), 1000},
		"hardly too few":        {every(2, 66, 500), 0},
		"every third one":       {every(3, 64, 500), 0},
		"one alone":             {[]uint32{64}, 1},
		"one, far into a limb":  {[]uint32{70}, 0},
		"the last that can be":  {every(1, 1<<32-500, 500), 512},
		"from end to end":       {[]uint32{0, 1<<32 - 1}, 0},
		"two ends close enough": {append(every(1, 0, 100), every(1, 150, 100)...), 250},
	} {
		t.Run(name, func(t *testing.T) {
			s := segmentOf(t, c.ords)
			assert.Equal(t, len(c.ords), s.Len())
			assert.Equal(t, c.places > 0, s.Ords == nil)
			if c.places > 0 {
				assert.Equal(t, c.places, s.Limit())
				assert.Zero(t, s.Base%64)
			} else {
				assert.Equal(t, len(c.ords), s.Limit())
			}
			var got []uint32
			for doc, title := range s.Texts {
				if title != "" {
					ord := s.Ord(uint32(doc))
					assert.Contains(t, title, fmt.Sprintf("n%d ", ord))
					got = append(got, ord)
				}
			}
			assert.Equal(t, c.ords, got)
		})
	}
}

func TestTheCheckOfASegmentNoticesDamage(t *testing.T) {
	for name, damage := range map[string]func(s *segment){
		"a hole has a title":     func(s *segment) { s.Texts[1] = "new" },
		"a title has gone":       func(s *segment) { s.Texts[2] = "" },
		"the titles miscounted":  func(s *segment) { s.N++ },
		"base within a limb":     func(s *segment) { s.Base++ },
		"a hole has a letter":    func(s *segment) { s.runes['t'][0] |= 2 },
		"a letter has gone":      func(s *segment) { s.runes['t'][0] &^= 1 },
		"a hole has boundaries":  func(s *segment) { s.boundaries.add(1, 1) },
		"a boundary has gone":    func(s *segment) { clear(s.boundaries.rows) },
		"a hole has a long run":  func(s *segment) { s.long[0] |= 2 },
		"the longest is longer":  func(s *segment) { s.longest-- },
		"a term has moved":       func(s *segment) { s.posts.refs[s.dict.equal("n64").lo] = 1 },
		"an ordinal out of line": func(s *segment) { s.Ords = make([]uint32, len(s.Texts)) },
	} {
		s := segmentOf(t, every(2, 64, 200))
		damage(s)
		assert.Error(t, cmp.Or(s.Docs.Check(), s.Check()), name)
	}
}

// At every call of pace.
func TestABuildCanBeAbortedAnywhere(t *testing.T) {
	var list []shell.Text
	for i := range 500 {
		list = append(list, shell.Text{Ord: uint32(i), Text: fmt.Sprint("title ", i, " of 昨晚的会议记录很长")})
	}
	for stop := 0; ; stop++ {
		n := 0
		s, err := buildSegment(list, &Options{GiantBytes: 1000}, func() bool { n++; return n <= stop })
		if n <= stop {
			require.NoError(t, err)
			require.NoError(t, s.Check())
			require.Greater(t, stop, 20)
			return
		}
		require.ErrorIs(t, err, shell.ErrAborted)
	}
}
