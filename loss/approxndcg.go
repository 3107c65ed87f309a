package loss

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// ApproxNDCG is 1 − nDCG with the ranks made smooth: a document's rank is 1
// plus the sigmoid of each other document's lead over it. The gain is linear in
// the grade, as our nDCG has it. The mean over queries; between 0 and 1.
//   - scores: [Q, N], similarities divided by the temperature, which is the
//     smoothness too: the smaller, the nearer to nDCG and the flatter between its jumps
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// Source: Qin et al., A General Approximation Framework for Direct
// Optimization of Information Retrieval Measures, Information Retrieval 2010, section 4.
func ApproxNDCG(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, approxNDCG)
}

func approxNDCG(scores, grades, gradient []float64) (float64, bool) {
	if len(levels(grades)) < 2 {
		return 0, false
	}
	ideal := idealDCG(grades, 0)
	value := 1.0
	for i, gain := range grades {
		if gain == 0 {
			continue
		}
		rank := 1.0
		for j, s := range scores {
			if j != i {
				rank += sigmoid(s - scores[i])
			}
		}
		log := math.Log(1 + rank)
		value -= gain * math.Ln2 / log / ideal
		slope := gain * math.Ln2 / (log * log * (1 + rank) * ideal) // of the value over the rank
		for j, s := range scores {
			if j != i {
				ahead := sigmoid(s - scores[i])
				pull := slope * ahead * (1 - ahead)
				gradient[j] += pull
				gradient[i] -= pull
			}
		}
	}
	return value, true
}
