package measure

import (
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

// Results are the values of some measures for a run, query by query.
type Results struct {
	Measures []Measure
	QueryIDs []string    // the queries that count, sorted
	Values   [][]float64 // [measure][query], in the orders of the two above

	Missing    []string // those of QueryIDs that the run has no ranking for; their values are 0
	Irrelevant []string // queries of the qrels left out, because no document of theirs is relevant
	Unjudged   []string // queries of the run left out, because the qrels do not have them
}

// Mean is the average of a measure, given by its index, over the queries that count; 0 without any.
func (r Results) Mean(measure int) float64 {
	if len(r.QueryIDs) == 0 {
		return 0
	}
	sum := 0.0
	for _, value := range r.Values[measure] {
		sum += value
	}
	return sum / float64(len(r.QueryIDs))
}

// Evaluate measures a run. Every query of the qrels with a document of grade 1
// or more counts, and one that the run does not have counts 0, as trec_eval -c
// and ir_measures do: a system gains nothing by staying silent. Those two also
// count, as 0, the queries for which nothing is relevant; no system can do
// better there, and we leave them out and name them. All measures are averaged
// over the same queries, whatever their rel, so that they can be compared in pairs.
//
// The order of the rankings in run does not matter: they are ordered by
// trec.Compare. Evaluate changes neither argument.
func Evaluate(qrels trec.Qrels, run trec.Run, measures ...Measure) Results {
	results := Results{Measures: measures, Values: make([][]float64, len(measures))}
	for queryID, grades := range qrels {
		if hasRelevant(grades) {
			results.QueryIDs = append(results.QueryIDs, queryID)
		} else {
			results.Irrelevant = append(results.Irrelevant, queryID)
		}
	}
	slices.Sort(results.QueryIDs)
	slices.Sort(results.Irrelevant)
	for _, queryID := range run.QueryIDs() {
		if _, ok := qrels[queryID]; !ok {
			results.Unjudged = append(results.Unjudged, queryID)
		}
	}
	for i := range measures {
		results.Values[i] = make([]float64, len(results.QueryIDs))
	}
	for q, queryID := range results.QueryIDs {
		docs, ok := run.Rankings[queryID]
		if !ok {
			results.Missing = append(results.Missing, queryID)
			continue
		}
		r := newRanking(ordered(docs), qrels[queryID])
		for i, m := range measures {
			results.Values[i][q] = m.family.compute(m, r)
		}
	}
	return results
}

func hasRelevant(grades map[string]int) bool {
	for _, grade := range grades {
		if grade > 0 {
			return true
		}
	}
	return false
}

// ordered is the ranking in trec_eval's order, itself where it is so already.
func ordered(docs []trec.Scored) []trec.Scored {
	if slices.IsSortedFunc(docs, trec.Compare) {
		return docs
	}
	docs = slices.Clone(docs)
	slices.SortFunc(docs, trec.Compare)
	return docs
}
