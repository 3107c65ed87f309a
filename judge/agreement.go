package judge

import (
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

// Agreement holds judged grades against intended ones, over the pairs that have both.
type Agreement struct {
	Pairs     int64     `json:"pairs"`
	Scale     []int     `json:"scale"`     // the grades of rows and columns, ascending
	Confusion [][]int64 `json:"confusion"` // pairs, intended grade by judged grade

	Accuracy       Figure `json:"accuracy"` // share of equal grades
	Kappa          Figure `json:"kappa"`    // Cohen's
	LinearKappa    Figure `json:"linear_kappa"`
	QuadraticKappa Figure `json:"quadratic_kappa"`

	Tau      Tau      `json:"tau"`
	Relevant Relevant `json:"relevant"`
}

// Tau is the mean of Kendall's tau-b over the lists that have an intended
// order. A list to whose documents the judge gives one grade counts 0: it has
// not found any of the order.
type Tau struct {
	Mean  Figure `json:"mean"`
	Low   Figure `json:"low"` // 95 % of bootstrap samples of the lists lie between
	High  Figure `json:"high"`
	Lists int64  `json:"lists"`
	Flat  int64  `json:"flat"` // of them, those judged with one grade
}

// Relevant is the agreement on two classes: relevant or not.
type Relevant struct {
	Intended  int    `json:"intended_from"` // the grades from which on a document counts as relevant
	Judged    int    `json:"judged_from"`
	Precision Figure `json:"precision"` // of those judged relevant, the share that is
	Recall    Figure `json:"recall"`    // of the relevant, the share that was judged so
	Kappa     Figure `json:"kappa"`
}

// relevantFrom is where the TREC DL tracks cut their scale in two.
const relevantFrom = 2

// agreement is nil where no pair has both grades.
func agreement(lists []List, judged, intended trec.Qrels, relevant int, seed int64) *Agreement {
	var a, b []int     // intended and judged grades of all pairs
	var taus []float64 // one a list with an intended order
	var result Agreement
	for _, list := range lists {
		first := len(a)
		for _, document := range list.Documents {
			grade, known := intended[list.Query.ID][document.ID]
			found, graded := judged[list.Query.ID][document.ID]
			if known && graded {
				a, b = append(a, grade), append(b, found)
			}
		}
		inA, inB := a[first:], b[first:]
		switch {
		case len(inA) == 0 || slices.Min(inA) == slices.Max(inA):
		case slices.Min(inB) == slices.Max(inB):
			result.Tau.Flat++
			taus = append(taus, 0)
		default:
			taus = append(taus, tauB(inA, inB))
		}
	}
	if len(a) == 0 {
		return nil
	}
	if relevant == 0 {
		relevant = max(1, min(relevantFrom, slices.Max(a)))
	}
	low, high := min(0, slices.Min(a)), max(3, slices.Max(a))
	for grade := low; grade <= high; grade++ {
		result.Scale = append(result.Scale, grade)
	}
	result.Pairs = int64(len(a))
	result.Confusion = confusion(a, b, low, high)
	var equal int64
	for i := range result.Confusion {
		equal += result.Confusion[i][i]
	}
	result.Accuracy = share(equal, result.Pairs)
	result.Kappa = Figure(kappa(result.Confusion, unequal))
	result.LinearKappa = Figure(kappa(result.Confusion, linear))
	result.QuadraticKappa = Figure(kappa(result.Confusion, quadratic))
	result.Relevant = relevance(a, b, relevant)
	mean, from, to := bootstrapMean(taus, seed)
	result.Tau.Mean, result.Tau.Low, result.Tau.High, result.Tau.Lists = Figure(mean), Figure(from), Figure(to), int64(len(taus))
	return &result
}

// confusion counts pairs by the grades of a, the rows, and b, the columns.
func confusion(a, b []int, low, high int) [][]int64 {
	counts := make([][]int64, high-low+1)
	for i := range counts {
		counts[i] = make([]int64, high-low+1)
	}
	for i := range a {
		counts[a[i]-low][b[i]-low]++
	}
	return counts
}

func relevance(intended, judged []int, from int) Relevant {
	two := [][]int64{{0, 0}, {0, 0}}
	for i := range intended {
		two[class(intended[i] >= from)][class(judged[i] >= relevantFrom)]++
	}
	return Relevant{
		Intended: from, Judged: relevantFrom,
		Precision: share(two[1][1], two[0][1]+two[1][1]),
		Recall:    share(two[1][1], two[1][0]+two[1][1]),
		Kappa:     Figure(kappa(two, unequal)),
	}
}

func class(relevant bool) int {
	if relevant {
		return 1
	}
	return 0
}
