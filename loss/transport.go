package loss

import (
	"math"
	"slices"
)

// transport is the cost of the best transport between a query's softmaxed
// scores and its softmaxed grades, where moving a share from a document to
// another costs the distance of their grades to a power of 1 or more.
//
// On a line the best transport keeps the order: with F and G the cumulative
// shares over the levels x₀ < x₁ < … of the scores and the grades, it takes the
// share at quantile u from F⁻¹(u) to G⁻¹(u). Raising F(k) by a little moves that
// share from level k+1 to level k: hence the slope |xₖ − y|ᵖ − |xₖ₊₁ − y|ᵖ, with y
// the level G⁻¹(F(k)). A document's share is part of F(k) for each level at or
// above its own.
func transport(power float64, scores, grades, gradient []float64) (float64, bool) {
	x := levels(grades)
	if len(x) < 2 {
		return 0, false
	}
	p, q := make([]float64, len(scores)), make([]float64, len(grades))
	softmax(scores, p)
	softmax(grades, q)
	f, g := cumulative(p, grades, x), cumulative(q, grades, x)

	value, u := 0.0, 0.0
	for i, j := 0, 0; i < len(x) && j < len(x); {
		end := min(f[i], g[j])
		value += max(0, end-u) * math.Pow(math.Abs(x[i]-x[j]), power)
		u = max(u, end)
		if f[i] <= end {
			i++
		}
		if g[j] <= end {
			j++
		}
	}

	over := make([]float64, len(x)) // the slope over a share of each level
	for k := len(x) - 2; k >= 0; k-- {
		slope := func(y float64) float64 {
			return math.Pow(math.Abs(x[k]-y), power) - math.Pow(math.Abs(x[k+1]-y), power)
		}
		low, high := quantile(g, f[k])
		over[k] = over[k+1] + (slope(x[low])+slope(x[high]))/2
	}
	mean := 0.0
	for i := range scores {
		gradient[i] = over[slices.Index(x, grades[i])]
		mean += p[i] * gradient[i]
	}
	for i := range gradient {
		gradient[i] = p[i] * (gradient[i] - mean)
	}
	return value, true
}

// cumulative is the share of the documents at or below each level.
func cumulative(shares, grades, levels []float64) []float64 {
	sums := make([]float64, len(levels))
	for i, share := range shares {
		sums[slices.Index(levels, grades[i])] += share
	}
	for k := 1; k < len(sums); k++ {
		sums[k] += sums[k-1]
	}
	sums[len(sums)-1] = 1
	return sums
}

// quantile returns the lowest and the highest level that a share u of a
// cumulative distribution reaches: two where u lies on a jump's edge, whose
// slopes' mean is then a subgradient, zero where both distributions are one.
func quantile(g []float64, u float64) (low, high int) {
	const edge = 1e-12
	for low < len(g)-1 && g[low] < u-edge {
		low++
	}
	for high = low; high < len(g)-1 && g[high] <= u+edge; {
		high++
	}
	return low, high
}
