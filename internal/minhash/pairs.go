package minhash

import (
	"cmp"
	"slices"
)

// Pair is of places in a list of sets.
type Pair struct{ Earlier, Later int32 }

// Pairs are those that meet in a band, by the later one, then the earlier one.
// Of many that meet in one, the earliest are paired with each.
func Pairs(signatures []Signature) []Pair {
	var pairs []Pair
	order := make([]int32, len(signatures))
	for band := range Bands {
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(signatures[a][band], signatures[b][band]), cmp.Compare(a, b))
		})
		for first := 0; first < len(order); {
			end := first + 1
			for end < len(order) && signatures[order[end]][band] == signatures[order[first]][band] {
				end++
			}
			for later := first + 1; later < end; later++ {
				for earlier := first; earlier < min(later, first+atOnce); earlier++ {
					pairs = append(pairs, Pair{order[earlier], order[later]})
				}
			}
			first = end
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Later, b.Later), cmp.Compare(a.Earlier, b.Earlier))
	})
	return slices.Compact(pairs)
}
