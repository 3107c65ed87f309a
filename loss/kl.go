package loss

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// KL is the Kullback–Leibler divergence from a query's softmaxed scores to its
// softmaxed grades, KL(softmax(grades) ‖ softmax(scores)), the mean over queries.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// It is ListNet less the entropy of the grades: the same gradient, and zero
// where the two distributions are one, so that values of different data compare.
// Source: the list-wise baseline of arXiv 2503.23239, section 4.
func KL(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, func(scores, grades, gradient []float64) (float64, bool) {
		value, ok := listNet(scores, grades, gradient)
		target := make([]float64, len(grades))
		softmax(grades, target)
		for _, q := range target {
			if q > 0 {
				value += q * math.Log(q)
			}
		}
		return value, ok
	})
}
