package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/recipe"
)

type judgeOptions struct {
	run   recipe.JudgeOptions
	judge judge.Options
	llm   llmOptions
	json  bool
}

func newJudgeCommand(std streams) *cobra.Command {
	var opts judgeOptions
	cmd := &cobra.Command{
		Use:   "judge",
		Short: "Have an LLM grade documents for queries",
		Long: `Have an LLM grade documents for queries on the scale of TREC Deep Learning (3
perfectly relevant, 2 highly relevant, 1 related, 0 irrelevant), without seeing
the grades there are, and tell how far the grades agree.

Judges what a split's qrels hold, generated lists and real qrels alike, or the
first documents of runs. Each document is graded alone, or, with --orders N, a
query's documents as a list in N orders, of whose grades the median counts.

Writes the grades as qrels in BEIR's layout and prints the report: agreement,
kappas, Kendall's tau-b by list, the confusion of intended (rows) and judged
grades, cost. docs/judging.md tells what they mean and how far to trust them.

Every answer is kept beside the qrels, in judged.ledger.jsonl for judged.tsv. A
run that was interrupted, or that stopped at a limit, goes on when the same
command is given again. Other options need another --out.`,
		Example: `  gradus judge --collection synth --split train --llm http://localhost:8000/v1 --model Qwen/Qwen3-32B --out judged.tsv
  gradus judge --collection scifact --split test --orders 3 --limit 200 --out trust.tsv
  gradus judge --collection scifact --run bm25.run --run dense.run --depth 10 --out pool.tsv`,
		RunE: func(cmd *cobra.Command, args []string) error { return runJudge(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.run.Collection, "collection", "", "a collection's folder")
	flags.StringVar(&opts.run.Split, "split", "", "the split whose pairs are judged; its grades are the intended ones")
	flags.StringArrayVar(&opts.run.Runs, "run", nil, "a TREC run `FILE` whose first documents are judged instead; may be given again")
	flags.IntVar(&opts.run.Depth, "depth", 10, "documents of a --run judged for each query")
	flags.StringVar(&opts.run.Out, "out", "", "the qrels `FILE` to write")
	opts.llm.addFlags(flags)
	opts.llm.addConcurrency(flags)
	flags.IntVar(&opts.judge.Orders, "orders", 0, "orders in which a query's list is graded (default 0: each document alone)")
	flags.IntVar(&opts.run.Limit, "limit", 0, "judge so many pairs, of lists drawn by the seed (default all)")
	flags.IntVar(&opts.run.RelevantFrom, "relevant-from", 0, "`GRADE` of the split from which on a document counts as relevant (default 2, or the highest there is)")
	flags.IntVar(&opts.judge.PromptTokens, "prompt-tokens", 0, "tokens that the documents of one request may have; longer ones are cut, longer lists parted (default 1500)")
	flags.IntVar(&opts.judge.AnswerTokens, "answer-tokens", 0, "room for one answer; more for a model that thinks first (default 16 and 8 a document)")
	flags.DurationVar(&opts.run.MaxTime, "max-time", 0, "ask nothing after this time, such as 30m (default no limit)")
	flags.Int64Var(&opts.run.Seed, "seed", 1, "of everything drawn at random")
	flags.BoolVar(&opts.json, "json", false, "print the report as JSON")
	return cmd
}

func runJudge(ctx context.Context, opts judgeOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	if err := opts.llm.check(); err != nil {
		return err
	}
	lists, intended, err := recipe.JudgeLists(opts.run)
	if err != nil {
		return err
	}
	client, err := opts.llm.open(ctx, std)
	if err != nil {
		return err
	}
	defer client.Close()
	opts.judge.Seed = opts.run.Seed
	j, err := judge.New(ctx, client, opts.judge)
	if err != nil {
		return err
	}
	line := newProgress(std.err, "judge")
	defer line.close()
	opts.run.Progress = func(p judge.Progress) {
		line.set(p.Requests, p.Of, fmt.Sprintf("%d of %d requests, %d tokens", p.Requests, p.Of, p.Tokens))
	}
	report, err := recipe.Judge(ctx, j, lists, intended, opts.run)
	line.close()
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, report)
	}
	cost := opts.llm.prices.Cost(report.Cost.PromptTokens, report.Cost.CompletionTokens)
	return writeJudged(std.out, report, cost)
}

