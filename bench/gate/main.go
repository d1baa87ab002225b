// Command gate compares two builds of the root package's tests by their BenchmarkGate,
// and fails if the newer one allocates more or is slower; bench/compare.sh builds them.
//
//	gate [flags] OLD.test NEW.test
//
// It is made for busy machines. Both are run in turn, several times, each in a process of
// its own, and the least of the medians counts, since other load can only make a run
// slower. A difference counts if it shows again in the two batches that follow.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "gate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("gate", flag.ContinueOnError)
	l := limits{batches: 3}
	f.IntVar(&l.rounds, "rounds", 4, "how often each side is run in a batch")
	f.Float64Var(&l.slower, "slower", 15, "a median that is more per cent slower than this fails, if three batches say so")
	f.Float64Var(&l.allocations, "allocs", 0.5, "more allocations per call than this beyond the older side's fail")
	sessions := f.String("sessions", "50000", "how many sessions the benchmarks run on")
	each := f.Duration("time", defaultTime, "for how long each benchmark is run at a time")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 2 || l.rounds < 1 {
		return fmt.Errorf("expected two test programs and at least one round, got %q and %d rounds", f.Args(), l.rounds)
	}
	programs := [2]string{f.Arg(0), f.Arg(1)}
	return l.gate(out, func(s side) (results, error) {
		program, err := filepath.Abs(programs[s])
		if err != nil {
			return nil, err
		}
		c := exec.CommandContext(ctx, program, "-test.run=^$", "-test.bench=^BenchmarkGate$", "-test.benchtime="+each.String(), "-test.timeout=10m", "-sessions="+*sessions)
		c.Stderr = os.Stderr
		text, err := c.Output()
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", program, err, text)
		}
		return parse(string(text))
	})
}
