package title

import (
	"os"
	"runtime/pprof"
	"testing"
)

func TestProf2(t *testing.T) {
	ts := corpusTitles(t, *countFlag)
	x, _ := New(&Options{CacheBytes: -1})
	defer x.Close()
	ch := make([]Change, 0, len(ts))
	for i, s := range ts {
		ch = append(ch, Change{uint32(i), s})
	}
	x.Apply(ch)
	x.Wait(t.Context())
	f, _ := os.Create("/tmp/tt/cpu2.out")
	pprof.StartCPUProfile(f)
	v := x.View()
	for range 400 {
		v.Search(t.Context(), os.Getenv("KW"))
	}
	pprof.StopCPUProfile()
}
