package main

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/sessiondex/sessiondex"
	"github.com/sessiondex/sessiondex/internal/corpus"
)

func newGenerate(std stdio) *cobra.Command {
	var o corpus.Options
	flags := newFlags("What is made")
	flags.IntVar(&o.N, "n", 1000, "how `many` sessions")
	flags.Uint64Var(&o.Seed, "seed", 1, "the same `seed` gives the same sessions")
	flags.StringVar((*string)(&o.Preset), "preset", string(corpus.Default), "default, or hidden: over 90 % are sub-sessions and task runs")
	flags.IntVar(&o.Apps, "apps", 0, "how many `applications` (default 5000)")
	flags.BoolVar(&o.OmitExtra, "omit-extra", false, "leave out the members that are not indexed")
	cmd := withFlags(&cobra.Command{
		Use:     "generate [flags] > FILE.jsonl",
		Short:   "Make realistic sessions",
		Example: "  sessiondex generate --n 100000 > sessions.jsonl",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runGenerate(cmd.Context(), o, std) },
	}, flags)
	oneOf(cmd, "preset", string(corpus.Default), string(corpus.Hidden))
	return cmd
}

func runGenerate(ctx context.Context, o corpus.Options, std stdio) error {
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
