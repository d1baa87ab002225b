// Command bench compares this library with other stores that a program might keep its
// sessions in: on the same data, with the same questions, after checking that all give the
// same answers.
//
//	go run . -n 1000000
//
// It prints progress on standard error and tables on standard output, and writes
// results.json, report.md and charts to the folder of -out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sessiondex/sessiondex/internal/corpus"
)

// settings are the flags.
type settings struct {
	sizes    []int
	seed     uint64
	preset   corpus.Preset
	titles   string
	only     []string
	quick    bool
	budget   time.Duration
	most     time.Duration
	load     time.Duration
	part     int
	out      string
	readme   string
	root     string
	render   string
	features bool
	words    bool
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "-child" {
		return runChild(args[1])
	}
	s, err := parseFlags(args)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if s.render != "" {
		r, err := readReports(s.render)
		if err != nil {
			return err
		}
		return r.write(s)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if !complete {
		return again(ctx, s.quick, args)
	}
	if s.words {
		return runWords(ctx, s)
	}
	if s.features {
		return runFeatures(ctx, s)
	}
	r, err := measureAll(ctx, s)
	if err != nil {
		return err
	}
	return r.write(s)
}

func parseFlags(args []string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	sizes := f.String("n", "100000", "numbers of sessions, such as 1k,100k,1M; for each of them everything is measured")
	f.Uint64Var(&s.seed, "seed", 1, "seed of the generated sessions")
	preset := f.String("preset", string(corpus.Default), `mixture of sessions: "default", or "hidden", where over 90 % are left out of the default listing`)
	f.StringVar(&s.titles, "titles", "", "file of titles, one per line, to take the place of the generated ones")
	only := f.String("only", "", "candidates to measure, separated by commas; default all")
	f.BoolVar(&s.quick, "quick", false, "2,000 sessions unless -n is given, fewer questions, a short time for each: to see that everything works")
	f.DurationVar(&s.budget, "budget", time.Second, "time for each question")
	f.DurationVar(&s.most, "most", 8*time.Minute, "time for each candidate at each size, without the load")
	f.DurationVar(&s.load, "load", 0, "time for the load of each candidate; default that of -most")
	part := f.String("part", "1M", "sessions that this library is loaded by, if there are more than twice as many: all at once would not fit beside it")
	f.StringVar(&s.out, "out", "results", "folder for results.json, report.md and the charts")
	f.StringVar(&s.readme, "readme", "", "file to write the report into as well, between its two markers")
	f.StringVar(&s.root, "root", "", "file to write the main figures into, between its two markers, as links to the rows of the report")
	f.StringVar(&s.render, "render", "", "results.json of an earlier run, or of several, separated by commas, to make the report of without measuring anything")
	f.BoolVar(&s.words, "words", false, "measure searches by words beside FTS5, bleve and tantivy, in place of the report, at the first size of -n")
	f.BoolVar(&s.features, "features", false, "measure declared fields, words and writes that read, in place of the report, at the first size of -n")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if s.quick {
		if !given["n"] {
			*sizes = "2000"
		}
		if !given["budget"] {
			s.budget = 20 * time.Millisecond
		}
	}
	if !given["load"] {
		s.load = s.most
	}
	if s.budget <= 0 || s.most <= 0 || s.load <= 0 {
		return s, fmt.Errorf("-budget, -most and -load: must be positive, got %v, %v and %v", s.budget, s.most, s.load)
	}
	if s.root != "" && s.readme == "" {
		return s, errors.New("-root: needs -readme too, so that both pages are of one report")
	}
	var err error
	if s.part, err = parseSize(*part); err != nil {
		return s, fmt.Errorf("-part: %w", err)
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := parseSize(text)
		if err != nil {
			return s, fmt.Errorf("-n: %w", err)
		}
		s.sizes = append(s.sizes, n)
	}
	s.preset = corpus.Preset(*preset)
	if err := (corpus.Options{Preset: s.preset}).Validate(); err != nil {
		return s, err
	}
	if *only != "" {
		s.only = strings.Split(*only, ",")
	}
	return s, nil
}

// parseSize reads a number with an optional k or M.
func parseSize(text string) (int, error) {
	digits, factor := strings.TrimSpace(text), 1
	if d, ok := strings.CutSuffix(digits, "k"); ok {
		digits, factor = d, 1000
	} else if d, ok := strings.CutSuffix(digits, "M"); ok {
		digits, factor = d, 1_000_000
	}
	n, err := strconv.Atoi(digits)
	const least, most = 1000, 100_000_000
	if err != nil || n > most/factor || n*factor < least {
		return 0, fmt.Errorf("expected a number from %d to %d, such as 1000, 10k or 1M, got %q", least, most, text)
	}
	return n * factor, nil
}

// again runs the same command with the peers that need a build tag: go-sqlite3
// compiles the text index of SQLite only with one, and DuckDB's libraries
// take a while to fetch and to link, so that -quick does without.
func again(ctx context.Context, quick bool, args []string) error {
	tags := "sqlite_fts5,duckdb"
	if quick {
		tags = "sqlite_fts5"
	}
	fmt.Fprintln(os.Stderr, "building with -tags", tags)
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "bench")
	for _, command := range [][]string{{"go", "build", "-tags", tags, "-o", program, "github.com/sessiondex/sessiondex/bench"}, append([]string{program}, args...)} {
		c := exec.CommandContext(ctx, command[0], command[1:]...)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Run(); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(command[0]), err)
		}
	}
	return nil
}
