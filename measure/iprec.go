package measure

// interpolated is the best precision at any rank from the one on at which the
// given share of the relevant documents has been found. The share is turned into
// a number of documents as trec_eval 9 and pytrec_eval do it, by adding 0.9 and
// cutting; trec_eval 10 rounds.
// Source: trec_eval m_iprec_at_recall.c of 9.0.8.
var interpolated = family{
	name:   "IPrec",
	params: []*param{relParam, judgedOnlyParam, recallParam},
	compute: func(m Measure, r ranking) float64 {
		needed := int(float64(m.recall*float64(r.relevant(m))) + 0.9)
		best, found := 0.0, 0
		for i, grade := range r.grades {
			if grade < m.rel {
				continue
			}
			found++
			if found >= needed {
				best = max(best, float64(found)/float64(i+1))
			}
		}
		return best
	},
}
