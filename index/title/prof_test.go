package title

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMin(t *testing.T) {
	ts := corpusTitles(t, *countFlag)
	x, _ := New(&Options{CacheBytes: -1})
	defer x.Close()
	ch := make([]Change, 0, len(ts))
	for i, s := range ts {
		ch = append(ch, Change{uint32(i), s})
	}
	x.Apply(ch)
	x.Wait(t.Context())
	v := x.View()
	kws := strings.Split("an,ing,auto,voice,for python,in the,of the,voice assistant", ",")
	if e := os.Getenv("KW"); e != "" {
		kws = strings.Split(e, ",")
	}
	for _, kw := range kws {
		best := time.Hour
		manyTerms=512
		var st SearchStats
		for i := range 240 {
			if i == 120 { fmt.Println(best); best = time.Hour; manyTerms = 1<<30 }
			t0 := time.Now()
			_, st, _ = v.Search(t.Context(), kw)
			best = min(best, time.Since(t0))
		}
		fmt.Printf("%-16s %10v %+v\n", kw, best, st)
	}
}
