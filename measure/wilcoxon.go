package measure

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// WilcoxonSignedRank is Wilcoxon's two-sided test of whether the values of b
// differ from those of a: w is the lesser of the sums of ranks of the positive and of
// the negative differences, ranked by size. Ties are taken out first.
//   - p is exact, over all patterns of signs, for up to 50 queries without a tie
//     between the systems or between two differences, and for up to 13 with one
//   - else it is that of the normal distribution, corrected for equal differences, not for continuity
//   - without any difference w is 0 and p 1, where scipy gives NaN
//
// Source: scipy.stats.wilcoxon(b, a), whose conventions these are.
func WilcoxonSignedRank(a, b []float64) (w, p float64) {
	d := differences(a, b)
	queries := len(d)
	d = slices.DeleteFunc(d, func(x float64) bool { return x == 0 })
	if len(d) == 0 {
		return 0, 1
	}
	ranks, shared := signedRanks(d)
	plus, minus := 0.0, 0.0
	for _, rank := range ranks {
		if rank > 0 {
			plus += rank
		} else {
			minus -= rank
		}
	}
	w = min(plus, minus)
	n := float64(len(d))
	distinct := shared == 0 && len(d) == queries
	switch {
	case distinct && queries <= 50:
		p = min(2*shareOfPatternsUpTo(len(d), int(w)), 1)
	case !distinct && queries <= 13:
		// A pattern of signs is as extreme as ours where the sum of its signed ranks is as far from 0.
		p = exactShare(signedSums(ranks), 1<<len(ranks), math.Abs(plus-minus))
	default:
		deviation := math.Sqrt((n*(n+1)*(2*n+1) - shared/2) / 24)
		p = 2 * distuv.UnitNormal.CDF(-math.Abs(plus-n*(n+1)/4)/deviation)
	}
	return w, p
}

// signedRanks are the ranks of the numbers by size, from 1, with their signs;
// equal sizes share the mean of their ranks. shared is Σ t³-t over groups of t equal sizes.
func signedRanks(numbers []float64) (ranks []float64, shared float64) {
	slices.SortFunc(numbers, func(x, y float64) int { return cmp.Compare(math.Abs(x), math.Abs(y)) })
	for i := 0; i < len(numbers); {
		j := i
		for j < len(numbers) && math.Abs(numbers[j]) == math.Abs(numbers[i]) {
			j++
		}
		t := float64(j - i)
		shared += t*t*t - t
		rank := float64(i+1+j) / 2
		for ; i < j; i++ {
			ranks = append(ranks, math.Copysign(rank, numbers[i]))
		}
	}
	return ranks, shared
}

// shareOfPatternsUpTo is the share of the 2^n patterns of signs over the ranks
// 1 … n whose positive ranks sum to w or less.
func shareOfPatternsUpTo(n, w int) float64 {
	ways := make([]float64, n*(n+1)/2+1) // by sum; up to 2^50, exact in a float64
	ways[0] = 1
	for rank := 1; rank <= n; rank++ {
		for sum := len(ways) - 1; sum >= rank; sum-- {
			ways[sum] += ways[sum-rank]
		}
	}
	total := 0.0
	for _, of := range ways[:w+1] {
		total += of
	}
	return total / math.Exp2(float64(n))
}
