package measure

// bpref is the mean, over the relevant documents, of how few judged
// non-relevant ones were ranked above each. Documents without a grade, or with
// a negative one, have no say.
// Source: Buckley and Voorhees, SIGIR 2004; trec_eval m_bpref.c.
var bpref = family{
	name:   "Bpref",
	params: []*param{relParam},
	compute: func(m Measure, r ranking) float64 {
		relevant := r.relevant(m)
		if relevant == 0 {
			return 0
		}
		irrelevant := 0
		for _, grade := range r.ideal[relevant:] {
			if grade >= 0 {
				irrelevant++
			}
		}
		sum, above := 0.0, 0
		for _, grade := range r.grades {
			switch {
			case grade >= m.rel && above == 0:
				sum++
			case grade >= m.rel:
				sum += 1 - float64(min(above, relevant))/float64(min(irrelevant, relevant))
			case grade >= 0:
				above++
			}
		}
		return sum / float64(relevant)
	},
}
