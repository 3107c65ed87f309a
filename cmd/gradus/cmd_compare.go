package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/measure"
)

type compareOptions struct {
	qrels    string
	runs     []string
	measures []string
	json     bool
}

func newCompareCommand(std streams) *cobra.Command {
	var opts compareOptions
	cmd := &cobra.Command{
		Use:   "compare --qrels FILE --run BASELINE --run FILE",
		Short: "Tell whether runs differ from the first one",
		Long: `Measure runs against qrels and hold each against the first one, the baseline,
query by query.

Prints a tab-separated table with a header: measure, run, mean, difference of
the means, queries won, lost and tied, and the p-value of a paired two-sided
t-test: the chance of such a difference if there were none. Files, measures
and the queries that count are those of gradus evaluate.`,
		Example: `  gradus compare --qrels scifact/qrels/test.tsv --run base.run --run trained.run
  gradus compare --qrels dl19.qrels --run bm25.run --run dense.run --measure nDCG@10 --json`,
		RunE: func(cmd *cobra.Command, args []string) error { return runCompare(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.qrels, "qrels", "", "the `FILE` of grades")
	flags.StringArrayVar(&opts.runs, "run", nil, "a `FILE` to compare, the baseline first; given twice or more")
	flags.StringArrayVar(&opts.measures, "measure", nil, "a `MEASURE`; may be given again (default nDCG@10, RR@10, AP, R@100)")
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	return cmd
}

func runCompare(ctx context.Context, opts compareOptions, std streams) error {
	if len(opts.runs) < 2 {
		return usagef("compare wants --run FILE twice or more, the baseline first, got %d; see gradus help compare", len(opts.runs))
	}
	evaluated, err := evaluateRuns(ctx, opts.qrels, opts.runs, opts.measures, std)
	if err != nil {
		return err
	}
	if opts.json {
		return writeComparedJSON(std.out, opts.qrels, evaluated)
	}
	return writeCompared(std.out, evaluated)
}

func writeCompared(w io.Writer, evaluated []evaluatedRun) error {
	if _, err := fmt.Fprintln(w, "measure\trun\tmean\tdifference\twins\tlosses\tties\tp"); err != nil {
		return err
	}
	baseline := evaluated[0]
	for m, name := range baseline.Measures {
		if _, err := fmt.Fprintf(w, "%v\t%s\t%.4f\t-\t-\t-\t-\t-\n", name, baseline.path, baseline.Mean(m)); err != nil {
			return err
		}
		for _, run := range evaluated[1:] {
			c := measure.Compare(baseline.Results, run.Results, m)
			if _, err := fmt.Fprintf(w, "%v\t%s\t%.4f\t%+.4f\t%d\t%d\t%d\t%s\n",
				name, run.path, run.Mean(m), c.Difference, c.Wins, c.Losses, c.Ties, formatP(c.P)); err != nil {
				return err
			}
		}
	}
	return nil
}

// formatP is a p-value of three digits; - where one query is too few to tell.
func formatP(p float64) string {
	if math.IsNaN(p) {
		return "-"
	}
	return fmt.Sprintf("%.3g", p)
}

func writeComparedJSON(w io.Writer, qrels string, evaluated []evaluatedRun) error {
	type comparedJSON struct {
		Measure    measure.Measure `json:"measure"`
		Run        string          `json:"run"`
		Mean       float64         `json:"mean"`
		Difference float64         `json:"difference"`
		Wins       int             `json:"wins"`
		Losses     int             `json:"losses"`
		Ties       int             `json:"ties"`
		T          *float64        `json:"t"` // null where it is not a number or infinite
		P          *float64        `json:"p"`
	}
	baseline := evaluated[0]
	out := struct {
		Qrels       string                      `json:"qrels"`
		Queries     int                         `json:"queries"`
		Baseline    string                      `json:"baseline"`
		Mean        map[measure.Measure]float64 `json:"baseline_mean"`
		Comparisons []comparedJSON              `json:"comparisons"`
	}{Qrels: qrels, Queries: len(baseline.QueryIDs), Baseline: baseline.path, Mean: make(map[measure.Measure]float64)}
	for m, name := range baseline.Measures {
		out.Mean[name] = baseline.Mean(m)
		for _, run := range evaluated[1:] {
			c := measure.Compare(baseline.Results, run.Results, m)
			out.Comparisons = append(out.Comparisons, comparedJSON{
				name, run.path, run.Mean(m), c.Difference, c.Wins, c.Losses, c.Ties, finite(c.T), finite(c.P),
			})
		}
	}
	return writeJSON(w, out)
}

// finite is nil, JSON's null, for what JSON cannot hold.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
