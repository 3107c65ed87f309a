package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
)

type compareOptions struct {
	measureOptions
	test    string
	changed int
	seed    uint64
	format  string
	json    bool
}

func newCompareCommand(std streams) *cobra.Command {
	var opts compareOptions
	cmd := &cobra.Command{
		Use:   "compare --qrels FILE --run BASELINE --run FILE",
		Short: "Tell whether runs differ from the first one",
		Long: `Measure runs against qrels and hold each against the first one, the baseline,
query by query. Files, measures and the queries that count are those of gradus
evaluate; a query that a run does not have counts 0.

Prints a tab-separated table with a header, or what --format says. Each run has
a row: its mean; the difference of the means with the low and high end of its
95 % interval (bootstrap, 10,000 resamples); the effect size d_z, which is the
difference over the standard deviation of the queries' differences; queries
won, lost and tied; p of the chosen test, two-sided and paired, alone and
adjusted for all rows after Holm, who bounds the chance of one false finding,
and after Benjamini and Hochberg, who bound their share; the least difference
that a t-test over so many queries finds four times in five, (t[0.975] + t[0.8]) · s / √n;
and a verdict: better or worse where Holm's p is below 0.05, else not significant.

The tests are t (Student's), wilcoxon (signed ranks) and randomization (100,000
rounds); --json has the p of each.`,
		Example: `  gradus compare --qrels scifact/qrels/test.tsv --run base.run --run trained.run --format text
  gradus compare --qrels dl19.qrels --run bm25.run --run dense.run --measure nDCG@10 --changed 5 --json
  gradus compare --qrels dl19.qrels --run bm25.run --run dense.run --test randomization --format latex`,
		RunE: func(cmd *cobra.Command, args []string) error { return runCompare(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.runs, "run", nil, "a `FILE` to compare, the baseline first; given twice or more")
	opts.addFlags(flags)
	flags.StringVar(&opts.test, "test", "t", "the `TEST` of the verdict: t, wilcoxon or randomization")
	flags.IntVar(&opts.changed, "changed", 0, "name the `N` queries that changed most, of each row")
	flags.Uint64Var(&opts.seed, "seed", 1, "of what is drawn at random, a `NUMBER`")
	flags.StringVar(&opts.format, "format", "tsv", "print `FORM`: tsv, text, markdown or latex")
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	return cmd
}

func runCompare(ctx context.Context, opts compareOptions, std streams) error {
	switch {
	case len(opts.runs) < 2:
		return usagef("compare wants --run FILE twice or more, the baseline first, got %d; see gradus help compare", len(opts.runs))
	case tests[opts.test] == nil:
		return usagef("want --test t, wilcoxon or randomization, got %q", opts.test)
	case opts.changed < 0:
		return usagef("want --changed of 0 or more, got %d", opts.changed)
	case !slices.Contains(report.Formats, opts.format):
		return usagef("want --format %s, got %q", strings.Join(report.Formats, ", "), opts.format)
	}
	rules, err := opts.rules("zero")
	if err != nil {
		return err
	}
	evaluated, err := opts.evaluate(ctx, rules, std)
	if err != nil {
		return err
	}
	compared := compareRuns(evaluated, opts)
	if opts.json {
		return writeComparedJSON(std.out, opts, evaluated, compared)
	}
	if opts.format == "text" {
		if _, err := fmt.Fprintf(std.out, "%d queries, %s\n\n", len(evaluated[0].QueryIDs), testNames[opts.test]); err != nil {
			return err
		}
	}
	if err := gridOfCompared(evaluated, compared).Write(std.out, opts.format); err != nil {
		return err
	}
	if opts.changed == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(std.out); err != nil {
		return err
	}
	return gridOfChanged(compared).Write(std.out, opts.format)
}

// tests are the p-values that a verdict can rest on.
var tests = map[string]func(measure.Comparison) float64{
	"t":             func(c measure.Comparison) float64 { return c.P },
	"wilcoxon":      func(c measure.Comparison) float64 { return c.WilcoxonP },
	"randomization": func(c measure.Comparison) float64 { return c.RandomizationP },
}

var testNames = map[string]string{
	"t":             "paired t-test",
	"wilcoxon":      "Wilcoxon signed-rank test",
	"randomization": "paired randomization test",
}

// comparedRun is a run against the baseline by one measure.
type comparedRun struct {
	measure int // its index
	run     evaluatedRun
	measure.Comparison
	p, holm, bh float64 // of the chosen test, alone and adjusted for all that are compared
	changes     []measure.Change
}

// compareRuns compares every run but the first with the first, measure by measure.
func compareRuns(evaluated []evaluatedRun, opts compareOptions) []comparedRun {
	var compared []comparedRun
	var p []float64
	baseline := evaluated[0]
	for m := range baseline.Measures {
		for _, run := range evaluated[1:] {
			c := comparedRun{measure: m, run: run, Comparison: measure.Compare(baseline.Results, run.Results, m, opts.seed)}
			c.p = tests[opts.test](c.Comparison)
			c.changes = measure.Changes(baseline.Results, run.Results, m)
			c.changes = c.changes[:min(opts.changed, len(c.changes))]
			p = append(p, c.p)
			compared = append(compared, c)
		}
	}
	holm, bh := measure.Holm(p), measure.BenjaminiHochberg(p)
	for i := range compared {
		compared[i].holm, compared[i].bh = holm[i], bh[i]
	}
	return compared
}

// verdict says in a word or two whether the run is better than the baseline.
func (c comparedRun) verdict() string {
	switch {
	case math.IsNaN(c.holm):
		return "one query tells nothing"
	case c.holm >= report.Significant:
		return "not significant"
	case c.Difference < 0:
		return "worse"
	}
	return "better"
}
