// Command benchrunner runs tasks with many workers and keeps each run as a session, so
// that running, failed and slow tasks can be listed at any time.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/query"
)

// The states of a run.
const (
	queued    = "queued"
	running   = "running"
	completed = "completed"
	failed    = "failed"
)

// task is a task to measure.
type task struct {
	suite, name string
	run         func(context.Context) error
}

// runner runs tasks and keeps their outcomes.
type runner struct {
	engine  *sessiondex.Engine
	workers int
	now     func() time.Time
}

// run runs all tasks and returns when they are done. A failed task is not an error of
// run.
func (r *runner) run(ctx context.Context, tasks []task) error {
	all := make([]sessiondex.Session, len(tasks))
	for i, t := range tasks {
		at := r.now()
		all[i] = sessiondex.Session{
			ID: fmt.Sprintf("%s/%s", t.suite, t.name), Title: t.name, AppID: t.suite, State: queued, CreatedAt: at, UpdatedAt: at,
		}
	}
	if err := r.engine.Put(ctx, all...); err != nil { // one version for all
		return err
	}
	next := make(chan int)
	errs := make([]error, r.workers)
	var workers sync.WaitGroup
	for w := range r.workers {
		workers.Go(func() {
			for i := range next {
				errs[w] = errors.Join(errs[w], r.one(ctx, tasks[i], all[i]))
			}
		})
	}
	for i := range tasks {
		next <- i
	}
	close(next)
	workers.Wait()
	return errors.Join(errs...)
}

// one runs a task, and moves its session from state to state.
func (r *runner) one(ctx context.Context, t task, s sessiondex.Session) error {
	s.State, s.UpdatedAt = running, r.now()
	if err := r.engine.Put(ctx, s); err != nil {
		return err
	}
	err := t.run(ctx)
	started := s.UpdatedAt
	s.State, s.UpdatedAt = completed, r.now()
	result := outcome{Seconds: s.UpdatedAt.Sub(started).Seconds()}
	if err != nil {
		s.State, result.Failure = failed, err.Error()
	}
	members, err := json.Marshal(result)
	if err != nil {
		return err
	}
	s.Extra = string(members)
	return r.engine.Put(ctx, s)
}

// outcome has the members that a run has in addition to those of every session.
type outcome struct {
	Seconds float64 `json:"seconds"`
	Failure string  `json:"failure,omitempty"`
}

// progress counts the runs by state, in one version.
func (r *runner) progress(ctx context.Context) (map[string]int, error) {
	facets, err := r.engine.Facets(ctx, query.Query{}, query.FacetOptions{Fields: []string{"state"}})
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, c := range facets.Fields[0].Values {
		out[c.Value] = c.Count
	}
	return out, nil
}

// failures returns the failed runs, the newest first.
func (r *runner) failures(ctx context.Context) ([]sessiondex.Session, error) {
	page, err := r.engine.List(ctx, query.Query{States: []string{failed}, Limit: query.MaxLimit})
	return page.Items, err
}
