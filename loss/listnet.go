package loss

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// ListNet is the cross-entropy between the chances of each document to be
// ranked first, by the grades and by the scores: −Σ softmax(grades) log
// softmax(scores), the mean over queries.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// A list of one document, or of one grade, has no order to teach and is left out.
// Source: Cao et al., Learning to Rank: From Pairwise Approach to Listwise
// Approach, ICML 2007, equation 6.
func ListNet(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, listNet)
}

func listNet(scores, grades, gradient []float64) (float64, bool) {
	if len(levels(grades)) < 2 {
		return 0, false
	}
	target := make([]float64, len(grades))
	softmax(grades, target)
	total := floats.LogSumExp(scores)
	value := 0.0
	for i, q := range target {
		value += q * (total - scores[i])
		gradient[i] = math.Exp(scores[i]-total) - q
	}
	return value, true
}
