//go:build !race

package sessiondex_test

const raceDetector = false
