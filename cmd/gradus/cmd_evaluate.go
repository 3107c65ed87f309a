package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

type evaluateOptions struct {
	qrels    string
	runs     []string
	measures []string
	byQuery  bool
	json     bool
}

func newEvaluateCommand(std streams) *cobra.Command {
	var opts evaluateOptions
	cmd := &cobra.Command{
		Use:   "evaluate --qrels FILE --run FILE",
		Short: "Measure runs against qrels",
		Long: `Measure runs, TREC files of six columns, against qrels, in TREC's or BEIR's
layout; any of them may be compressed.

Prints a tab-separated table: measure, run, value; with --by-query: query,
measure, run, value. Measures are written as in ir_measures: nDCG@10, RR@10,
AP, AP(rel=2), R@100, P(rel=2)@10, Judged@10. Rankings are ordered as trec_eval
does it, by score, ties by document id descending. Every query of the qrels
with a relevant document counts, and one that a run does not have counts 0.`,
		Example: `  gradus evaluate --qrels scifact/qrels/test.tsv --run bm25.run --run dense.run
  gradus evaluate --qrels dl19.qrels --run dense.run --measure nDCG@10 --measure 'AP(rel=2)' --by-query`,
		RunE: func(cmd *cobra.Command, args []string) error { return runEvaluate(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.qrels, "qrels", "", "the `FILE` of grades")
	flags.StringArrayVar(&opts.runs, "run", nil, "a `FILE` to measure; may be given again")
	flags.StringArrayVar(&opts.measures, "measure", nil, "a `MEASURE`; may be given again (default nDCG@10, RR@10, AP, R@100)")
	flags.BoolVar(&opts.byQuery, "by-query", false, "print the value of each query, not the mean")
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	return cmd
}

func runEvaluate(ctx context.Context, opts evaluateOptions, std streams) error {
	if len(opts.runs) == 0 {
		return usagef("evaluate wants at least one --run FILE; see gradus help evaluate")
	}
	evaluated, err := evaluateRuns(ctx, opts.qrels, opts.runs, opts.measures, std)
	if err != nil {
		return err
	}
	switch {
	case opts.json:
		return writeEvaluatedJSON(std.out, opts, evaluated)
	case opts.byQuery:
		return writeByQuery(std.out, evaluated)
	}
	for m, name := range evaluated[0].Measures {
		for _, run := range evaluated {
			if _, err := fmt.Fprintf(std.out, "%v\t%s\t%.4f\n", name, run.path, run.Mean(m)); err != nil {
				return err
			}
		}
	}
	return nil
}

// evaluatedRun is a run's file and what was measured of it.
type evaluatedRun struct {
	path string
	tag  string
	measure.Results
}

// evaluateRuns measures each run by the same measures, the default ones if
// none is named, and tells people which queries did not count as they may think.
func evaluateRuns(ctx context.Context, qrelsPath string, runPaths, names []string, std streams) ([]evaluatedRun, error) {
	if qrelsPath == "" {
		return nil, usagef("want --qrels FILE")
	}
	measures := measure.Default()
	if len(names) > 0 {
		measures = nil
	}
	for _, name := range names {
		m, err := measure.Parse(name)
		if err != nil {
			return nil, usageError{err}
		}
		measures = append(measures, m)
	}
	qrels, err := trec.ReadQrels(qrelsPath)
	if err != nil {
		return nil, err
	}
	var evaluated []evaluatedRun
	for _, path := range runPaths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		run, err := trec.ReadRun(path)
		if err != nil {
			return nil, err
		}
		results := measure.Evaluate(qrels, run, measures...)
		switch {
		case len(results.QueryIDs) == 0:
			return nil, fmt.Errorf("%s: want a query with a relevant document, found none", qrelsPath)
		case len(results.Unjudged) == len(run.Rankings):
			return nil, fmt.Errorf("%s: want queries of %s, got none among %d", path, qrelsPath, len(run.Rankings))
		}
		if n := len(results.Irrelevant); n > 0 && len(evaluated) == 0 { // the same for every run
			fmt.Fprintf(std.err, "%s: queries without a relevant document are left out: %d (%s, …)\n", qrelsPath, n, results.Irrelevant[0])
		}
		tellOfRun(std.err, path, qrelsPath, results)
		evaluated = append(evaluated, evaluatedRun{path, run.Tag, results})
	}
	return evaluated, ctx.Err() // the last run may have taken long, too
}

// tellOfRun says which queries of one side the other does not have.
func tellOfRun(w io.Writer, path, qrelsPath string, results measure.Results) {
	if n := len(results.Missing); n > 0 {
		fmt.Fprintf(w, "%s: no ranking for %d of %d queries of %s (%s, …); they count 0\n", path, n, len(results.QueryIDs), qrelsPath, results.Missing[0])
	}
	if n := len(results.Unjudged); n > 0 {
		fmt.Fprintf(w, "%s: queries that %s does not have are left out: %d (%s, …)\n", path, qrelsPath, n, results.Unjudged[0])
	}
}

func writeByQuery(w io.Writer, evaluated []evaluatedRun) error {
	for q, query := range evaluated[0].QueryIDs {
		for m, name := range evaluated[0].Measures {
			for _, run := range evaluated {
				if _, err := fmt.Fprintf(w, "%s\t%v\t%s\t%.4f\n", query, name, run.path, run.Values[m][q]); err != nil {
					return err
				}
			}
		}
	}
	return nil
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
		one := runJSON{Run: run.path, Tag: run.tag, Queries: len(run.QueryIDs), Missing: run.Missing, Mean: make(map[measure.Measure]float64)}
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
