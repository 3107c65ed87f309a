package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// differencesFigure is a comparison query by query.
type differencesFigure struct {
	shownFigure
	Most []mostChanged
}

// mostChanged is a query that an arm moved.
type mostChanged struct {
	ID         string
	Anchor     string // of the query on the page; "" where it is left out
	Difference string
}

// mostShown is how many queries are named under a picture.
const mostShown = 6

// shownDifferences are the comparisons, linked to the queries that the page has, and how many more there are.
func (e Experiment) shownDifferences(queries []shownQuery) ([]differencesFigure, int) {
	figures, left := e.differencesFigures()
	anchors := map[[2]string]string{}
	for _, q := range queries {
		anchors[[2]string{q.Collection, q.ID}] = q.Anchor
	}
	var all []differencesFigure
	for _, f := range figures {
		shown := differencesFigure{shownFigure: shownFigure{f.caption, f.picture.inline()}}
		for _, most := range f.most {
			most.Anchor = anchors[[2]string{f.collection, most.ID}]
			most.ID = cut(most.ID, 24)
			shown.Most = append(shown.Most, most)
		}
		all = append(all, shown)
	}
	return all, left
}

// mostOf are the queries that changed most, the greatest change first.
func mostOf(queryIDs []string, differences []float64) []mostChanged {
	order := make([]int, len(queryIDs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(math.Abs(differences[j]), math.Abs(differences[i])) })
	var most []mostChanged
	for _, i := range order[:min(mostShown, len(order))] {
		if differences[i] != 0 {
			most = append(most, mostChanged{ID: queryIDs[i], Difference: fmt.Sprintf("%+.2f", differences[i])})
		}
	}
	return most
}
