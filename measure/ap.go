package measure

// ap is the mean, over all relevant documents, of the precision at the rank
// each was retrieved at; one that was not retrieved counts 0. Its mean over
// queries is often called MAP.
// Source: Harman, TREC-1, 1992; trec_eval m_map.c, m_map_cut.c.
var ap = family{
	name:   "AP",
	params: []*param{relParam, judgedOnlyParam, cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		relevant := r.relevant(m)
		if relevant == 0 {
			return 0
		}
		found, sum := 0, 0.0
		for i, grade := range r.top(m) {
			if grade >= m.rel {
				found++
				sum += float64(found) / float64(i+1)
			}
		}
		return sum / float64(relevant)
	},
}
