package judge

import "math"

// weight is how much a disagreement between two categories, by their places
// on the scale, counts.
type weight func(i, j int) float64

func unequal(i, j int) float64 {
	if i == j {
		return 0
	}
	return 1
}

func linear(i, j int) float64    { return math.Abs(float64(i - j)) }
func quadratic(i, j int) float64 { return float64((i - j) * (i - j)) }

// QuadraticKappa is Cohen's kappa of a confusion matrix, where a disagreement
// counts by the square of its distance on the scale; see kappa.
func QuadraticKappa(confusion [][]int64) float64 { return kappa(confusion, quadratic) }

// kappa is the agreement of two graders beyond what their grades' frequencies
// give by chance: 1 is full agreement, 0 that of chance, below 0 less.
//   - confusion: [n][n], pairs that the first grader put into the category of
//     the row and the second into that of the column
//   - without pairs, or where both give one and the same grade throughout, it is not defined: NaN
//
// Sources: Cohen 1960; with weights Cohen 1968. sklearn.metrics.cohen_kappa_score.
func kappa(confusion [][]int64, weigh weight) float64 {
	rows, columns := make([]float64, len(confusion)), make([]float64, len(confusion))
	all := 0.0
	for i, row := range confusion {
		for j, n := range row {
			rows[i] += float64(n)
			columns[j] += float64(n)
			all += float64(n)
		}
	}
	observed, expected := 0.0, 0.0
	for i, row := range confusion {
		for j, n := range row {
			observed += weigh(i, j) * float64(n)
			expected += weigh(i, j) * rows[i] * columns[j] / all
		}
	}
	if all == 0 || expected == 0 {
		return math.NaN()
	}
	return 1 - observed/expected
}
