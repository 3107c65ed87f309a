package measure

// rbp is the rate at which a user meets relevant documents who goes on from one
// rank to the next with the chance p: (1 - p) · Σ p^(rank-1) over the relevant ones.
// Without rel= ir_measures means graded gains, which no program of its computes; here rel is required.
// Source: Moffat and Zobel, TOIS 27(1), 2008; cwl_eval's cwl_rbp.py.
var rbp = family{
	name:   "RBP",
	params: []*param{pParam, neededRelParam, cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		sum, there := 0.0, 1-m.p
		for _, grade := range r.top(m) {
			if grade >= m.rel {
				sum += there
			}
			there *= m.p
		}
		return sum
	},
}
