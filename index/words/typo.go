//go:build !js

package words

import "unicode/utf8"

// within reports whether a token is at most some typos away from a word: letters too
// many, too few, another one, or two neighbours swapped. No letter is part of two typos.
func within(word []rune, token string, typos int) bool {
	n := utf8.RuneCountInString(token)
	return len(word)-typos <= n && n <= len(word)+typos && distance(word, token, typos) <= typos
}

// usualWord is how many letters a word may have to be compared without allocating.
const usualWord = 40

// distance returns how many typos lead from a word to a token (optimal string alignment),
// or some number above most if there are more than that.
func distance(a []rune, token string, most int) int {
	var letters [usualWord]rune
	b := letters[:0]
	for _, r := range token {
		b = append(b, r)
	}
	var scratch [3][usualWord + 1]int
	before, last, row := scratch[0][:], scratch[1][:], scratch[2][:]
	if len(b) > usualWord {
		before, last, row = make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	}
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		// What is further from the diagonal takes more than most letters more or less.
		from, to := max(1, i-most), min(len(b), i+most)
		row[from-1] = most + 1
		if from == 1 {
			row[0] = i
		}
		least := row[from-1]
		for j := from; j <= to; j++ {
			n := last[j-1]
			if a[i-1] != b[j-1] {
				n = min(n, row[j-1], last[j]) + 1
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					n = min(n, before[j-2]+1)
				}
			}
			row[j] = n
			least = min(least, n)
		}
		if least > most {
			return least // a row's least grows by one at the most, so that no swap leads below
		}
		if to < len(b) {
			row[to+1] = most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
