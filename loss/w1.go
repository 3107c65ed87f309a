package loss

import (
	"gonum.org/v1/gonum/mat"
)

// W1 is the 1-Wasserstein distance between a query's softmaxed scores and its
// softmaxed grades, with the distance of two documents that of their grades:
// what it costs to move the scores' attention to where the grades want it,
// grade by grade. The mean over queries, in grades.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// It binds each query to its own list, which WS2 does not. It does not tell
// documents of one grade apart, nor want their shares equal.
// Source: Rubner et al., The Earth Mover's Distance, IJCV 2000; as a list-wise loss ours.
func W1(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, func(scores, grades, gradient []float64) (float64, bool) {
		return transport(1, scores, grades, gradient)
	})
}
