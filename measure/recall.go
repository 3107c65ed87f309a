package measure

// recall is the share of the relevant documents that stand in the first k ranks.
// Source: trec_eval m_recall.c.
var recall = family{
	name:   "R",
	cutoff: required,
	rel:    true,
	compute: func(m Measure, r ranking) float64 {
		relevant := r.relevant(m)
		if relevant == 0 {
			return 0
		}
		return float64(hits(m, r)) / float64(relevant)
	},
}

// hits counts the relevant documents in the first k ranks.
func hits(m Measure, r ranking) int {
	n := 0
	for _, grade := range r.top(m) {
		if grade >= m.rel {
			n++
		}
	}
	return n
}
