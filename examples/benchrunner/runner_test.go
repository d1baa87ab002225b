package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

func newRunner(t *testing.T, workers int) *runner {
	t.Helper()
	engine, err := sessiondex.New(nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := engine.Verify(context.Background()); err != nil {
			require.ErrorIs(t, err, sessiondex.ErrClosed)
		}
		require.NoError(t, engine.Close())
	})
	return &runner{engine: engine, workers: workers, now: time.Now}
}

func TestEveryRunEndsInOneState(t *testing.T) {
	r := newRunner(t, 50)
	var tasks []task
	for i := range 2000 {
		tasks = append(tasks, task{suite: fmt.Sprint("suite-", i%3), name: fmt.Sprint("task ", i), run: func(context.Context) error {
			if i%10 == 0 {
				return fmt.Errorf("wrong answer in task %d", i)
			}
			return nil
		}})
	}
	require.NoError(t, r.run(t.Context(), tasks))
	progress, err := r.progress(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{completed: 1800, failed: 200}, progress)
	failures, err := r.failures(t.Context())
	require.NoError(t, err)
	require.Len(t, failures, 200)
	for _, s := range failures {
		require.Contains(t, s.Extra, `"failure":"wrong answer in `+s.Title)
		require.Contains(t, s.Extra, `"seconds":`)
	}
}

// While workers write, no run is lost between two states, and none is counted twice.
func TestTheCountsAddUpAtEveryMoment(t *testing.T) {
	r := newRunner(t, 8)
	const n = 400
	started, ask := make(chan struct{}), make(chan struct{})
	var tasks []task
	for i := range n {
		tasks = append(tasks, task{suite: "suite", name: fmt.Sprint("task ", i), run: func(context.Context) error {
			if i == 0 {
				close(started)
			}
			if i == n/2 {
				<-ask // so that the runner is in the middle of its work
			}
			return nil
		}})
	}
	done := make(chan error, 1)
	go func() { done <- r.run(t.Context(), tasks) }()
	<-started
	for asked := 0; ; asked++ {
		progress, err := r.progress(t.Context())
		require.NoError(t, err)
		require.Equal(t, n, progress[queued]+progress[running]+progress[completed]+progress[failed])
		if asked == 100 {
			close(ask)
		}
		if progress[completed] == n {
			require.Greater(t, asked, 100)
			break
		}
	}
	require.NoError(t, <-done)
}

func TestAClosedEngineIsAnErrorOfTheRunner(t *testing.T) {
	r := newRunner(t, 2)
	var tasks []task
	for i := range 20 {
		tasks = append(tasks, task{suite: "suite", name: fmt.Sprint(i), run: func(context.Context) error {
			return r.engine.Close()
		}})
	}
	require.ErrorIs(t, r.run(t.Context(), tasks), sessiondex.ErrClosed)
}

func TestRunsAreQueriedLikeAnySessions(t *testing.T) {
	r := newRunner(t, 1)
	require.NoError(t, r.run(t.Context(), []task{
		{suite: "parsers", name: "Dates with a zone", run: func(context.Context) error { return nil }},
		{suite: "printers", name: "Dates without one", run: func(context.Context) error { return nil }},
	}))
	page, err := r.engine.List(t.Context(), query.Query{Keyword: "dates", AppID: "parsers"})
	require.NoError(t, err)
	require.Equal(t, 1, page.Total)
	require.Equal(t, "parsers/Dates with a zone", page.Items[0].ID)
}
