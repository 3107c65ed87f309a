package main

import (
	"fmt"
	"io"

	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/report"
)

// armsGrid is a line for each arm on a collection: its means, and how the first
// of them compares with its baseline's.
func armsGrid(e report.Experiment, c report.Collection) report.Grid {
	g := report.Grid{Columns: []report.Column{{Name: "arm", Words: true}}}
	for _, m := range e.Measures {
		g.Columns = append(g.Columns, report.Column{Name: m.String()})
	}
	first := e.Measures[0].String()
	g.Columns = append(g.Columns, report.Column{Name: "sd of seeds"}, report.Column{Name: "baseline", Words: true}, report.Column{Name: "Δ " + first},
		report.Column{Name: "95 % interval"}, report.Column{Name: "p, Holm"}, report.Column{Name: "verdict", Words: true})
	rows := map[string][]string{}
	var order []string
	deviations := map[string]string{}
	for _, m := range e.Means() {
		if m.Collection != c.Name {
			continue
		}
		if rows[m.Arm] == nil {
			rows[m.Arm], order = []string{m.Arm}, append(order, m.Arm)
		}
		rows[m.Arm] = append(rows[m.Arm], fmt.Sprintf("%.4f", m.Mean))
		if m.Deviation != nil && m.Deviation.Defined() {
			deviations[m.Arm] = fmt.Sprintf("%.4f", float64(*m.Deviation))
		}
	}
	for _, name := range order {
		g.Rows = append(g.Rows, append(append(rows[name], deviations[name]), compared(e, c, name, first)...))
	}
	return g
}

// compared are the cells of an arm's comparison; empty where it has no baseline.
func compared(e report.Experiment, c report.Collection, arm, measure string) []string {
	for _, d := range e.Comparisons {
		if d.Arm == arm && d.Collection == c.Name && d.Measure == measure {
			p := d.P
			if d.Holm != nil {
				p = *d.Holm
			}
			return []string{d.Base, fmt.Sprintf("%+.4f", d.Difference), report.FormatInterval(d.Interval), report.FormatP(float64(p)), d.Verdict()}
		}
	}
	return make([]string, 5)
}

// watchStages tells people of each stage: a moving line on a terminal, and a line when it is done.
func watchStages(err io.Writer) func(recipe.Event) {
	var line *progress
	return func(e recipe.Event) {
		switch e.State {
		case recipe.Started:
			line = newProgress(err, e.Stage)
		case recipe.Moving:
			line.set(e.Done, e.Total, e.Note)
		case recipe.Finished:
			line.close()
			fmt.Fprintf(err, "%-56s %s\n", e.Stage, recipe.Duration(e.Took.Seconds()))
		}
	}
}
