package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the report's tables, for people who paste. Its pictures are
// those that Write puts beside it.
func Markdown(w io.Writer, e Experiment) error {
	if err := e.Check(); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", markdownText(e.Name))
	if e.Question != "" {
		fmt.Fprintf(&b, "%s\n\n", markdownText(e.Question))
	}
	fmt.Fprintf(&b, "%s.\n\n", e.counts())
	for _, note := range e.Notes {
		fmt.Fprintf(&b, "- %s\n", markdownText(note))
	}
	for _, t := range e.armsTables() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n%s\n", markdownText(t.Collection), markdownText(t.About), t.grid().markdown())
	}
	if tests := e.tests(); tests != "" {
		fmt.Fprintf(&b, "%s\n", markdownText(tests))
	}
	for _, t := range e.fidelityTables() {
		fmt.Fprintf(&b, "\n## %s\n\nRows are intended grades, columns judged ones.\n\n%s\n%s.\n", markdownText(t.Caption), t.grid().markdown(), markdownText(t.Agreement))
	}
	if grid := e.shiftsGrid(); len(grid.Rows) > 0 {
		fmt.Fprintf(&b, "\n## Scores by grade\n\nThe chance that a document scores higher than one of the grade below.\n\n%s", grid.markdown())
	}
	if len(e.Lengths) > 0 {
		fmt.Fprintf(&b, "\n## Length by grade\n\n%s", e.lengthsGrid().markdown())
	}
	fmt.Fprintf(&b, "\n## Plots\n\n")
	for _, f := range e.figures() {
		fmt.Fprintf(&b, "![%s](%s/%s)\n", markdownText(f.caption), PlotsFolder, f.file())
	}
	fmt.Fprintf(&b, "\n## How it was made\n\n")
	for _, command := range e.Commands {
		fmt.Fprintf(&b, "    %s\n", strings.Join(strings.Fields(command), " "))
	}
	fmt.Fprintln(&b)
	for _, fact := range e.Facts {
		fmt.Fprintf(&b, "- %s: %s\n", markdownText(fact.Name), markdownText(fact.Value))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownText is a text in one line that Markdown takes for nothing but text.
func markdownText(text string) string {
	return markdownEscapes.Replace(strings.Join(strings.Fields(text), " "))
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "#", `\#`)

// grid is the table as texts, without what only a page has room for.
func (t armsTable) grid() Grid {
	g := Grid{Columns: []Column{{"arm", true}, {Name: t.Measure}, {Name: "sd"}, {Name: "95 % interval"}, {Name: "Δ base"}, {Name: "95 % interval of Δ"}, {Name: "p"}, {"verdict", true}, {Name: "won–lost–tied"}}}
	for _, name := range t.Others {
		g.Columns = append(g.Columns, Column{Name: name})
	}
	for _, row := range t.Rows {
		line := []string{row.Name, row.Mean, row.Deviation, row.Interval, row.Difference, row.DifferenceInterval, row.P, strings.TrimSpace(row.Verdict + " " + row.Against), row.Tally}
		g.Rows = append(g.Rows, append(line, row.Others...))
	}
	return g.texts(markdownText)
}

func (t fidelityTable) grid() Grid {
	g := Grid{Columns: []Column{{"intended", true}}}
	for _, grade := range t.Scale {
		g.Columns = append(g.Columns, Column{Name: fmt.Sprint(grade)})
	}
	for _, row := range t.Rows {
		line := []string{fmt.Sprint(row.Grade)}
		for _, cell := range row.Cells {
			line = append(line, fmt.Sprintf("%s (%s)", cell.Share, cell.Count))
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

func (e Experiment) shiftsGrid() Grid {
	g := Grid{Columns: []Column{{"arm", true}, {"lists", true}, {Name: "seed"}, {"grades", true}, {Name: "before"}, {Name: "after"}}}
	for _, a := range e.Arms {
		for _, s := range a.Shifts {
			for _, p := range s.pairs() {
				g.Rows = append(g.Rows, []string{a.Name, s.Lists, fmt.Sprint(s.Seed), p.Grades, p.Before, p.After})
			}
		}
	}
	return g.texts(markdownText)
}

func (e Experiment) lengthsGrid() Grid {
	g := Grid{Columns: []Column{{"lists", true}, {Name: "grade"}, {Name: "documents"}, {Name: "5 %"}, {Name: "25 %"}, {Name: "median"}, {Name: "75 %"}, {Name: "95 %"}, {"unit", true}}}
	for _, l := range e.Lengths {
		for _, n := range l.Grades {
			g.Rows = append(g.Rows, []string{l.Lists, fmt.Sprint(n.Grade), fmt.Sprint(n.Documents), number(n.P5), number(n.P25), number(n.Median), number(n.P75), number(n.P95), l.Unit})
		}
	}
	return g.texts(markdownText)
}

// texts is the grid with each of its rows' texts made another.
func (g Grid) texts(of func(string) string) Grid {
	for _, row := range g.Rows {
		for i, cell := range row {
			row[i] = of(cell)
		}
	}
	return g
}
