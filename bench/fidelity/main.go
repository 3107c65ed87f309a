// Command fidelity measures how well each strategy of generate keeps to the
// grades it is asked for, by a judge that does not see them:
//
//	go run ./bench/fidelity                                  SmolLM2 writes and judges 20 questions of Cranfield
//	go run ./bench/fidelity -judge embedded:qwen2.5-coder-1.5b
//	go run ./bench/fidelity -llm http://localhost:8000/v1 -model NAME -out bench/out/fidelity-NAME
//
// The same judge grades the passages of data/cranfield-graded for the same
// questions, which a large LLM wrote, and pairs of Cranfield itself, which
// engineers graded: how far the judge can be trusted is the first thing to see.
//
// It prints one Markdown table, and leaves it in OUT with the whole reports as
// JSON. Interrupted, the same command goes on: what was answered is in OUT's
// ledgers. Other options want another -out.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/trec"
)

type options struct {
	llm, model          string
	judge, judgeModel   string
	strategies          string
	queries, pairs      int
	orders              int
	seed                int64
	data, out           string
	concurrency, tokens int
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--child" {
		if err := embedded.RunChild(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	var opts options
	flag.StringVar(&opts.llm, "llm", llm.EmbeddedSpec, "the LLM that writes: a server's URL or embedded[:NAME or FILE.gguf]")
	flag.StringVar(&opts.model, "model", "", "its model, of a server")
	flag.StringVar(&opts.judge, "judge", "", "the LLM that judges (default: the one that writes)")
	flag.StringVar(&opts.judgeModel, "judge-model", "", "its model, of a server")
	flag.StringVar(&opts.strategies, "strategies", strings.Join(generate.Strategies(), ","), "strategies to measure")
	flag.IntVar(&opts.queries, "queries", 20, "questions of data/cranfield-graded, drawn by the seed")
	flag.IntVar(&opts.pairs, "pairs", 100, "pairs of data/cranfield, drawn by the seed")
	flag.IntVar(&opts.orders, "orders", 0, "as of gradus judge")
	flag.Int64Var(&opts.seed, "seed", 1, "of everything drawn")
	flag.StringVar(&opts.data, "data", "data", "folder with cranfield and cranfield-graded")
	flag.StringVar(&opts.out, "out", "bench/out/fidelity", "folder for what is generated, the ledgers, the table and the reports")
	flag.IntVar(&opts.concurrency, "concurrency", 0, "requests in flight")
	flag.IntVar(&opts.tokens, "answer-tokens", 0, "as of gradus judge")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, opts); err != nil {
		fmt.Fprintln(os.Stderr, "fidelity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, opts options) error {
	if opts.judge == "" {
		opts.judge, opts.judgeModel = opts.llm, opts.model
	}
	lists, err := gradedLists(opts)
	if err != nil {
		return err
	}
	real, err := realPairs(opts)
	if err != nil {
		return err
	}
	rows, err := generateAll(ctx, opts, lists.lists)
	if err != nil {
		return err
	}
	rows = append(rows, lists, real)
	if err := judgeAll(ctx, opts, rows); err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(opts.out, "fidelity.json"), func(w io.Writer) error { return writeReports(w, rows) }); err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(opts.out, "fidelity.md"), func(w io.Writer) error { return writeTable(w, rows) }); err != nil {
		return err
	}
	return writeTable(os.Stdout, rows)
}

// row is what the judge is given, and what came of it.
type row struct {
	name     string
	lists    []judge.List
	intended trec.Qrels
	whole    string // lists complete, of all
	tokens   int64  // that generating took
	report   *judge.Report
}

// open starts an LLM, the embedded one as a child of this program.
func open(ctx context.Context, spec, model string) (*llm.Client, error) {
	key, err := llm.ReadKey("")
	if err != nil {
		return nil, err
	}
	return llm.Open(ctx, spec, llm.Options{Model: model, Key: key}, embedded.Options{Args: []string{"--child"}})
}

