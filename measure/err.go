package measure

import "math"

// expectedRR is the reciprocal rank at which a user is expected to stop who is
// satisfied by a document of grade g with the chance (2^g - 1) / 2^max_rel. max_rel
// is 4 as in gdeval.pl, so that values of one collection compare with
// published ones; a grade above it counts as it.
// Source: Chapelle, Metzler, Zhang and Grinspan, CIKM 2009; TREC's gdeval.pl.
var expectedRR = family{
	name:   "ERR",
	params: []*param{maxRelParam, cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		sum, goesOn := 0.0, 1.0
		for i, grade := range r.top(m) {
			if grade <= 0 {
				continue
			}
			stops := math.Exp2(float64(min(grade, m.maxRel)-m.maxRel)) - math.Exp2(float64(-m.maxRel))
			sum += goesOn * stops / float64(i+1)
			goesOn *= 1 - stops
		}
		return sum
	},
}
