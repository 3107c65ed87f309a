package measure

import (
	"cmp"
	"math"
	"slices"
)

// Holm makes p-values of several tests comparable with one level: the chance
// of a single false finding among all stays below it. NaN stays NaN and is no test.
// Source: Holm, Scandinavian Journal of Statistics 6(2), 1979.
func Holm(p []float64) []float64 {
	order := ascending(p)
	adjusted := slices.Clone(p)
	highest := 0.0
	for place, i := range order {
		highest = max(highest, min(float64(len(order)-place)*p[i], 1))
		adjusted[i] = highest
	}
	return adjusted
}

// BenjaminiHochberg adjusts p-values so that the share of false findings among
// all findings is expected to stay below the level they are compared with. NaN stays NaN and is no test.
// Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57(1), 1995;
// scipy.stats.false_discovery_control.
func BenjaminiHochberg(p []float64) []float64 {
	order := ascending(p)
	adjusted := slices.Clone(p)
	lowest := 1.0
	for place := len(order) - 1; place >= 0; place-- {
		i := order[place]
		lowest = min(lowest, p[i]*float64(len(order))/float64(place+1))
		adjusted[i] = lowest
	}
	return adjusted
}

// ascending are the indices of the numbers in their order, those of NaN left out.
func ascending(p []float64) []int {
	var order []int
	for i, x := range p {
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	return order
}
