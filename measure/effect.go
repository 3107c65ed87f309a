package measure

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// EffectSize is Cohen's d_z: the mean of the differences b - a in units of
// their standard deviation. It is 0 where there is no difference at all, and
// infinite where all are the same one.
// Source: Cohen, Statistical Power Analysis, 1988, section 2.3.5.
func EffectSize(a, b []float64) float64 {
	mean, deviation := meanAndDeviation(differences(a, b))
	if mean == 0 {
		return 0
	}
	return mean / deviation
}

// Detectable is the least true difference of the means that a two-sided paired t-test at
// level 0.05 over these queries would find with a chance of 0.8:
// (t[0.975, n-1] + t[0.8, n-1]) · s / √n, where s is the standard deviation of
// the n differences b - a. It is NaN for fewer than two queries.
// Source: Sakai, Laboratory Experiments in Information Retrieval, 2018, chapter 6; the t
// quantiles stand for those of the noncentral t distribution.
func Detectable(a, b []float64) float64 {
	d := differences(a, b)
	if len(d) < 2 {
		return math.NaN()
	}
	_, deviation := meanAndDeviation(d)
	n := float64(len(d))
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	return (t.Quantile(0.975) + t.Quantile(0.8)) * deviation / math.Sqrt(n)
}

// meanAndDeviation are the mean and the standard deviation of a sample.
func meanAndDeviation(sample []float64) (mean, deviation float64) {
	n := float64(len(sample))
	for _, x := range sample {
		mean += x
	}
	mean /= n
	squares := 0.0
	for _, x := range sample {
		squares += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(squares / (n - 1))
}
