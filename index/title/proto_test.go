package title

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestProto(t *testing.T) {
	ts := corpusTitles(t, *countFlag)
	h0 := heap()
	x, err := New(&Options{CacheBytes: -1})
	require.NoError(t, err)
	defer x.Close()
	t0 := time.Now()
	ch := make([]Change, 0, 1000)
	for i, s := range ts {
		ch = append(ch, Change{uint32(i), s})
		if len(ch) == 1000 {
			x.Apply(ch)
			ch = ch[:0]
		}
	}
	x.Apply(ch)
	fmt.Println("apply", time.Since(t0))
	require.NoError(t, x.Wait(t.Context()))
	fmt.Println("indexed", time.Since(t0))
	fmt.Printf("%+v\n", x.Stats())
	fmt.Println("heap B/title", float64(heap()-h0)/float64(len(ts)))
	v := x.View()
	for _, s := range v.segs {
		fmt.Printf("docs %d size/title %d: dict %d (text %d sa %d) refs %d short %d bleve %d common %d letters %d\n", s.len(), s.size/s.len(), s.dict.bytes()/s.len(), len(s.dict.text)/s.len(), 4*len(s.dict.sa)/s.len(), 4*len(s.posts.refs)/s.len(), 4*len(s.posts.short)/s.len(), s.posts.bleve.bytes/s.len(), len(s.posts.common), len(s.letters))
	}
	for _, kw := range strings.Split("opcodes,voice,management,asynchronous,auto,with,for,an,e,py,c++,数据,机器学习,for python,voice assistant,ice ass,in the,of the,qqqzzz,xylophonist,a,the,ing,0,z,https://git", ",") {
		best := time.Hour
		tot := time.Duration(0)
		var n int
		var st SearchStats
		const reps = 15
		for range reps {
			t0 := time.Now()
			f, s, err := v.Search(t.Context(), kw)
			d := time.Since(t0)
			require.NoError(t, err)
			best = min(best, d)
			tot += d
			n, st = f.N, s
		}
		fmt.Printf("%-16s %8d  best %10v mean %10v %+v\n", kw, n, best, tot/reps, st)
	}
	t0 = time.Now()
	require.NoError(t, v.Verify(func(o uint32) string { return ts[o] }, len(ts)))
	fmt.Println("verify", time.Since(t0))
}
