package measure

import (
	"math/rand/v2"
	"slices"
)

// Interval is a range that a mean is believed to lie in.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bootstrap95 is the 95 % percentile interval of the mean of values: the middle of
// the means of so many rounds, each over as many values drawn with replacement. The same
// seed gives the same interval; without values it is 0 to 0.
// Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13;
// scipy.stats.bootstrap with method "percentile".
func Bootstrap95(values []float64, rounds int, seed uint64) Interval {
	if len(values) == 0 {
		return Interval{}
	}
	random := rand.NewPCG(seed, 1)
	n := uint64(len(values))
	means := make([]float64, rounds)
	for round := range means {
		sum := 0.0
		for drawn := uint64(0); drawn+1 < n; drawn += 2 { // two from one random number
			bits := random.Uint64()
			sum += values[bits>>32*n>>32] + values[bits&(1<<32-1)*n>>32]
		}
		if n%2 == 1 {
			sum += values[random.Uint64()>>32*n>>32]
		}
		means[round] = sum / float64(n)
	}
	slices.Sort(means)
	return Interval{percentile(means, 0.025), percentile(means, 0.975)}
}

func (i Interval) scaled(times float64) Interval { return Interval{i.Low * times, i.High * times} }

// percentile is the value below which a share of the sorted numbers lies, between two of them in proportion, as numpy has it.
func percentile(sorted []float64, share float64) float64 {
	place := share * float64(len(sorted)-1)
	below := int(place)
	if below+1 == len(sorted) {
		return sorted[below]
	}
	return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
}
