package judge

import (
	"math"
	"math/rand/v2"
	"slices"
)

// tauB is Kendall's rank correlation with ties in either list: 1 is the same
// order, -1 the opposite. A list whose values are all equal has no order: NaN.
//   - a, b: one value a document, in the same order; different lengths panic
//
// Sources: Kendall 1945. scipy.stats.kendalltau.
func tauB(a, b []int) float64 {
	var concordant, orderedA, orderedB float64
	for i := range a {
		for j := range i {
			inA, inB := sign(a[i]-a[j]), sign(b[i]-b[j])
			concordant += inA * inB
			orderedA += inA * inA
			orderedB += inB * inB
		}
	}
	if orderedA == 0 || orderedB == 0 {
		return math.NaN()
	}
	return concordant / math.Sqrt(orderedA*orderedB)
}

func sign(n int) float64 {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

// resamples of a bootstrap.
const resamples = 2000

// bootstrapMean is the mean of the values and the bounds that hold its true
// value with 95 % confidence, by the percentiles of the means of samples drawn
// from the values with replacement. The same seed gives the same bounds;
// fewer than two values give none, NaN.
//
// Sources: Efron 1979. scipy.stats.bootstrap, method percentile.
func bootstrapMean(values []float64, seed int64) (mean, low, high float64) {
	if len(values) == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	if len(values) == 1 {
		return mean, math.NaN(), math.NaN()
	}
	random := rand.New(rand.NewPCG(uint64(seed), 0x7461750000000000))
	means := make([]float64, resamples)
	for i := range means {
		for range values {
			means[i] += values[random.IntN(len(values))]
		}
		means[i] /= float64(len(values))
	}
	slices.Sort(means)
	return mean, percentile(means, 2.5), percentile(means, 97.5)
}

// percentile lies between the two sorted values it falls among, as numpy's does.
func percentile(sorted []float64, p float64) float64 {
	at := p / 100 * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}
