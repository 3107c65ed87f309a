package loss

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// LambdaLoss is the metric-driven pairwise loss of nDCG@k: RankNet's, in which
// a pair weighs what it can cost nDCG,
//
//	Σ w |gᵢ − gⱼ| log₂(1 + exp(sⱼ − sᵢ)) / ideal DCG@k     over pairs gᵢ > gⱼ
//	w = 1/D(d) − 1/D(d+1), d the distance of their ranks, D(r) = log₂(1+r)
//	w is divided by 1 − 1/D(the lower rank) where one of the two lies beyond k
//
// with the gain linear in the grade, as our nDCG has it. The mean over queries.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// The weights follow from the scores' order and are taken as constants: the
// gradient is the expectation–maximisation step's, zero through the ranks.
// Equal scores are ranked in the columns' order.
// Source: Wang et al., The LambdaLoss Framework for Ranking Metric
// Optimization, CIKM 2018, NDCG-Loss2; the cutoff is from Jagerman et al., On
// Optimizing Top-K Metrics for Neural Ranking Models, SIGIR 2022.
func LambdaLoss(k int) Func {
	return func(scores, grades *mat.Dense) (float64, *mat.Dense) {
		return overLists(scores, grades, func(scores, grades, gradient []float64) (float64, bool) {
			return lambdaLoss(k, scores, grades, gradient)
		})
	}
}

func lambdaLoss(k int, scores, grades, gradient []float64) (float64, bool) {
	rank := ranks(scores)
	ideal := idealDCG(grades, k)
	value := 0.0
	n := pairs(grades, func(better, worse int) {
		weight := (grades[better] - grades[worse]) / ideal * rankWeight(rank[better], rank[worse], k)
		margin := scores[worse] - scores[better]
		value += weight * softplus(margin) / math.Ln2
		slope := weight * sigmoid(margin) / math.Ln2
		gradient[better] -= slope
		gradient[worse] += slope
	})
	return value, n > 0
}

// rankWeight is the weight of a pair by its ranks, counted from 1.
func rankWeight(a, b, k int) float64 {
	distance := max(a-b, b-a)
	weight := 1/logDiscount(distance) - 1/logDiscount(distance+1)
	if lower := max(a, b); lower > k {
		weight /= 1 - 1/logDiscount(lower)
	}
	return weight
}

func logDiscount(rank int) float64 { return math.Log2(1 + float64(rank)) }

// ranks returns each document's rank by score, counted from 1.
func ranks(scores []float64) []int {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	rank := make([]int, len(scores))
	for r, i := range order {
		rank[i] = r + 1
	}
	return rank
}
