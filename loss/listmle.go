package loss

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// ListMLE is the negative log-likelihood of the grades' order under the
// Plackett–Luce model of the scores: documents are drawn one after the other,
// the best first, each with the softmax's chance among those not yet drawn.
// The mean over queries.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// Documents of one grade have no order among them: each is set against all
// that are not better (Breslow's rule for ties), and the lowest grade's, which
// have nothing below, are not drawn. Without ties it is ListMLE as published.
// Source: Xia et al., Listwise Approach to Learning to Rank, ICML 2008;
// Breslow, Covariance Analysis of Censored Survival Data, Biometrics 1974.
func ListMLE(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, listMLE)
}

func listMLE(scores, grades, gradient []float64) (float64, bool) {
	steps := levels(grades)
	if len(steps) < 2 {
		return 0, false
	}
	value := 0.0
	left := make([]float64, 0, len(scores)) // scores of the documents not yet drawn
	for _, level := range steps[1:] {
		left = left[:0]
		for i, g := range grades {
			if g <= level {
				left = append(left, scores[i])
			}
		}
		total, drawn := floats.LogSumExp(left), 0.0
		for i, g := range grades {
			if g == level {
				value += total - scores[i]
				gradient[i]--
				drawn++
			}
		}
		for i, g := range grades {
			if g <= level {
				gradient[i] += drawn * math.Exp(scores[i]-total)
			}
		}
	}
	return value, true
}
