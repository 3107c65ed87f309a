package recipe

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

// demoMeasures are the table's columns; arms are compared by the first.
var demoMeasures = []string{"nDCG@10", "RR@10", "R@100"}

// evaluate measures a run file.
func evaluate(qrelsPath, runPath string, names ...string) (measure.Results, error) {
	qrels, err := trec.ReadQrels(qrelsPath)
	if err != nil {
		return measure.Results{}, err
	}
	run, err := trec.ReadRun(runPath)
	if err != nil {
		return measure.Results{}, err
	}
	var measures []measure.Measure
	for _, name := range names {
		m, err := measure.Parse(name)
		if err != nil {
			return measure.Results{}, err
		}
		measures = append(measures, m)
	}
	return measure.Evaluate(qrels, run, measures...), nil
}

// writeTable leaves the table in the experiment's folder, for people and for programs.
func (e *Experiment) writeTable(table report.Table) error {
	if err := durable.WriteFile(e.Path("report.md"), table.WriteMarkdown); err != nil {
		return err
	}
	return durable.WriteFile(e.Path("report.json"), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(table)
	})
}

// writeQrels writes judgments in BEIR's layout, in the order of the IDs.
func writeQrels(path string, qrels trec.Qrels) error {
	return durable.WriteFile(path, func(w io.Writer) error {
		if _, err := fmt.Fprintln(w, "query-id\tcorpus-id\tscore"); err != nil {
			return err
		}
		for _, query := range slices.Sorted(maps.Keys(qrels)) {
			for _, doc := range slices.Sorted(maps.Keys(qrels[query])) {
				if _, err := fmt.Fprintf(w, "%s\t%s\t%d\n", query, doc, qrels[query][doc]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
