//go:build linux

package cluster

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// figures measures what a fleet costs on three servers, and what an engine alone does.
func figures(t *testing.T, c *trio, o Options) {
	n := number(t, "SESSIONDEX_FLEET_FIGURES", 1000)
	updates := max(100, n/20)
	o.Stream = "FIGURES"
	ctx := within(t, 10*time.Minute)
	var sessions []sessiondex.Session
	for i := range n {
		s := plain(numbered(i), i)
		require.NoError(t, s.SetMember("preview", string(slices.Repeat([]byte("some text "), 35))))
		sessions = append(sessions, s)
	}
	nc := c.connect(0, 1, 2)
	took := func(what string, f func()) time.Duration {
		begun := time.Now()
		f()
		d := time.Since(begun)
		t.Logf("%s: %v, %.0f sessions/s", what, d.Round(time.Millisecond), float64(n)/d.Seconds())
		return d
	}
	took("import", func() {
		_, err := Import(ctx, nc, sequence(sessions), &o)
		require.NoError(t, err)
	})
	alone := took("an engine alone, Load", func() {
		_, err := memory(t, nil).Load(ctx, sequence(sessions), nil)
		require.NoError(t, err)
	})
	var a *Node
	joined := took("a new node, in memory", func() { a = join(t, nc, o) })
	t.Logf("that is %.1f times the engine alone", float64(joined)/float64(alone))
	require.Equal(t, n, a.Engine().Len())

	path := filepath.Join(t.TempDir(), "node.db")
	e, err := sessiondex.Open(path, nil)
	require.NoError(t, err)
	o.Name = ""
	var b *Node
	took("a new node, in a file", func() {
		b, err = Open(ctx, nc, e, &o)
		require.NoError(t, err)
	})
	require.NoError(t, b.Close())
	require.NoError(t, e.Close())
	opened := took("opening the file alone", func() {
		e, err = sessiondex.Open(path, nil)
		require.NoError(t, err)
	})
	caughtUp := took("the node behind it", func() {
		b, err = Open(ctx, c.connect(1), e, &o)
		require.NoError(t, err)
	})
	t.Logf("a restart is opening the file, %v, and %v", opened.Round(time.Millisecond), caughtUp.Round(time.Millisecond))
	assert.Zero(t, b.Status().Resyncs)

	idle := listTimes(t, a, 2000)
	acks, own, others := lags(t, a, b, sessions[:min(n, 1000)], updates)
	t.Logf("%d updates, 1,000 a second: acknowledged and readable here %v / %v, elsewhere %v / %v (median / p99); bare acknowledgement %v / %v",
		updates, at(own, 50), at(own, 99), at(others, 50), at(others, 99), at(acks, 50), at(acks, 99))
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan bool)
	go func() {
		defer close(done)
		paced(ctx, 1_000_000, func(i int) {
			_, _ = b.send(ctx, msgsOf(o, changed(sessions[i%len(sessions)], i)))
		})
	}()
	busy := listTimes(t, a, 2000)
	cancel()
	<-done
	t.Logf("a local list takes %v / %v idle, %v / %v while following 1,000 a second: %.2f times at the median", at(idle, 50), at(idle, 99), at(busy, 50), at(busy, 99), float64(at(busy, 50))/float64(at(idle, 50)))
	require.NoError(t, b.Close())
	require.NoError(t, e.Close())
}

func changed(s sessiondex.Session, i int) sessiondex.Session {
	s.UpdatedAt = noon(1_000_000 + i)
	s.State = "running"
	return s
}

// paced runs f a thousand times a second.
func paced(ctx context.Context, n int, f func(i int)) {
	begun := time.Now()
	for i := 0; i < n && ctx.Err() == nil; i++ {
		time.Sleep(time.Until(begun.Add(time.Duration(i) * time.Millisecond)))
		f(i)
	}
}

// lags measures how long an update takes until it is acknowledged, until it is readable
// where it was made, and until it is on another node.
func lags(t *testing.T, from, to *Node, sessions []sessiondex.Session, n int) (acks, own, others []time.Duration) {
	ctx := within(t, 5*time.Minute)
	paced(ctx, n, func(i int) {
		s := changed(sessions[i%len(sessions)], i)
		begun := time.Now()
		seq, err := from.send(ctx, msgsOf(from.opts, s))
		require.NoError(t, err)
		acks = append(acks, time.Since(begun))
		require.NoError(t, from.Wait(ctx, seq))
		own = append(own, time.Since(begun))
		require.NoError(t, to.Wait(ctx, seq))
		others = append(others, time.Since(begun))
	})
	return acks, own, others
}

func listTimes(t *testing.T, n *Node, times int) (out []time.Duration) {
	for range times {
		begun := time.Now()
		_, err := n.Reader().List(context.Background(), query.Query{})
		out = append(out, time.Since(begun))
		require.NoError(t, err)
		time.Sleep(100 * time.Microsecond)
	}
	return out
}

func at(d []time.Duration, percent int) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)*percent/100]
}
