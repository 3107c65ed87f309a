// Package report sets the arms of an experiment side by side: a table for
// people, Markdown, and JSON.
package report

import (
	"fmt"
	"io"
	"math"

	"github.com/gradus-ir/gradus/measure"
)

// Row is an arm's line of the table.
type Row struct {
	Arm   string             `json:"arm"`
	Base  string             `json:"base,omitempty"`
	Means map[string]float64 `json:"means"` // by measure
	// Against the base, by the table's first measure; nil for a base.
	Comparison *Comparison `json:"comparison,omitempty"`
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
			c := measure.Compare(base.Results, a.Results, 0, 1)
			comparison := newComparison(c)
			comparison.Measure = a.Results.Measures[0].String()
			row.Comparison = &comparison
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

// Grid is the table's texts.
func (t Table) Grid() Grid {
	g := Grid{Columns: []Column{{"arm", true}}}
	for _, m := range t.Measures {
		g.Columns = append(g.Columns, Column{Name: m})
	}
	if len(t.Measures) > 0 {
		g.Columns = append(g.Columns, Column{Name: "Δ " + t.Measures[0]}, Column{Name: "95 % interval"}, Column{Name: "p"}, Column{"against its base", true})
	}
	for _, row := range t.Rows {
		line := []string{row.Arm}
		for _, m := range t.Measures {
			line = append(line, fmt.Sprintf("%.4f", row.Means[m]))
		}
		if c := row.Comparison; c != nil {
			line = append(line, fmt.Sprintf("%+.4f", c.Difference), FormatInterval(c.Interval), FormatP(float64(c.P)),
				fmt.Sprintf("%s (%d better, %d worse, %d equal)", c.Verdict(), c.Wins, c.Losses, c.Ties))
		} else if len(t.Measures) > 0 {
			line = append(line, "", "", "", "")
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// FormatInterval is the interval of a difference, with signs.
func FormatInterval(i measure.Interval) string {
	return fmt.Sprintf("%+.4f to %+.4f", i.Low, i.High)
}

// FormatP is a p-value of four digits; – where one query is too few to tell.
func FormatP(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.0001:
		return "<0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// WriteText writes the table for a terminal.
func (t Table) WriteText(w io.Writer) error { return t.Grid().Write(w, "text") }

// WriteMarkdown writes the table as Markdown.
func (t Table) WriteMarkdown(w io.Writer) error { return t.Grid().Write(w, "markdown") }
