//go:build !race

package sessiondex

const RaceDetector = false
