package trec

import (
	"fmt"
	"math"
	"slices"
)

// rankConstant is what reciprocal rank fusion adds to a rank.
const rankConstant = 60

// FuseRanks makes one run of several by reciprocal ranks: a document's score
// is the sum, over the runs that have it, of 1/(60 + rank), ranks from 1 in
// the order of Compare. At most depth documents are kept for a query; a query
// that only some of the runs have is taken from those.
// Source: G. V. Cormack, C. L. A. Clarke, S. Büttcher, Reciprocal rank fusion
// outperforms Condorcet and individual rank learning methods, SIGIR 2009.
func FuseRanks(depth int, runs ...Run) (Run, error) {
	return fuse(depth, runs, func(int, []Scored) func(rank int) float64 {
		return func(rank int) float64 { return 1 / float64(rankConstant+rank) }
	})
}

// FuseScores makes one run of several by their scores, each query's brought to
// 0 (its last document in the run) to 1 (its first): a document's score is the
// sum of them times the runs' weights, one weight a run. Where all documents
// of a query have one score, they count 1; a document that a run does not have
// counts 0 there. At most depth documents are kept for a query.
func FuseScores(depth int, weights []float64, runs ...Run) (Run, error) {
	if len(weights) != len(runs) {
		return Run{}, fmt.Errorf("fusion: want a weight for each of %d runs, got %d", len(runs), len(weights))
	}
	for _, weight := range weights {
		if !(weight >= 0) || math.IsInf(weight, 0) {
			return Run{}, fmt.Errorf("fusion: want finite weights of at least 0, got %v", weight)
		}
	}
	return fuse(depth, runs, func(run int, ranking []Scored) func(rank int) float64 {
		low := ranking[len(ranking)-1].Score
		spread := ranking[0].Score - low
		return func(rank int) float64 {
			if spread == 0 {
				return weights[run]
			}
			return weights[run] * (ranking[rank-1].Score - low) / spread
		}
	})
}

// fuse adds up what each run gives each of its documents: worth takes a
// ranking in order and returns what its document of a rank is worth.
func fuse(depth int, runs []Run, worth func(run int, ranking []Scored) func(rank int) float64) (Run, error) {
	if depth < 1 {
		return Run{}, fmt.Errorf("fusion: want a depth of at least 1, got %d", depth)
	}
	sums := make(map[string]map[string]float64)
	for i, run := range runs {
		for queryID, ranking := range run.Rankings {
			if len(ranking) == 0 {
				continue
			}
			ranking = slices.SortedFunc(slices.Values(ranking), Compare)
			of := worth(i, ranking)
			if sums[queryID] == nil {
				sums[queryID] = make(map[string]float64)
			}
			for j, doc := range ranking {
				sums[queryID][doc.DocID] += of(j + 1)
			}
		}
	}
	fused := Run{Rankings: make(map[string][]Scored, len(sums))}
	for queryID, scores := range sums {
		ranking := make([]Scored, 0, len(scores))
		for docID, score := range scores {
			ranking = append(ranking, Scored{docID, score})
		}
		slices.SortFunc(ranking, Compare)
		fused.Rankings[queryID] = ranking[:min(depth, len(ranking))]
	}
	return fused, nil
}
