package measure

import "fmt"

// Comparison is how the values of one run differ from those of a baseline, by one measure.
type Comparison struct {
	Difference         float64 // of the means, run - baseline
	Wins, Losses, Ties int     // queries on which the run is better, worse, equal
	T, P               float64 // of PairedTTest
}

// Compare pairs the results of a run with those of a baseline, query by query,
// for the measure with this index. Both must come from the same qrels and measures.
func Compare(baseline, run Results, measure int) Comparison {
	if len(baseline.QueryIDs) != len(run.QueryIDs) || baseline.Measures[measure] != run.Measures[measure] {
		panic(fmt.Sprintf("measure: want results of the same queries and measures, got %d queries by %v and %d by %v",
			len(baseline.QueryIDs), baseline.Measures[measure], len(run.QueryIDs), run.Measures[measure]))
	}
	a, b := baseline.Values[measure], run.Values[measure]
	c := Comparison{Difference: run.Mean(measure) - baseline.Mean(measure)}
	for i := range a {
		switch {
		case b[i] > a[i]:
			c.Wins++
		case b[i] < a[i]:
			c.Losses++
		default:
			c.Ties++
		}
	}
	c.T, c.P = PairedTTest(a, b)
	return c
}
