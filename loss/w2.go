package loss

import (
	"gonum.org/v1/gonum/mat"
)

// W2 is the squared 2-Wasserstein distance between a query's softmaxed scores
// and its softmaxed grades, with the distance of two documents that of their
// grades: W1 in which a share that is three grades away costs nine times what
// one that is a single grade away does. The mean over queries, in squared grades.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// It is taken query by query, where WS2 takes the whole batch as one cloud.
// Source: Villani, Optimal Transport: Old and New, 2009, chapter 6; as a
// list-wise loss ours.
func W2(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, func(scores, grades, gradient []float64) (float64, bool) {
		return transport(2, scores, grades, gradient)
	})
}
