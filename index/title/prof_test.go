package title

import "testing"

func BenchmarkProf(b *testing.B) {
	ts := corpusTitles(b, *countFlag)
	x, _ := New(&Options{CacheBytes: -1})
	defer x.Close()
	ch := make([]Change, 0, len(ts))
	for i, s := range ts {
		ch = append(ch, Change{uint32(i), s})
	}
	x.Apply(ch)
	x.Wait(b.Context())
	for _, kw := range []string{"an", "ing", "auto", "for python", "in the"} {
		b.Run(kw, func(b *testing.B) {
			v := x.View()
			for b.Loop() {
				v.Search(b.Context(), kw)
			}
		})
	}
}
