//go:build !duckdb

package main

func duckdbEntrants() []entrant { return nil }
