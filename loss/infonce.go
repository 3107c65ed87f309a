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
	queries, documents := scores.Dims()
	gradient := mat.NewDense(queries, documents, nil)
	value, counted := 0.0, 0
	for i := range queries {
		rowValue, ok := infoNCERow(scores.RawRowView(i), grades.RawRowView(i), gradient.RawRowView(i))
		if ok {
			value += rowValue
			counted++
		}
	}
	if counted == 0 {
		return 0, gradient
	}
	gradient.Scale(1/float64(counted), gradient)
	return value / float64(counted), gradient
}

// infoNCERow writes one query's gradient to gradient, which is zero, and returns its loss.
//
// With S the log-sum-exp of the negatives, a positive of score s costs
// log(1 + exp(S − s)), and the share of the negatives is sigmoid(S − s).
func infoNCERow(scores, grades, gradient []float64) (float64, bool) {
	best := slices.Max(grades)
	var negatives []float64
	for j, g := range grades {
		if g != best {
			negatives = append(negatives, scores[j])
		}
	}
	positives := float64(len(grades) - len(negatives))
	if len(negatives) == 0 {
		return 0, false
	}
	against := floats.LogSumExp(negatives)

	value, pull := 0.0, 0.0
	for j, g := range grades {
		if g != best {
			continue
		}
		margin := against - scores[j]
		share := 1 / (1 + math.Exp(-margin))
		value += (max(margin, 0) + math.Log1p(math.Exp(-math.Abs(margin)))) / positives
		gradient[j] = -share / positives
		pull += share / positives
	}
	for j, g := range grades {
		if g != best {
			gradient[j] = pull * math.Exp(scores[j]-against)
		}
	}
	return value, true
}
