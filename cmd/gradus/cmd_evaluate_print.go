package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
)

// formatValue is a value of a measure: four decimals, none for a count.
func formatValue(m measure.Measure, value float64) string {
	if m.Summed() {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.4f", value)
}

func writeMeans(w io.Writer, evaluated []evaluatedRun) error {
	out := bufio.NewWriter(w)
	for m, name := range evaluated[0].Measures {
		for _, run := range evaluated {
			fmt.Fprintf(out, "%v\t%s\t%s\n", name, run.path, formatValue(name, run.Mean(m)))
		}
	}
	return out.Flush()
}

func writeByQuery(w io.Writer, evaluated []evaluatedRun) error {
	out := bufio.NewWriter(w)
	for _, query := range queriesOf(evaluated) {
		for m, name := range evaluated[0].Measures {
			for _, run := range evaluated {
				if place, counts := slices.BinarySearch(run.QueryIDs, query); counts {
					fmt.Fprintf(out, "%s\t%v\t%s\t%s\n", query, name, run.path, formatValue(name, run.Values[m][place]))
				}
			}
		}
	}
	return out.Flush()
}

// queriesOf are the queries that count in any of the runs, sorted.
func queriesOf(evaluated []evaluatedRun) []string {
	var all []string
	for _, run := range evaluated {
		all = append(all, run.QueryIDs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// writeTrecEval writes what trec_eval -q prints: measure, query, value, and
// last the means of all queries, under trec_eval's names where it has the measure.
func writeTrecEval(w io.Writer, results measure.Results) error {
	out := bufio.NewWriter(w)
	line := func(m measure.Measure, query string, value float64) {
		fmt.Fprintf(out, "%-22s\t%s\t%s\n", m.TrecEvalName(), query, formatValue(m, value))
	}
	for q, query := range results.QueryIDs {
		for m, name := range results.Measures {
			line(name, query, results.Values[m][q])
		}
	}
	for m, name := range results.Measures {
		line(name, "all", results.Mean(m))
	}
	return out.Flush()
}

func gridOfMeans(evaluated []evaluatedRun) report.Grid {
	grid := report.Grid{Columns: append([]report.Column{{Name: "run", Words: true}}, measureColumns(evaluated)...)}
	for _, run := range evaluated {
		row := []string{run.path}
		for m, name := range run.Measures {
			row = append(row, formatValue(name, run.Mean(m)))
		}
		grid.Rows = append(grid.Rows, row)
	}
	return grid
}

func gridByQuery(evaluated []evaluatedRun) report.Grid {
	grid := report.Grid{Columns: append([]report.Column{{Name: "query", Words: true}, {Name: "run", Words: true}}, measureColumns(evaluated)...)}
	for _, query := range queriesOf(evaluated) {
		for _, run := range evaluated {
			place, counts := slices.BinarySearch(run.QueryIDs, query)
			if !counts {
				continue
			}
			cells := []string{query, run.path}
			for m, name := range run.Measures {
				cells = append(cells, formatValue(name, run.Values[m][place]))
			}
			grid.Rows = append(grid.Rows, cells)
		}
	}
	return grid
}

func measureColumns(evaluated []evaluatedRun) []report.Column {
	var columns []report.Column
	for _, m := range evaluated[0].Measures {
		columns = append(columns, report.Column{Name: m.String()})
	}
	return columns
}

func writeEvaluatedJSON(w io.Writer, opts evaluateOptions, evaluated []evaluatedRun) error {
	type runJSON struct {
		Run     string                                 `json:"run"`
		Tag     string                                 `json:"tag"`
		Queries int                                    `json:"queries"`
		Missing []string                               `json:"missing,omitempty"`
		Mean    map[measure.Measure]float64            `json:"mean"`
		ByQuery map[string]map[measure.Measure]float64 `json:"by_query,omitempty"`
	}
	out := struct {
		Qrels string    `json:"qrels"`
		Runs  []runJSON `json:"runs"`
	}{Qrels: opts.qrels}
	for _, run := range evaluated {
		one := runJSON{Run: run.path, Tag: run.Tag, Queries: len(run.QueryIDs), Missing: run.Missing, Mean: make(map[measure.Measure]float64)}
		for m, name := range run.Measures {
			one.Mean[name] = run.Mean(m)
		}
		if opts.byQuery {
			one.ByQuery = make(map[string]map[measure.Measure]float64)
			for q, query := range run.QueryIDs {
				values := make(map[measure.Measure]float64)
				for m, name := range run.Measures {
					values[name] = run.Values[m][q]
				}
				one.ByQuery[query] = values
			}
		}
		out.Runs = append(out.Runs, one)
	}
	return writeJSON(w, out)
}

// writeJSON prints a value for programs: indented, with < and & as they are.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
