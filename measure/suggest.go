package measure

import (
	"maps"
	"slices"
	"strings"
)

// suggest is text with its unknown name made right, or "" where nothing is near.
func suggest(text, name string) string {
	if ours := fromTrecEval(text); ours != "" {
		return ours
	}
	best, nearest := "", 3 // more than two slips of the finger is another word
	consider := func(candidate, ours string) {
		d := distance(strings.ToLower(name), strings.ToLower(candidate))
		if d < nearest && d < len(candidate) {
			best, nearest = ours, d
		}
	}
	for _, f := range families {
		consider(f.name, f.name)
	}
	for _, other := range slices.Sorted(maps.Keys(aliases)) {
		ours := other
		if a := aliases[other]; a.param == nil {
			ours = a.family.name
		}
		consider(other, ours)
	}
	if best == "" {
		return ""
	}
	return strings.Replace(text, name, best, 1)
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two words (optimal string alignment).
func distance(a, b string) int {
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
