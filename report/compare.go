package report

import "github.com/gradus-ir/gradus/measure"

// Compare fills Comparisons from Values: each arm that has a base against it,
// on each collection that both were tested on, by each measure. The paired
// t-test is over queries, each query's value the mean over seeds; Holm adjusts
// p for all comparisons by one measure.
func (e *Experiment) Compare() {
	e.Comparisons = nil
	for m := range e.Measures {
		first := len(e.Comparisons)
		var p []float64
		for _, c := range e.Collections {
			for _, arm := range e.Arms {
				if comparison, ok := e.compare(arm, c, m); ok {
					e.Comparisons = append(e.Comparisons, comparison)
					p = append(p, float64(comparison.P))
				}
			}
		}
		for i, holm := range measure.Holm(p) {
			adjusted := Figure(holm)
			e.Comparisons[first+i].Holm = &adjusted
		}
	}
}

// compare holds an arm against its base; false where there is no base or one of the two was not tested.
func (e *Experiment) compare(arm Arm, c Collection, m int) (Comparison, bool) {
	base, ok := e.arm(arm.Base)
	if !ok {
		return Comparison{}, false
	}
	before, tested := e.averaged(base, c)
	if !tested {
		return Comparison{}, false
	}
	after, tested := e.averaged(arm, c)
	if !tested {
		return Comparison{}, false
	}
	d := measure.Compare(before, after, m, intervalSeed)
	return Comparison{
		Arm: arm.Name, Base: base.Name, Collection: c.Name, Measure: e.Measures[m].String(), Test: "paired t-test",
		Difference: d.Difference, Interval: d.Interval, P: Figure(d.P),
		EffectSize: Figure(d.EffectSize), Detectable: Figure(d.Detectable), Wins: d.Wins, Losses: d.Losses, Ties: d.Ties,
	}, true
}

// comparison is the one of an arm on a collection by the measure that decides; false where there is none.
func (e Experiment) comparison(arm Arm, c Collection) (Comparison, bool) {
	for _, d := range e.Comparisons {
		if d.Arm == arm.Name && d.Collection == c.Name && d.Measure == e.Measures[0].String() {
			return d, true
		}
	}
	return Comparison{}, false
}