// generateAll has each strategy write for the questions of the lists.
func generateAll(ctx context.Context, opts options, lists []judge.List) ([]*row, error) {
	client, err := open(ctx, opts.llm, opts.model)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var queries []collection.Query
	for _, list := range lists {
		queries = append(queries, list.Query)
	}
	var rows []*row
	for strategy := range strings.SplitSeq(opts.strategies, ",") {
		r := &row{name: strategy}
		rows = append(rows, r)
		out := filepath.Join(opts.out, "generated", strategy)
		run := generate.Options{Out: out, Queries: queries, LLM: client, Strategy: strategy, Seed: opts.seed, Concurrency: opts.concurrency}
		if strategy == "style" {
			if run.Examples, err = examples(opts); err != nil {
				return nil, err
			}
		}
		run.Progress = func(p generate.Progress) {
			fmt.Fprintf(os.Stderr, "%s: %d of %d queries written\n", strategy, p.Queries, p.Of)
		}
		summary, err := generate.Generate(ctx, run)
		if err != nil && strings.HasPrefix(err.Error(), "no usable answer") { // the LLM cannot follow this strategy at all: a result, too
			fmt.Fprintf(os.Stderr, "%s: %v\n", strategy, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("generating by %s: %w", strategy, err)
		}
		r.whole = fmt.Sprintf("%d of %d", summary.Lists, summary.Queries)
		r.tokens = summary.Usage.Tokens()
		if r.lists, r.intended, err = recipe.JudgeLists(recipe.JudgeOptions{Collection: out, Split: "train"}); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func examples(opts options) ([]string, error) {
	c, err := collection.Open(filepath.Join(opts.data, "cranfield"))
	if err != nil {
		return nil, err
	}
	return generate.DrawExamples(c.Documents(), opts.seed)
}

// judgeAll has one judge grade all rows. Its ledgers are those of this judge.
func judgeAll(ctx context.Context, opts options, rows []*row) error {
	client, err := open(ctx, opts.judge, opts.judgeModel)
	if err != nil {
		return err
	}
	defer client.Close()
	j, err := judge.New(ctx, client, judge.Options{Orders: opts.orders, Seed: opts.seed, AnswerTokens: opts.tokens})
	if err != nil {
		return err
	}
	folder := strings.Map(plain, fmt.Sprintf("judged by %s %d", j.Identity(), opts.orders))
	for _, r := range rows {
		if len(r.lists) == 0 {
			continue
		}
		run := recipe.JudgeOptions{Out: filepath.Join(opts.out, folder, r.name+".tsv"), Concurrency: opts.concurrency}
		run.Progress = func(p judge.Progress) {
			if p.Requests%10 == 0 || p.Requests == p.Of {
				fmt.Fprintf(os.Stderr, "%s: %d of %d requests judged\n", r.name, p.Requests, p.Of)
			}
		}
		report, err := recipe.Judge(ctx, j, r.lists, r.intended, run)
		if err != nil {
			return fmt.Errorf("judging %s: %w", r.name, err)
		}
		r.report = &report
	}
	return nil
}

// plain keeps what a folder may be called.
func plain(r rune) rune {
	if strings.ContainsRune(" /\\:", r) {
		return '-'
	}
	return r
}

func writeReports(w io.Writer, rows []*row) error {
	reports := map[string]*judge.Report{}
	for _, r := range rows {
		reports[r.name] = r.report
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(reports)
}

func writeTable(w io.Writer, rows []*row) error {
	fmt.Fprintln(w, "| judged | lists complete | pairs | not graded | accuracy | kappa, quadratic | tau-b by list (95 %) | relevant, kappa | tokens written and read | tokens judged |")
	_, err := fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|")
	for _, r := range rows {
		if err != nil {
			return err
		}
		if r.report == nil || r.report.Agreement == nil {
			_, err = fmt.Fprintf(w, "| %s | none | | | | | | | | |\n", r.name)
			continue
		}
		a := r.report.Agreement
		tokens := "-"
		if r.tokens > 0 {
			tokens = fmt.Sprint(r.tokens)
		}
		_, err = fmt.Fprintf(w, "| %s | %s | %d | %.1f %% | %s | %s | %s (%s to %s) | %s | %s | %d |\n",
			r.name, r.whole, r.report.Pairs, 100*r.report.ShareNotGraded(), figure(a.Accuracy), figure(a.QuadraticKappa),
			figure(a.Tau.Mean), figure(a.Tau.Low), figure(a.Tau.High), figure(a.Relevant.Kappa),
			tokens, r.report.Cost.PromptTokens+r.report.Cost.CompletionTokens)
	}
	return err
}

func figure(f judge.Figure) string {
	if !f.Defined() {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(f))
}
