package measure

// precision is the share of the first k ranks that holds a relevant document.
// A ranking shorter than k is divided by k all the same.
// Source: van Rijsbergen, Information Retrieval, 1979; trec_eval m_P.c.
var precision = family{
	name:   "P",
	params: []*param{relParam, judgedOnlyParam, neededCutoff},
	compute: func(m Measure, r ranking) float64 {
		return float64(r.hits(m)) / float64(m.cutoff)
	},
}

// rprec is the precision at rank R, the number of relevant documents.
// Source: Buckley and Voorhees, Retrieval System Evaluation, in TREC, 2005; trec_eval m_Rprec.c.
var rprec = family{
	name:   "Rprec",
	params: []*param{relParam, judgedOnlyParam},
	compute: func(m Measure, r ranking) float64 {
		m.cutoff = r.relevant(m)
		if m.cutoff == 0 {
			return 0
		}
		return float64(r.hits(m)) / float64(m.cutoff)
	},
}

// success is 1 if a relevant document stands in the first k ranks, else 0. Some call it Recall@k.
// Source: trec_eval m_success.c.
var success = family{
	name:   "Success",
	params: []*param{relParam, judgedOnlyParam, neededCutoff},
	compute: func(m Measure, r ranking) float64 {
		return float64(min(r.hits(m), 1))
	},
}
