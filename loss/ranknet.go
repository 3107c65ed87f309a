package loss

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// RankNet is the logistic loss of each pair of a query's documents of
// different grades, log(1 + exp(worse − better)): the mean over a query's
// pairs, then over queries.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; only their order counts
//
// Source: Burges et al., Learning to Rank using Gradient Descent, ICML 2005.
func RankNet(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, rankNet)
}

func rankNet(scores, grades, gradient []float64) (float64, bool) {
	value := 0.0
	n := pairs(grades, func(better, worse int) {
		margin := scores[worse] - scores[better]
		value += softplus(margin)
		slope := sigmoid(margin)
		gradient[better] -= slope
		gradient[worse] += slope
	})
	if n == 0 {
		return 0, false
	}
	floats.Scale(1/float64(n), gradient)
	return value / float64(n), true
}
