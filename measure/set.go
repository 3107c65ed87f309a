package measure

// setP is the share of all retrieved documents that is relevant; with
// relative=True the share of as many as could have been.
// Source: trec_eval m_set_P.c, m_set_rel_P.c.
var setP = family{
	name:   "SetP",
	params: []*param{relParam, relativeParam, judgedOnlyParam},
	compute: func(m Measure, r ranking) float64 {
		of := len(r.grades)
		if m.relative {
			of = min(of, r.relevant(m))
		}
		return share0(r.hits(m), of)
	},
}

// setR is the share of the relevant documents that was retrieved.
// Source: trec_eval m_set_recall.c.
var setR = family{
	name:   "SetR",
	params: []*param{relParam},
	compute: func(m Measure, r ranking) float64 {
		return share0(r.hits(m), r.relevant(m))
	},
}

// setF is the weighted harmonic mean of SetP and SetR, (beta+1)PR / (R + beta·P);
// van Rijsbergen's has beta squared.
// Source: trec_eval m_set_F.c.
var setF = family{
	name:   "SetF",
	params: []*param{relParam, betaParam, judgedOnlyParam},
	compute: func(m Measure, r ranking) float64 {
		p, rec := share0(r.hits(m), len(r.grades)), share0(r.hits(m), r.relevant(m))
		if p == 0 {
			return 0
		}
		return (m.beta + 1) * p * rec / (rec + m.beta*p)
	},
}

// setAP is SetP times SetR.
// Source: trec_eval m_set_map.c.
var setAP = family{
	name:   "SetAP",
	params: []*param{relParam, judgedOnlyParam},
	compute: func(m Measure, r ranking) float64 {
		return share0(r.hits(m), len(r.grades)) * share0(r.hits(m), r.relevant(m))
	},
}

// share0 is n / of, 0 of nothing.
func share0(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
