// Package report sets the arms of an experiment side by side: a table for
// people, Markdown, and JSON.
package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/measure"
)

// Arm is one system of an experiment with what was measured of it.
type Arm struct {
	Name    string          `json:"name"`
	Base    string          `json:"base"` // the arm it is compared with; "" for a base
	Results measure.Results `json:"-"`
}

// Row is an arm's line of the table.
type Row struct {
	Arm   string             `json:"arm"`
	Base  string             `json:"base,omitempty"`
	Means map[string]float64 `json:"means"` // by measure
	// Against the base, by the table's first measure; nil for a base.
	Comparison *Comparison `json:"comparison,omitempty"`
}

// Comparison is the paired difference of an arm and its base.
type Comparison struct {
	Measure    string  `json:"measure"`
	Difference float64 `json:"difference"`
	P          float64 `json:"p"` // two-sided paired t-test over queries
	Wins       int     `json:"wins"`
	Losses     int     `json:"losses"`
	Ties       int     `json:"ties"`
}

// Significant is the level below which a difference is called one.
const Significant = 0.05

// Verdict says in a word whether the arm is better than its base.
func (c Comparison) Verdict() string {
	switch {
	case !(c.P < Significant):
		return "no better" // a difference that chance explains, either way
	case c.Difference < 0:
		return "worse"
	default:
		return "better"
	}
}

// Table is the arms of an experiment.
type Table struct {
	Measures []string `json:"measures"`
	Queries  int      `json:"queries"`
	Rows     []Row    `json:"rows"`
}

// NewTable compares each arm with its base by the first measure. All arms
// come from the same qrels and measures; an unknown base is an error.
func NewTable(arms []Arm) (Table, error) {
	var t Table
	byName := map[string]Arm{}
	for _, a := range arms {
		byName[a.Name] = a
	}
	for _, a := range arms {
		row := Row{Arm: a.Name, Base: a.Base, Means: map[string]float64{}}
		for i, m := range a.Results.Measures {
			row.Means[m.String()] = a.Results.Mean(i)
		}
		if a.Base != "" {
			base, ok := byName[a.Base]
			if !ok {
				return Table{}, fmt.Errorf("arm %q: unknown base %q", a.Name, a.Base)
			}
			c := measure.Compare(base.Results, a.Results, 0)
			row.Comparison = &Comparison{a.Results.Measures[0].String(), c.Difference, c.P, c.Wins, c.Losses, c.Ties}
		}
		t.Rows = append(t.Rows, row)
	}
	if len(arms) > 0 {
		t.Queries = len(arms[0].Results.QueryIDs)
		for _, m := range arms[0].Results.Measures {
			t.Measures = append(t.Measures, m.String())
		}
	}
	return t, nil
}

// cells are the table's texts, the head first.
func (t Table) cells() [][]string {
	head := append([]string{"arm"}, t.Measures...)
	if len(t.Measures) > 0 {
		head = append(head, "Δ "+t.Measures[0], "p", "against its base")
	}
	out := [][]string{head}
	for _, row := range t.Rows {
		line := []string{row.Arm}
		for _, m := range t.Measures {
			line = append(line, fmt.Sprintf("%.4f", row.Means[m]))
		}
		if c := row.Comparison; c != nil {
			line = append(line, fmt.Sprintf("%+.4f", c.Difference), formatP(c.P), fmt.Sprintf("%s (%d better, %d worse, %d equal)", c.Verdict(), c.Wins, c.Losses, c.Ties))
		} else {
			line = append(line, "", "", "")
		}
		out = append(out, line)
	}
	return out
}

func formatP(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.0001:
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// WriteText writes the table for a terminal.
func (t Table) WriteText(w io.Writer) error {
	cells := t.cells()
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, line := range cells {
		var text strings.Builder
		for i, cell := range line {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 || i == len(line)-1 {
				text.WriteString(cell + space + "  ")
			} else { // numbers stand under one another
				text.WriteString(space + cell + "  ")
			}
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// WriteMarkdown writes the table as Markdown.
func (t Table) WriteMarkdown(w io.Writer) error {
	var out strings.Builder
	for i, line := range t.cells() {
		for _, cell := range line {
			out.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		out.WriteString("|\n")
		if i == 0 {
			out.WriteString(strings.Repeat("|---", len(line)) + "|\n")
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
