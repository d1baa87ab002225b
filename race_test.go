//go:build race

package sessiondex_test

// raceDetector says that the tests run under it. It makes pools forget some of what
// they are given.
const raceDetector = true
