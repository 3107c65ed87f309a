package measure

import (
	"math"
	"slices"
)

// nDCG is the discounted gain of the ranking over that of the best ranking
// there could be: gain = grade (0 for a negative or no grade), discount
// log2(rank+1). A cutoff cuts both rankings. dcg='exp-log2' makes the gain
// 2^grade - 1, gains={1:1,2:10} gives grades other gains.
// Source: Järvelin and Kekäläinen, TOIS 20(4), 2002; trec_eval m_ndcg.c, m_ndcg_cut.c;
// with exponential gains Burges et al., ICML 2005, and TREC's gdeval.pl.
var nDCG = family{
	name:   "nDCG",
	params: []*param{dcgParam, gainsParam, judgedOnlyParam, cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		best := m.discounted(upTo(m.byGain(r.ideal), m.cutoff))
		if best == 0 {
			return 0
		}
		return m.discounted(r.top(m)) / best
	},
}

// dcg is the discounted gain itself, not divided by the best one.
// Source: as nDCG.
var dcg = family{
	name:   "DCG",
	params: []*param{dcgParam, gainsParam, judgedOnlyParam, cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		return m.discounted(r.top(m))
	},
}

func (m Measure) discounted(grades []int) float64 {
	sum := 0.0
	for i, grade := range grades {
		if gain := m.gain(grade); gain > 0 {
			sum += gain / log2(i+2)
		}
	}
	return sum
}

// byGain is the best ranking: grades in the order of their gains, descending.
func (m Measure) byGain(ideal []int) []int {
	if m.gains.n == 0 {
		return ideal
	}
	ideal = slices.Clone(ideal)
	slices.SortStableFunc(ideal, func(a, b int) int {
		switch ga, gb := m.gain(a), m.gain(b); {
		case ga > gb:
			return -1
		case ga < gb:
			return 1
		}
		return 0
	})
	return ideal
}

// logs are the first base-2 logarithms, which a long run asks for over and over.
var logs = func() (table [1024]float64) {
	for i := range table {
		table[i] = math.Log2(float64(i))
	}
	return table
}()

func log2(n int) float64 {
	if n < len(logs) {
		return logs[n]
	}
	return math.Log2(float64(n))
}
