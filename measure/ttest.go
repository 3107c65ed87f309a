package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// PairedTTest is Student's two-sided test of whether the values of b differ
// from those of a, query by query: t is positive where b is higher, p the
// chance of a difference at least as large if there were none.
//   - a, b: one value a query, in the same order; different lengths panic
//   - fewer than two queries tell nothing: t and p are NaN
//   - values equal throughout give t 0 and p 1, where scipy gives NaN
//
// Source: scipy.stats.ttest_rel(b, a).
func PairedTTest(a, b []float64) (t, p float64) {
	d := differences(a, b)
	if len(d) < 2 {
		return math.NaN(), math.NaN()
	}
	mean, deviation := meanAndDeviation(d)
	if mean == 0 && deviation == 0 {
		return 0, 1
	}
	n := float64(len(d))
	t = mean / (deviation / math.Sqrt(n))
	p = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.CDF(-math.Abs(t))
	return t, p
}

// differences are b - a; two lists of different lengths are a mistake of the program.
func differences(a, b []float64) []float64 {
	if len(a) != len(b) {
		panic("measure: want one value of each system a query")
	}
	d := make([]float64, len(a))
	for i := range a {
		d[i] = b[i] - a[i]
	}
	return d
}
