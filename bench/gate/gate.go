package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

const defaultTime = 200 * time.Millisecond

// side is one of the two builds.
type side int

const (
	older side = iota
	newer
)

// result is what a benchmark reports.
type result struct{ median, allocations float64 }

// results are those of one run, by benchmark.
type results map[string]result

// limits say what is compared how often, and what fails.
type limits struct {
	batches, rounds int
	slower          float64 // per cent
	allocations     float64 // per call
}

// gate runs batches until one finds nothing slow, or all of them have found the same.
func (l limits) gate(out io.Writer, run func(side) (results, error)) error {
	var slow []string
	for batch := range l.batches {
		best, err := l.batch(run)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "batch %d of at most %d\n", batch+1, l.batches)
		best.print(out)
		if err := l.faults(best); err != nil {
			return err
		}
		found := l.slowOf(best)
		if batch > 0 {
			found = slices.DeleteFunc(found, func(name string) bool { return !slices.Contains(slow, name) })
		}
		if slow = found; len(slow) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s: slower by more than %g %% in %d batches", strings.Join(slow, ", "), l.slower, l.batches)
}

// pair has the best results of both sides.
type pair [2]results

// batch runs both sides in turn, each as often first as the other, and keeps for each
// benchmark its least figures.
func (l limits) batch(run func(side) (results, error)) (pair, error) {
	best := pair{results{}, results{}}
	for round := range l.rounds {
		for _, s := range []side{side(round % 2), side((round + 1) % 2)} {
			got, err := run(s)
			if err != nil {
				return best, err
			}
			for name, r := range got {
				if old, ok := best[s][name]; ok {
					r = result{min(r.median, old.median), min(r.allocations, old.allocations)}
				}
				best[s][name] = r
			}
		}
	}
	return best, nil
}

func (p pair) names() []string { return slices.Sorted(maps.Keys(p[older])) }

func (p pair) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "benchmark\told, µs\tnew, µs\t\told allocs\tnew allocs\t")
	for _, name := range p.names() {
		o, n := p[older][name], p[newer][name]
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%+.0f %%\t%.1f\t%.1f\t\n", name, o.median/1000, n.median/1000, 100*(n.median/o.median-1), o.allocations, n.allocations)
	}
	w.Flush()
}

// faults are those that no second batch would change: allocations, and benchmarks that
// are gone.
func (l limits) faults(p pair) error {
	if len(p[older]) == 0 {
		return errors.New("the older side has no BenchmarkGate")
	}
	var faults []error
	for _, name := range p.names() {
		o := p[older][name]
		n, ok := p[newer][name]
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("%s: the newer side does not have it", name))
		case n.allocations > o.allocations+l.allocations:
			faults = append(faults, fmt.Errorf("%s: %.1f allocations per call, %.1f before", name, n.allocations, o.allocations))
		}
	}
	return errors.Join(faults...)
}

// slowOf returns the benchmarks that are slower than they may be.
func (l limits) slowOf(p pair) []string {
	return slices.DeleteFunc(p.names(), func(name string) bool {
		return p[newer][name].median <= p[older][name].median*(1+l.slower/100)
	})
}

// parse reads what "go test -bench" prints.
func parse(text string) (results, error) {
	out := results{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "BenchmarkGate/") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "BenchmarkGate/")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil { // the number of processors
				name = name[:i]
			}
		}
		var r result
		found := 0
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
			}
			switch fields[i+1] {
			case "median-ns":
				r.median = value
				found++
			case "allocs/call":
				r.allocations = value
				found++
			}
		}
		if found != 2 || r.median <= 0 {
			return nil, fmt.Errorf("%q: expected a positive median-ns and allocs/call", strings.TrimSpace(line))
		}
		out[name] = r
	}
	return out, nil
}
