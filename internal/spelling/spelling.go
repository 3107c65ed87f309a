// Package spelling finds the word that was meant.
package spelling

import (
	"fmt"
	"strings"
)

// slips is how many slips of the finger make a word another one.
const slips = 3

// Distance counts the insertions, deletions, replacements and swaps of
// neighbours between two words (optimal string alignment).
func Distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
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
		before, last = last, row
	}
	return last[len(b)]
}

// Nearest is the candidate that word was most likely meant to be, upper and
// lower case apart; "" where none is near. Of equals it is the first.
func Nearest(word string, candidates []string) string {
	best, nearest := "", slips
	for _, candidate := range candidates {
		d := Distance(strings.ToLower(word), strings.ToLower(candidate))
		if d < nearest && d < len(candidate) {
			best, nearest = candidate, d
		}
	}
	return best
}

// DidYouMean is the end of an error about an unknown word: the candidate that
// is near, else all of them.
func DidYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	if len(candidates) == 0 {
		return ""
	}
	return "; want one of " + strings.Join(candidates, ", ")
}
