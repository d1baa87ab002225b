//go:build !js

package words

import "unicode/utf8"

// within reports whether a token is at most so many typos away from a word: letters too
// many, too few, another one, or two neighbours swapped. No letter is part of two typos.
func within(word []rune, token string, typos int) bool {
	n := utf8.RuneCountInString(token)
	if n < len(word)-typos || n > len(word)+typos {
		return false
	}
	return distance(word, []rune(token)) <= typos
}

// distance returns how many typos lead from a to b (optimal string alignment).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
