package measure

import (
	"maps"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/spelling"
)

// suggest is text with its unknown name made right, or "" where nothing is near.
func suggest(text, name string) string {
	if ours := fromTrecEval(text); ours != "" {
		return ours
	}
	best, nearest := "", 3 // more than two slips of the finger is another word
	consider := func(candidate, ours string) {
		d := spelling.Distance(strings.ToLower(name), strings.ToLower(candidate))
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
