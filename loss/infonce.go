package loss

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// InfoNCE is the cross-entropy of a query's best documents against all others:
// every document that shares the query's highest grade is a positive, the rest
// of the row negatives, hard and in-batch alike.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; a query all of whose grades are equal has no positive
//
// Each positive is set against the negatives alone, not against the query's
// other positives, and a query's loss is the mean over its positives. The
// value is the mean over the queries that have a positive, zero where none has.
// Source: van den Oord et al., arXiv 1807.03748; with several positives,
// Karpukhin et al., arXiv 2004.04906, section 3.2.
func InfoNCE(scores, grades *mat.Dense) (float64, *mat.Dense) {
	return overLists(scores, grades, infoNCE)
}

// With S the log-sum-exp of the negatives, a positive of score s costs
// log(1 + exp(S − s)), and the share of the negatives is sigmoid(S − s).
func infoNCE(scores, grades, gradient []float64) (float64, bool) {
	best := slices.Max(grades)
	var negatives []float64
	for j, g := range grades {
		if g != best {
			negatives = append(negatives, scores[j])
		}
	}
	if len(negatives) == 0 {
		return 0, false
	}
	positives := float64(len(grades) - len(negatives))
	against := floats.LogSumExp(negatives)

	value, pull := 0.0, 0.0
	for j, g := range grades {
		if g != best {
			continue
		}
		margin := against - scores[j]
		share := sigmoid(margin) / positives
		value += softplus(margin) / positives
		gradient[j] = -share
		pull += share
	}
	for j, g := range grades {
		if g != best {
			gradient[j] = pull * math.Exp(scores[j]-against)
		}
	}
	return value, true
}
