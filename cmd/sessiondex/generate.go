package main

import (
	"context"
	"iter"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

func runGenerate(ctx context.Context, args []string, std stdio) error {
	fs := newFlags("generate", "--n 100000 [--seed 1] > FILE.jsonl", std)
	var o corpus.Options
	fs.IntVar(&o.N, "n", 1000, "how `many` sessions")
	fs.Uint64Var(&o.Seed, "seed", 1, "the same `seed` gives the same sessions")
	preset := fs.String("preset", string(corpus.Default), "default, or hidden: over 90 % are sub-sessions and task runs")
	fs.IntVar(&o.Apps, "apps", 0, "how many `applications` (default 5000)")
	fs.BoolVar(&o.OmitExtra, "omit-extra", false, "leave out the members that are not indexed")
	if err := parseFlags(fs, args, 0); err != nil {
		return err
	}
	o.Preset = corpus.Preset(*preset)
	if err := o.Validate(); err != nil {
		return usageError{err.Error()}
	}
	return sessiondex.WriteJSONL(jsonWriter(std.out), generated(ctx, o))
}

// generated ends early if the context does.
func generated(ctx context.Context, o corpus.Options) iter.Seq2[sessiondex.Session, error] {
	return func(yield func(sessiondex.Session, error) bool) {
		n := 0
		for s := range corpus.Sessions(o) {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				yield(sessiondex.Session{}, ctx.Err())
				return
			}
			if !yield(s, nil) {
				return
			}
		}
	}
}
