package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

type evaluateOptions struct {
	measureOptions
	absent       string
	byQuery      bool
	format       string
	json         bool
	mteb         string
	mtebRevision string
}

// measureOptions are what evaluate and compare have in common.
type measureOptions struct {
	qrels           string
	runs            []string
	measures        []string
	irrelevant      string
	dropSelfMatches bool
}

// trecEvalFormat is evaluate's form of trec_eval -q, beside those of report.
const trecEvalFormat = "trec_eval"

func newEvaluateCommand(std streams) *cobra.Command {
	var opts evaluateOptions
	cmd := &cobra.Command{
		Use:   "evaluate --qrels FILE --run FILE",
		Short: "Measure runs against qrels",
		Long: `Measure runs, TREC files of six columns, against qrels, in TREC's or BEIR's
layout; any of them may be compressed.

Prints a tab-separated table: measure, run, value; with --by-query: query,
measure, run, value. --format text, markdown and latex have a row a run and a
column a measure; trec_eval is the layout of trec_eval -q, of one run.

Measures are written as in ir_measures: nDCG@10, nDCG(dcg='exp-log2')@10, DCG,
AP, AP(rel=2), RR@10, P(rel=2)@10, R@100, Rprec, Success@5, Judged@10, ERR@20,
RBP(rel=1), Bpref, infAP, IPrec@0.1, SetP, SetR, SetF, NumRet, NumRel, NumQ; most
take rel= and judged_only=True. docs/measures.md defines each.

Rankings are ordered as trec_eval does it, by score, ties by document id
descending. Every query of the qrels with a relevant document counts, and one
that a run does not have counts 0, as with trec_eval -c; BEIR's own script has
--absent-queries skip --irrelevant-queries zero, and on ArguAna and Quora
--drop-self-matches.

--mteb SciFact.json also writes the run's means as MTEB keeps the result of that
task; the split is what the file of qrels is named after.`,
		Example: `  gradus evaluate --qrels scifact/qrels/test.tsv --run bm25.run --run dense.run --format text
  gradus evaluate --qrels dl19.qrels --run dense.run --measure nDCG@10 --measure 'AP(rel=2)' --by-query
  gradus evaluate --qrels dl19.qrels --run dense.run --format trec_eval > dense.eval`,
		RunE: func(cmd *cobra.Command, args []string) error { return runEvaluate(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.runs, "run", nil, "a `FILE` to measure; may be given again")
	opts.addFlags(flags)
	flags.StringVar(&opts.absent, "absent-queries", "zero", "queries that the run does not have count `zero`, or skip them")
	flags.BoolVar(&opts.byQuery, "by-query", false, "print the value of each query, not the mean")
	flags.StringVar(&opts.format, "format", "tsv", "print `FORM`: tsv, text, markdown, latex or trec_eval")
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	flags.StringVar(&opts.mteb, "mteb", "", "also write MTEB's result of one run, `TASK.json`")
	flags.StringVar(&opts.mtebRevision, "mteb-revision", "", "the `COMMIT` of the task's data set (default MTEB 2's, of a known collection)")
	return cmd
}

func (o *measureOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.qrels, "qrels", "", "the `FILE` of grades")
	flags.StringArrayVar(&o.measures, "measure", nil, "a `MEASURE`; may be given again (default nDCG@10, RR@10, AP, R@100)")
	flags.StringVar(&o.irrelevant, "irrelevant-queries", "skip", "queries without a relevant document: `skip` them, or zero")
	flags.BoolVar(&o.dropSelfMatches, "drop-self-matches", false, "leave out a document whose id is the query's, as BEIR does")
}

func runEvaluate(ctx context.Context, opts evaluateOptions, std streams) error {
	forms := append(slices.Clone(report.Formats), trecEvalFormat)
	switch {
	case len(opts.runs) == 0:
		return usagef("evaluate wants at least one --run FILE; see gradus help evaluate")
	case !slices.Contains(forms, opts.format):
		return usagef("want --format %s, got %q", strings.Join(forms, ", "), opts.format)
	case opts.format == trecEvalFormat && len(opts.runs) > 1:
		return usagef("--format %s has one --run, got %d", trecEvalFormat, len(opts.runs))
	case opts.mteb != "" && len(opts.runs) > 1:
		return usagef("--mteb has one --run, got %d", len(opts.runs))
	}
	rules, err := opts.rules(opts.absent)
	if err != nil {
		return err
	}
	evaluated, err := opts.evaluate(ctx, rules, std)
	if err != nil {
		return err
	}
	if opts.mteb != "" {
		if err := opts.writeMTEB(rules); err != nil {
			return err
		}
	}
	switch {
	case opts.json:
		return writeEvaluatedJSON(std.out, opts, evaluated)
	case opts.format == trecEvalFormat:
		return writeTrecEval(std.out, evaluated[0].Results)
	case opts.format == "tsv" && opts.byQuery:
		return writeByQuery(std.out, evaluated)
	case opts.format == "tsv":
		return writeMeans(std.out, evaluated)
	case opts.byQuery:
		return gridByQuery(evaluated).Write(std.out, opts.format)
	}
	return gridOfMeans(evaluated).Write(std.out, opts.format)
}

// rules are what the flags say; absent is that of evaluate.
func (o *measureOptions) rules(absent string) (measure.Rules, error) {
	for _, flag := range []struct{ name, value string }{{"absent-queries", absent}, {"irrelevant-queries", o.irrelevant}} {
		if flag.value != "zero" && flag.value != "skip" {
			return measure.Rules{}, usagef("want --%s zero or skip, got %q", flag.name, flag.value)
		}
	}
	return measure.Rules{SkipAbsent: absent == "skip", CountIrrelevant: o.irrelevant == "zero", DropSelfMatches: o.dropSelfMatches}, nil
}

// evaluatedRun is a run's file and what was measured of it.
type evaluatedRun struct {
	path string
	measure.Results
}

// evaluate measures each run by the same measures, the default ones if
// none is named, and tells people which queries did not count as they may think.
func (o *measureOptions) evaluate(ctx context.Context, rules measure.Rules, std streams) ([]evaluatedRun, error) {
	if o.qrels == "" {
		return nil, usagef("want --qrels FILE")
	}
	measures := measure.Default()
	if len(o.measures) > 0 {
		measures = nil
	}
	for _, name := range o.measures {
		m, err := measure.Parse(name)
		if err != nil {
			return nil, usageError{err}
		}
		measures = append(measures, m)
	}
	qrels, err := trec.ReadQrels(o.qrels)
	if err != nil {
		return nil, err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // lines read are the only garbage, and it is let go at once
	evaluator := measure.NewEvaluator(qrels, rules, measures...)
	var evaluated []evaluatedRun
	for _, path := range o.runs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		results, err := evaluator.File(path)
		if err != nil {
			return nil, err
		}
		switch {
		case len(results.QueryIDs) == 0 && len(results.Missing) == 0:
			return nil, fmt.Errorf("%s: want a query with a relevant document, found none", o.qrels)
		case len(results.Unjudged) == results.Ranked:
			return nil, fmt.Errorf("%s: want queries of %s, got none among %d", path, o.qrels, results.Ranked)
		}
		if n := len(results.Irrelevant); n > 0 && len(evaluated) == 0 { // the same for every run
			fmt.Fprintf(std.err, "%s: queries without a relevant document are left out: %d (%s, …)\n", o.qrels, n, results.Irrelevant[0])
		}
		tellOfRun(std.err, path, o.qrels, rules, results)
		evaluated = append(evaluated, evaluatedRun{path, results})
	}
	return evaluated, ctx.Err() // the last run may have taken long, too
}

// tellOfRun says which queries of one side the other does not have.
func tellOfRun(w io.Writer, path, qrelsPath string, rules measure.Rules, results measure.Results) {
	if n := len(results.Missing); n > 0 {
		all, count := len(results.QueryIDs), "count 0"
		if rules.SkipAbsent {
			all, count = all+n, "are left out"
		}
		fmt.Fprintf(w, "%s: no ranking for %d of %d queries of %s (%s, …); they %s\n", path, n, all, qrelsPath, results.Missing[0], count)
	}
	if n := len(results.Unjudged); n > 0 {
		fmt.Fprintf(w, "%s: queries that %s does not have are left out: %d (%s, …)\n", path, qrelsPath, n, results.Unjudged[0])
	}
}
