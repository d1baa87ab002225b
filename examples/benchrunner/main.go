package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/sessiondex/sessiondex"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// run measures made-up tasks, prints the progress from time to time, and then the
// failures.
func run(ctx context.Context) error {
	engine, err := sessiondex.New(nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	r := &runner{engine: engine, workers: 200, now: time.Now}
	done := make(chan error, 1)
	go func() { done <- r.run(ctx, madeUp(5000)) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p, err := r.progress(ctx)
			if err != nil {
				return err
			}
			fmt.Printf("%5d queued %5d running %5d completed %5d failed\n", p[queued], p[running], p[completed], p[failed])
		case err := <-done:
			if err != nil {
				return err
			}
			failures, err := r.failures(ctx)
			for _, s := range failures[:min(5, len(failures))] {
				fmt.Println(s.AppID, s.Title, s.Extra)
			}
			return err
		}
	}
}

// madeUp returns tasks that take some milliseconds; one in a hundred fails.
func madeUp(n int) []task {
	tasks := make([]task, n)
	for i := range tasks {
		tasks[i] = task{suite: fmt.Sprintf("suite-%d", i%7), name: fmt.Sprintf("Task %d", i), run: func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Duration(rand.IntN(20)) * time.Millisecond):
			}
			if i%100 == 99 {
				return errors.New("the answer was wrong")
			}
			return nil
		}}
	}
	return tasks
}
