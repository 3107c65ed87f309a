package measure

// recall is the share of the relevant documents that stand in the first k ranks.
// Source: trec_eval m_recall.c.
var recall = family{
	name:   "R",
	params: []*param{relParam, judgedOnlyParam, neededCutoff},
	compute: func(m Measure, r ranking) float64 {
		relevant := r.relevant(m)
		if relevant == 0 {
			return 0
		}
		return float64(r.hits(m)) / float64(relevant)
	},
}
