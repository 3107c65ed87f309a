package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

// writeMTEB writes the run's means as MTEB's result of the task that the file
// is named after. The split is what the qrels' file is named after.
func (o evaluateOptions) writeMTEB(rules measure.Rules) error {
	measures, err := report.MTEBMeasures()
	if err != nil {
		return err
	}
	qrels, err := trec.ReadQrels(o.qrels)
	if err != nil {
		return err
	}
	results, err := measure.NewEvaluator(qrels, rules, measures...).File(o.runs[0])
	if err != nil {
		return err
	}
	split, _, _ := strings.Cut(filepath.Base(o.qrels), ".")
	result := report.MTEB{
		Task: strings.TrimSuffix(filepath.Base(o.mteb), ".json"), Revision: o.mtebRevision,
		Split: split, Languages: []string{"eng-Latn"},
	}
	all := exchange.All()
	if at := slices.IndexFunc(all, func(k exchange.Known) bool { return k.Task == result.Task }); at >= 0 && result.Revision == "" {
		result.Revision = all[at].Revision
	}
	if result.Revision == "" {
		return usagef("--mteb %s: %s is no known collection's task; want --mteb-revision", o.mteb, result.Task)
	}
	return durable.WriteFile(o.mteb, func(w io.Writer) error { return result.Write(w, results) })
}
