//go:build !sqlite_fts5

package main

const complete = false

// textDriver is the driver that text indexes are measured with.
const textDriver = "sqlite"

func mattnEntrants() []entrant { return nil }
