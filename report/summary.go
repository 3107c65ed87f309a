package report

import (
	"math"

	"github.com/gradus-ir/gradus/measure"
)

// intervalSeed is that of all that a report draws at random: the same experiment has the same report.
const intervalSeed = 1

// averaged are an arm's values on a collection, each query's the mean over the
// arm's seeds; false where the arm was not tested there.
func (e Experiment) averaged(arm Arm, c Collection) (measure.Results, bool) {
	r := measure.Results{Tag: arm.Name, Measures: e.Measures, QueryIDs: c.QueryIDs}
	runs := arm.on(c)
	for m := range e.Measures {
		mean := make([]float64, len(c.QueryIDs))
		for _, run := range runs {
			for q, value := range run.ByQuery[m] {
				mean[q] += value / float64(len(runs))
			}
		}
		r.Values = append(r.Values, mean)
	}
	return r, len(runs) > 0
}

// on are the arm's values on a collection, one a seed.
func (a Arm) on(c Collection) []Values {
	var runs []Values
	for _, v := range a.Values {
		if v.Collection == c.Name {
			runs = append(runs, v)
		}
	}
	return runs
}

// arm is the arm of this name.
func (e Experiment) arm(name string) (Arm, bool) {
	for _, a := range e.Arms {
		if a.Name == name {
			return a, true
		}
	}
	return Arm{}, false
}

// collection is the test collection of this name.
func (e Experiment) collection(name string) (Collection, bool) {
	for _, c := range e.Collections {
		if c.Name == name {
			return c, true
		}
	}
	return Collection{}, false
}

// summary is what a row says of an arm on a collection.
type summary struct {
	means     []float64        // by measure
	interval  measure.Interval // of the first measure's mean, over queries, 95 %
	bySeed    []float64        // the first measure's means
	deviation Figure           // of bySeed; not defined for fewer than two
}

func (e Experiment) summarize(arm Arm, c Collection) (summary, bool) {
	results, tested := e.averaged(arm, c)
	if !tested {
		return summary{}, false
	}
	s := summary{interval: results.MeanInterval(0, intervalSeed), bySeed: e.seedMeans(arm, c)}
	for m := range e.Measures {
		s.means = append(s.means, results.Mean(m))
	}
	s.deviation = deviation(s.bySeed)
	return s, true
}

// Mean is what an arm came to on a collection by a measure: the mean over queries and seeds.
type Mean struct {
	Arm        string          `json:"arm"`
	Collection string          `json:"collection"`
	Measure    measure.Measure `json:"measure"`
	Mean       float64         `json:"mean"`
	Deviation  *Figure         `json:"sd,omitempty"` // of the seeds' means; nil for measures after the first
}

// Means are those of all arms on all collections that they were tested on.
func (e Experiment) Means() []Mean {
	var means []Mean
	for _, c := range e.Collections {
		for _, a := range e.Arms {
			s, _ := e.summarize(a, c)
			for m, mean := range s.means {
				one := Mean{Arm: a.Name, Collection: c.Name, Measure: e.Measures[m], Mean: mean}
				if m == 0 {
					one.Deviation = &s.deviation
				}
				means = append(means, one)
			}
		}
	}
	return means
}

// seedMeans are the first measure's means, one a seed.
func (e Experiment) seedMeans(arm Arm, c Collection) []float64 {
	var means []float64
	for _, run := range arm.on(c) {
		results := measure.Results{Measures: e.Measures, QueryIDs: c.QueryIDs, Values: run.ByQuery}
		means = append(means, results.Mean(0))
	}
	return means
}

// deviation is the standard deviation of a sample, NaN for fewer than two.
func deviation(sample []float64) Figure {
	mean, squares, n := 0.0, 0.0, float64(len(sample))
	for _, x := range sample {
		mean += x / n
	}
	for _, x := range sample {
		squares += (x - mean) * (x - mean)
	}
	if n < 2 {
		return Figure(math.NaN())
	}
	return Figure(math.Sqrt(squares / (n - 1)))
}
