package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Rounds of the tests that draw at random, enough for three digits of p.
const (
	randomizationRounds = 100_000
	bootstrapRounds     = 10_000
)

// Comparison is how the values of one run differ from those of a baseline, by one measure.
type Comparison struct {
	Difference         float64  // of what is reported of the two, run - baseline
	Interval           Interval // of the difference, by Bootstrap95
	Wins, Losses, Ties int      // queries on which the run is better, worse, equal
	T, P               float64  // of PairedTTest
	W, WilcoxonP       float64  // of WilcoxonSignedRank
	RandomizationP     float64  // of PairedRandomizationTest, 100,000 rounds
	EffectSize         float64
	Detectable         float64
}

// Compare pairs the results of a run with those of a baseline, query by query,
// for the measure with this index. Both must come from the same qrels and
// measures. The seed is that of the tests that draw at random.
func Compare(baseline, run Results, measure int, seed uint64) Comparison {
	if !slices.Equal(baseline.QueryIDs, run.QueryIDs) || baseline.Measures[measure] != run.Measures[measure] {
		panic(fmt.Sprintf("measure: want results of the same queries and measures, got %d queries by %v and %d by %v",
			len(baseline.QueryIDs), baseline.Measures[measure], len(run.QueryIDs), run.Measures[measure]))
	}
	a, b := baseline.Values[measure], run.Values[measure]
	times := run.times(measure)
	c := Comparison{
		Difference:     run.Mean(measure) - baseline.Mean(measure),
		Interval:       Bootstrap95(differences(a, b), bootstrapRounds, seed).scaled(times),
		RandomizationP: PairedRandomizationTest(a, b, randomizationRounds, seed),
		EffectSize:     EffectSize(a, b),
		Detectable:     times * Detectable(a, b),
	}
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
	c.W, c.WilcoxonP = WilcoxonSignedRank(a, b)
	return c
}

// MeanInterval is Bootstrap95 of what Mean reports.
func (r Results) MeanInterval(measure int, seed uint64) Interval {
	return Bootstrap95(r.Values[measure], bootstrapRounds, seed).scaled(r.times(measure))
}

// times is what Mean reports over the mean.
func (r Results) times(measure int) float64 {
	if r.Measures[measure].Summed() {
		return float64(len(r.QueryIDs))
	}
	return 1
}

// Change is a query's value in two runs.
type Change struct {
	QueryID       string
	Baseline, Run float64
}

// Difference is run - baseline.
func (c Change) Difference() float64 { return c.Run - c.Baseline }

// Changes are the queries on which two results differ by a measure, given by its
// index, the greatest difference first, equal ones by id. Both must come
// from the same qrels and measures.
func Changes(baseline, run Results, measure int) []Change {
	var all []Change
	for i, queryID := range run.QueryIDs {
		c := Change{queryID, baseline.Values[measure][i], run.Values[measure][i]}
		if c.Difference() != 0 {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(x, y Change) int {
		return cmp.Compare(math.Abs(y.Difference()), math.Abs(x.Difference()))
	})
	return all
}
