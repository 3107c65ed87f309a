package recipe

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

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

// writeQrels writes judgments in BEIR's layout, in the order of the IDs.
func writeQrels(path string, qrels trec.Qrels) error {
	return durable.WriteFile(path, func(w io.Writer) error { return printQrels(w, qrels) })
}

func printQrels(w io.Writer, qrels trec.Qrels) error {
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
}
