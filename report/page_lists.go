package report

import (
	"fmt"
	"strings"
)

// fidelityTable is a confusion matrix, each row's shares over its counts.
type fidelityTable struct {
	Caption   string
	Scale     []int
	Rows      []fidelityRow
	Agreement string
}

type fidelityRow struct {
	Grade int
	Cells []fidelityCell
}

type fidelityCell struct{ Share, Count, Heat string }

// heats is how many shades a share has.
const heats = 10

func (e Experiment) fidelityTables() []fidelityTable {
	var tables []fidelityTable
	for _, f := range e.Fidelity {
		t := fidelityTable{Caption: "Intended and judged grades, " + f.Lists, Scale: f.Scale, Agreement: f.agreement()}
		for i, counts := range f.Confusion {
			row := fidelityRow{Grade: f.Scale[i]}
			all := int64(0)
			for _, count := range counts {
				all += count
			}
			for _, count := range counts {
				share := float64(count) / float64(max(all, 1))
				row.Cells = append(row.Cells, fidelityCell{fmt.Sprintf("%.0f %%", 100*share), fmt.Sprint(count), fmt.Sprintf("heat%d", min(int(share*heats), heats-1))})
			}
			t.Rows = append(t.Rows, row)
		}
		tables = append(tables, t)
	}
	return tables
}

// agreement is a line under the matrix.
func (f Fidelity) agreement() string {
	var words []string
	if f.Judge != "" {
		words = append(words, "judged by "+f.Judge)
	}
	if f.QuadraticKappa.Defined() {
		words = append(words, fmt.Sprintf("quadratic kappa %.2f", float64(f.QuadraticKappa)))
	}
	if f.Tau.Defined() {
		words = append(words, fmt.Sprintf("Kendall's tau-b within lists %.2f", float64(f.Tau)))
	}
	return strings.Join(words, ", ")
}

// shiftFigure is a picture of scores with its table.
type shiftFigure struct {
	shownFigure
	Pairs []orderedPair
}

// orderedPair is how often a document scores higher than one of the grade below.
type orderedPair struct{ Grades, Before, After string }

func (e Experiment) shownShifts() []shiftFigure {
	var all []shiftFigure
	figures := show(e.scoresFigures()) // in the order of arms and shifts, too
	for _, a := range e.Arms {
		for _, s := range a.Shifts {
			all = append(all, shiftFigure{figures[len(all)], s.pairs()})
		}
	}
	return all
}

// pairs are the neighbouring grades, the highest first.
func (s Shift) pairs() []orderedPair {
	var pairs []orderedPair
	for i := len(s.Before) - 1; i > 0; i-- {
		pairs = append(pairs, orderedPair{
			fmt.Sprintf("%d over %d", s.Before[i].Grade, s.Before[i-1].Grade),
			s.Before[i].ordered(s.Before[i-1]).hundredths(), s.After[i].ordered(s.After[i-1]).hundredths(),
		})
	}
	return pairs
}

// hundredths is the figure with two decimals; – where it is not defined.
func (f Figure) hundredths() string {
	if !f.Defined() {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(f))
}
