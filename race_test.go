//go:build race

package sessiondex

// RaceDetector says that the tests run under it. It makes pools forget some of what
// they are given.
const RaceDetector = true
