package shell

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex/index/set"
)

// plain is a segment that knows nothing but its texts.
type plain struct{ *Docs }

func (plain) Bytes() int   { return 1 }
func (plain) Check() error { return nil }

func always() bool { return true }

func buildPlain(list []Text, _ *Options, pace func() bool) (*plain, error) {
	for range list {
		if !pace() {
			return nil, ErrAborted
		}
	}
	return &plain{NewDocs(list)}, nil
}

func contains(key, text string) bool { return strings.Contains(text, key) }

func newPlain(t testing.TB, o *Options) *Index[*plain] {
	x, err := New(o, buildPlain, contains)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	return x
}

// search finds the texts that contain a string, by scanning all of them.
func search(_ context.Context, v *View[*plain], keyword string) (set.Found, SearchStats, error) {
	if found, stats, ok := v.Known(keyword); ok {
		return found, stats, nil
	}
	g := Gather{Limit: v.Limit()}
	var stats SearchStats
	scan := func(ord uint32, text string) {
		stats.Scanned++
		if strings.Contains(text, keyword) {
			g.Add(ord)
		}
	}
	for _, s := range v.Segments() {
		s.Each(always, scan)
	}
	v.EachBuffered(always, scan)
	found := g.Finish()
	v.Remember(keyword, found, stats)
	return found, stats, nil
}
