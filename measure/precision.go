package measure

// precision is the share of the first k ranks that holds a relevant document.
// A ranking shorter than k is divided by k all the same.
// Source: van Rijsbergen, Information Retrieval, 1979; trec_eval m_P.c.
var precision = family{
	name:   "P",
	cutoff: required,
	rel:    true,
	compute: func(m Measure, r ranking) float64 {
		return float64(hits(m, r)) / float64(m.cutoff)
	},
}
