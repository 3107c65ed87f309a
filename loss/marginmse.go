package loss

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// MarginMSE is the squared error of the score margin of each pair of a query's
// documents of different grades, the grades taken as a teacher's scores:
// ((sᵢ − sⱼ) − (gᵢ − gⱼ))². The mean over a query's pairs, then over queries.
//   - scores: [Q, N], similarities divided by the temperature: at temperature
//     0.1 a step of one grade is to be a tenth in cosine
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// Source: Hofstätter et al., arXiv 2010.02666, with grades in the place of a
// cross-encoder's scores.
func MarginMSE(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, marginMSE)
}

func marginMSE(scores, grades, gradient []float64) (float64, bool) {
	value := 0.0
	n := pairs(grades, func(better, worse int) {
		apart := (scores[better] - scores[worse]) - (grades[better] - grades[worse])
		value += apart * apart
		gradient[better] += 2 * apart
		gradient[worse] -= 2 * apart
	})
	if n == 0 {
		return 0, false
	}
	floats.Scale(1/float64(n), gradient)
	return value / float64(n), true
}
