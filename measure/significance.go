package measure

import (
	"math"
	"math/rand/v2"

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
	n := float64(len(d))
	if n < 2 {
		return math.NaN(), math.NaN()
	}
	mean, squares, same := 0.0, 0.0, true
	for _, x := range d {
		mean += x
		same = same && x == 0
	}
	if same {
		return 0, 1
	}
	mean /= n
	for _, x := range d {
		squares += (x - mean) * (x - mean)
	}
	t = mean / math.Sqrt(squares/(n-1)/n)
	p = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.CDF(-math.Abs(t))
	return t, p
}

// PairedRandomizationTest is Fisher's two-sided test of the same question,
// which assumes nothing of the values' distribution: p is the share of
// rounds, in each of which the two systems trade places on random queries, with a
// mean difference at least as large as the one observed. The observed one
// counts as a round, so p is never 0. The same seed gives the same p.
// Source: Smucker, Allan and Carterette, CIKM 2007.
func PairedRandomizationTest(a, b []float64, rounds int, seed uint64) (p float64) {
	d := differences(a, b)
	observed := 0.0
	for _, x := range d {
		observed += x
	}
	// Sums of the same numbers in another sign pattern may differ in the last bits.
	least := math.Abs(observed) * (1 - 1e-12)
	random := rand.New(rand.NewPCG(seed, 0))
	extreme := 1
	for range rounds {
		sum := 0.0
		var bits uint64
		for i, x := range d {
			if i%64 == 0 {
				bits = random.Uint64()
			}
			if bits&1 == 1 {
				x = -x
			}
			bits >>= 1
			sum += x
		}
		if math.Abs(sum) >= least {
			extreme++
		}
	}
	return float64(extreme) / float64(rounds+1)
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
