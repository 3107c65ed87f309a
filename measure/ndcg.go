package measure

import "math"

// nDCG is the discounted gain of the ranking over that of the best ranking
// there could be: gain = grade (0 for a negative or no grade), discount
// log2(rank+1). A cutoff cuts both rankings.
// Source: Järvelin and Kekäläinen, TOIS 20(4), 2002; trec_eval m_ndcg.c, m_ndcg_cut.c.
var nDCG = family{
	name: "nDCG",
	compute: func(m Measure, r ranking) float64 {
		best := dcg(upTo(r.ideal, m.cutoff))
		if best == 0 {
			return 0
		}
		return dcg(r.top(m)) / best
	},
}

func dcg(grades []int) float64 {
	sum := 0.0
	for i, grade := range grades {
		if grade > 0 {
			sum += float64(grade) / math.Log2(float64(i+2))
		}
	}
	return sum
}
