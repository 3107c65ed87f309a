package measure

// numRet counts the retrieved documents, with rel= those of at least that grade.
// Source: trec_eval m_num_ret.c, m_num_rel_ret.c.
var numRet = family{
	name:   "NumRet",
	params: []*param{anyRelParam},
	summed: true,
	compute: func(m Measure, r ranking) float64 {
		if m.rel == 0 {
			return float64(len(r.grades))
		}
		return float64(r.hits(m))
	},
}

// numRel counts the relevant documents, retrieved or not, also of a query that
// the run does not have.
// Source: trec_eval m_num_rel.c.
var numRel = family{
	name:   "NumRel",
	params: []*param{relParam},
	summed: true,
	compute: func(m Measure, r ranking) float64 {
		return float64(r.relevant(m))
	},
}

// numQ counts the queries averaged over, also those that the run does not have.
// Source: trec_eval m_num_q.c.
var numQ = family{
	name:    "NumQ",
	summed:  true,
	compute: func(Measure, ranking) float64 { return 1 },
}
