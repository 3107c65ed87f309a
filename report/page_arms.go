package report

import (
	"fmt"
	"slices"
	"strings"
)

// overview is the arms by the measure that decides, a column a collection.
type overview struct {
	Measure     string
	Collections []string
	Rows        []overviewRow
}

type overviewRow struct {
	Name  string
	Cells []overviewCell
}

// overviewCell is empty where an arm was not tested.
type overviewCell struct {
	Mean                 string
	Best                 bool
	Sign, Class, Verdict string // "" where it was not compared
}

// overview is nil where one table shows all.
func (e Experiment) overview(tables []armsTable) *overview {
	if len(tables) < 2 {
		return nil
	}
	o := &overview{Measure: e.Measures[0].String()}
	for _, a := range e.Arms {
		o.Rows = append(o.Rows, overviewRow{Name: a.Name})
	}
	for _, t := range tables {
		o.Collections = append(o.Collections, t.Collection)
		for i, row := range t.byArm(e.Arms) {
			cell := overviewCell{}
			if row != nil {
				cell = overviewCell{Mean: row.Mean, Best: row.Best, Sign: row.Sign, Class: row.Class, Verdict: row.Verdict}
			}
			o.Rows[i].Cells = append(o.Rows[i].Cells, cell)
		}
	}
	return o
}

// armsTable is the arms on one collection.
type armsTable struct {
	Collection, About string
	Measure           string
	Others            []string // the measures after the first
	Seeds             bool     // an arm has several
	Compared          bool     // an arm has a base
	Rows              []armRow
	Figures           []shownFigure
}

type armRow struct {
	Name, Detail              string
	Mean, Deviation, Interval string
	Best                      bool
	// Of the comparison with the base; all "" where there is none.
	Difference, DifferenceInterval, P, Tally, Detectable string
	Sign, Class, Verdict, Against                        string
	Others                                               []string
}

func (e Experiment) armsTables() []armsTable {
	var tables []armsTable
	for _, c := range e.Collections {
		tables = append(tables, e.armsTable(c))
	}
	return tables
}

func (e Experiment) armsTable(c Collection) armsTable {
	t := armsTable{Collection: c.Name, About: c.about(), Measure: e.Measures[0].String()}
	for _, m := range e.Measures[1:] {
		t.Others = append(t.Others, m.String())
	}
	highest, best := 0.0, -1
	for _, a := range e.Arms {
		s, tested := e.summarize(a, c)
		if !tested {
			continue
		}
		row := armRow{
			Name: a.Name, Detail: a.detail(), Mean: fmt.Sprintf("%.4f", s.means[0]), Deviation: "–", Interval: plainInterval(s.interval),
		}
		if s.deviation.Defined() {
			t.Seeds, row.Deviation = true, fmt.Sprintf("%.4f", float64(s.deviation))
		}
		if d, compared := e.comparison(a, c); compared {
			t.Compared = true
			row.compare(d)
		}
		for _, mean := range s.means[1:] {
			row.Others = append(row.Others, fmt.Sprintf("%.4f", mean))
		}
		if best < 0 || s.means[0] > highest {
			highest, best = s.means[0], len(t.Rows)
		}
		t.Rows = append(t.Rows, row)
	}
	if best >= 0 {
		t.Rows[best].Best = true
	}
	t.Figures = show(e.meansFigures(c))
	return t
}

func (row *armRow) compare(d Comparison) {
	row.Difference, row.DifferenceInterval = fmt.Sprintf("%+.4f", d.Difference), FormatInterval(d.Interval)
	row.P, row.Tally = FormatP(float64(d.Adjusted())), fmt.Sprintf("%d–%d–%d", d.Wins, d.Losses, d.Ties)
	row.Detectable = "–"
	if d.Detectable.Defined() {
		row.Detectable = fmt.Sprintf("%.4f", float64(d.Detectable))
	}
	row.Class, row.Verdict, row.Sign = d.class(), d.Verdict(), signs[d.class()]
	row.Against = map[string]string{"better": "than ", "worse": "than ", "same": "against "}[row.Class] + d.Base
}

// signs say a verdict without colour.
var signs = map[string]string{"better": "▲", "worse": "▼", "same": "="}

// byArm are the table's rows in the order of the arms, nil for one that was not tested.
func (t armsTable) byArm(arms []Arm) []*armRow {
	rows := make([]*armRow, len(arms))
	for i, a := range arms {
		if at := slices.IndexFunc(t.Rows, func(row armRow) bool { return row.Name == a.Name }); at >= 0 {
			rows[i] = &t.Rows[at]
		}
	}
	return rows
}

func (c Collection) about() string {
	about := []string{counted(len(c.QueryIDs), "query", "queries")}
	if c.Split != "" {
		about[0] = c.Split + " split, " + about[0]
	}
	if c.Documents > 0 {
		about = append(about, counted(c.Documents, "document", "documents"))
	}
	if c.Note != "" {
		about = append(about, c.Note)
	}
	return strings.Join(about, ", ")
}

// detail is a line under an arm's name.
func (a Arm) detail() string {
	var words []string
	for _, word := range []string{a.Kind, a.Loss, strings.Join(a.Sources, " + "), a.Encoder} {
		if word != "" {
			words = append(words, word)
		}
	}
	if len(a.Seeds) > 1 {
		words = append(words, fmt.Sprintf("%d seeds", len(a.Seeds)))
	}
	return strings.Join(words, " · ")
}

// tests says what the tables' p is.
func (e Experiment) tests() string {
	family, test := 0, ""
	for _, d := range e.Comparisons {
		if d.Measure == e.Measures[0].String() {
			family++
			test = d.Test
		}
	}
	if family == 0 {
		return ""
	}
	text := fmt.Sprintf("p by %s: two-sided, over queries, each query's value the mean over seeds; adjusted after Holm for %s. A difference is called one where p < %g. "+
		"Intervals of 95 %% are bootstrapped over queries; sd is that of the seeds' means. Detectable is the least true difference that the test would find four times in five.",
		e.Measures[0], counted(family, "comparison", "comparisons"), Significant)
	if test != "" {
		text = strings.ToUpper(test[:1]) + test[1:] + ", " + text
	}
	return text
}
