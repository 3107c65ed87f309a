package measure

// rr is one over the rank of the first relevant document, 0 without one.
// Source: Kantor and Voorhees, TREC-5 confusion track, 2000; trec_eval m_recip_rank.c.
var rr = family{
	name:   "RR",
	params: []*param{relParam, judgedOnlyParam, cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		for i, grade := range r.top(m) {
			if grade >= m.rel {
				return 1 / float64(i+1)
			}
		}
		return 0
	},
}