func (opts judgeOptions) check() error {
	run := opts.run
	switch {
	case run.Collection == "" || run.Out == "":
		return usagef("judge wants --collection DIR and --out FILE; see gradus help judge")
	case run.Split == "" && len(run.Runs) == 0:
		return usagef("judge wants the pairs: --split S, --run FILE or both; see gradus help judge")
	case run.Depth < 1:
		return usagef("--depth wants at least 1, got %d", run.Depth)
	case run.Limit < 0 || run.MaxTime < 0 || run.RelevantFrom < 0:
		return usagef("--limit, --max-time and --relevant-from want nothing negative, got %d, %v and %d", run.Limit, run.MaxTime, run.RelevantFrom)
	case opts.judge.Orders < 0 || opts.judge.PromptTokens < 0 || opts.judge.AnswerTokens < 0:
		return usagef("--orders, --prompt-tokens and --answer-tokens want nothing negative, got %d, %d and %d", opts.judge.Orders, opts.judge.PromptTokens, opts.judge.AnswerTokens)
	}
	return nil
}

// writeJudged prints figures a line, and the confusion matrix after them.
func writeJudged(w io.Writer, r judge.Report, cost float64) error {
	out := &judgedTable{w: w}
	out.line("judge", r.Judge)
	out.line("model", r.Model)
	out.line("queries", r.Queries)
	out.line("pairs", r.Pairs)
	out.line("not graded", fmt.Sprintf("%.4f", r.ShareNotGraded()))
	for _, reason := range r.Reasons() {
		out.line("not graded: "+reason, r.NotGraded[reason])
	}
	if r.Cut > 0 {
		out.line("documents cut", r.Cut)
	}
	for grade, n := range r.Grades {
		out.line(fmt.Sprintf("judged %d", grade), n)
	}
	if o := r.Orders; o != nil {
		out.line("orders", o.Orders)
		out.line("unanimous in all orders", figure(o.Unanimous))
		out.line("spread over the orders", figure(o.Spread))
	}
	if a := r.Agreement; a != nil {
		out.agreement(a)
	}
	out.line("requests", r.Cost.Requests)
	out.line("prompt tokens", r.Cost.PromptTokens)
	out.line("completion tokens", r.Cost.CompletionTokens)
	out.line("answer seconds", fmt.Sprintf("%.1f", r.Cost.AnswerSeconds))
	out.line("seconds", fmt.Sprintf("%.1f", r.Cost.Seconds))
	if cost > 0 {
		out.line("USD", fmt.Sprintf("%.2f", cost))
	}
	if r.Agreement != nil {
		out.confusion(r.Agreement)
	}
	return out.err
}

// judgedTable writes tab-separated lines until one fails.
type judgedTable struct {
	w   io.Writer
	err error
}

func (t *judgedTable) line(name string, values ...any) {
	text := name
	for _, value := range values {
		text += "\t" + fmt.Sprint(value)
	}
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, text)
	}
}

func (t *judgedTable) agreement(a *judge.Agreement) {
	t.line("pairs with an intended grade", a.Pairs)
	t.line("accuracy", figure(a.Accuracy))
	t.line("kappa", figure(a.Kappa))
	t.line("kappa, linear weights", figure(a.LinearKappa))
	t.line("kappa, quadratic weights", figure(a.QuadraticKappa))
	t.line("tau-b by list, mean", figure(a.Tau.Mean))
	t.line("tau-b by list, 95 %", figure(a.Tau.Low)+" to "+figure(a.Tau.High))
	t.line("lists with an intended order", a.Tau.Lists)
	t.line("of them judged with one grade", a.Tau.Flat)
	from := fmt.Sprintf(" (intended ≥ %d, judged ≥ %d)", a.Relevant.Intended, a.Relevant.Judged)
	t.line("relevant, precision"+from, figure(a.Relevant.Precision))
	t.line("relevant, recall"+from, figure(a.Relevant.Recall))
	t.line("relevant, kappa"+from, figure(a.Relevant.Kappa))
}

func (t *judgedTable) confusion(a *judge.Agreement) {
	t.line("")
	var head []any
	for _, grade := range a.Scale {
		head = append(head, grade)
	}
	t.line(`intended \ judged`, head...)
	for i, counts := range a.Confusion {
		var row []any
		for _, n := range counts {
			row = append(row, n)
		}
		t.line(fmt.Sprint(a.Scale[i]), row...)
	}
}

// figure has four digits; - stands for one that is not defined.
func figure(f judge.Figure) string {
	if !f.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.4f", float64(f))
}
