package measure

// judged is the share of the first k documents that have a grade, any grade: how
// much of what the other measures say rests on judgments. A ranking shorter
// than k is divided by its own length; an empty one has 0.
// Source: ir_measures, measures/judged.py and providers/judged_provider.py.
var judged = family{
	name:   "Judged",
	params: []*param{cutoffParam},
	compute: func(m Measure, r ranking) float64 {
		top := r.top(m)
		if len(top) == 0 {
			return 0
		}
		n := 0
		for _, grade := range top {
			if grade != unjudged {
				n++
			}
		}
		return float64(n) / float64(len(top))
	},
}
