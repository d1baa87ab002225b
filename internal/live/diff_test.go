package live

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index"
)

// packedRow is a row of the window with an id and a content.
func packedRow(t testing.TB, id, content int) index.Packed {
	w := index.NewWriter(nil, nil)
	v := w.Put([]index.Entry{{ID: fmt.Sprint(id), Title: fmt.Sprint(content)}})
	p := v.FindPacked(fmt.Sprint(id))
	require.True(t, p.Used())
	return p
}

// replayed applies edits as a client would.
func replayed(old, now []index.Packed, edits []Edit) []index.Packed {
	list := slices.Clone(old)
	for _, e := range edits {
		switch e.Kind {
		case Left:
			list = slices.Delete(list, e.OldRank, e.OldRank+1)
		case Entered:
			list = slices.Insert(list, e.NewRank, now[e.Row])
		case Moved:
			list = slices.Insert(slices.Delete(list, e.OldRank, e.OldRank+1), e.NewRank, now[e.Row])
		case Changed:
			list[e.NewRank] = now[e.Row]
		}
	}
	return list
}

func show(rows []index.Packed) (out []string) {
	for i := range rows {
		e := rows[i].Entry()
		out = append(out, e.ID+"="+e.Title)
	}
	return out
}

func TestDiffLeadsFromOneWindowToTheOther(t *testing.T) {
	rows := make([][3]index.Packed, 12)
	for id := range rows {
		for content := range rows[id] {
			rows[id][content] = packedRow(t, id, content)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	window := func() (out []index.Packed) {
		for _, id := range r.Perm(len(rows))[:r.IntN(len(rows)+1)] {
			out = append(out, rows[id][r.IntN(len(rows[id]))])
		}
		return out
	}
	for range 20_000 {
		old := window()
		now := window()
		if r.IntN(2) == 0 { // a few small changes
			now = slices.Clone(old)
			for range r.IntN(3) {
				if len(now) > 0 {
					from := r.IntN(len(now))
					row := now[from]
					now = slices.Delete(now, from, from+1)
					now = slices.Insert(now, r.IntN(len(now)+1), row)
				}
			}
		}
		edits := diff(old, now)
		require.Equal(t, show(now), show(replayed(old, now, edits)), "%v to %v: %v", show(old), show(now), edits)

		// Every edit is true, and there are no more moves than needed.
		was := map[string]int{}
		for i := range old {
			was[old[i].ID()] = i
		}
		entered, changed := 0, 0
		var kept []int
		for i := range now {
			switch at, ok := was[now[i].ID()]; {
			case !ok:
				entered++
			default:
				kept = append(kept, at)
				if !old[at].Same(&now[i]) {
					changed++
				}
			}
		}
		count := map[Kind]int{}
		for _, e := range edits {
			count[e.Kind]++
		}
		require.Equal(t, entered, count[Entered])
		require.Equal(t, len(old)-len(kept), count[Left])
		require.LessOrEqual(t, count[Moved], len(kept)-longest(kept))
		require.LessOrEqual(t, count[Changed], changed)
		require.GreaterOrEqual(t, count[Changed]+count[Moved], changed)
	}
}

// longest is the length of the longest ascending subsequence, the slow way.
func longest(numbers []int) int {
	most := 0
	ends := make([]int, len(numbers))
	for i := range numbers {
		ends[i] = 1
		for k := range i {
			if numbers[k] < numbers[i] {
				ends[i] = max(ends[i], ends[k]+1)
			}
		}
		most = max(most, ends[i])
	}
	return most
}

func TestOneRowThatGoesToTheTopIsOneMove(t *testing.T) {
	var old []index.Packed
	for id := range 6 {
		old = append(old, packedRow(t, id, 0))
	}
	updated := packedRow(t, 4, 1)
	now := append([]index.Packed{updated}, old[0], old[1], old[2], old[3], old[5])
	require.Equal(t, []Edit{{Moved, 0, 4, 0}}, diff(old, now))
	require.Equal(t, []Edit{{Moved, 4, 0, 4}}, diff(now, old))
	require.Equal(t, []Edit{{Left, 5, 5, -1}, {Entered, 0, -1, 0}}, diff(old, append([]index.Packed{packedRow(t, 9, 0)}, old[:5]...)))
	require.Equal(t, []Edit{{Changed, 4, 4, 4}}, diff(old, []index.Packed{old[0], old[1], old[2], old[3], updated, old[5]}))
	require.Empty(t, diff(old, slices.Clone(old)))

	swapped := []index.Packed{packedRow(t, 1, 1), old[0]}
	require.Equal(t, []Edit{{Moved, 0, 1, 0}}, diff(old[:2], swapped), "the changed one moved")
	swapped = []index.Packed{old[1], packedRow(t, 0, 1)}
	require.Equal(t, []Edit{{Moved, 1, 0, 1}}, diff(old[:2], swapped))
}

func BenchmarkDiff(b *testing.B) {
	var old []index.Packed
	for id := range 50 {
		old = append(old, packedRow(b, id, 0))
	}
	b.Run("one to the top", func(b *testing.B) {
		now := append([]index.Packed{packedRow(b, 30, 1)}, slices.Delete(slices.Clone(old), 30, 31)...)
		b.ReportAllocs()
		for b.Loop() {
			diff(old, now)
		}
	})
	b.Run("all reversed", func(b *testing.B) {
		now := slices.Clone(old)
		slices.Reverse(now)
		b.ReportAllocs()
		for b.Loop() {
			diff(old, now)
		}
	})
}
