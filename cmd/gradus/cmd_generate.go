package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/generate"
)

type generateOptions struct {
	run        generate.Options
	queries    string
	collection string
	split      string
	grades     string
	styleFrom  string
	llm        llmOptions
	check      checkOptions
	mode       generateMode
	json       bool
	changed    func(flag string) bool // on the command line
}

// generateMode is what generate does in place of a run; at most one is set.
type generateMode struct {
	dryRun      bool
	rebuild     bool
	explain     string
	batchExport string
	batchImport string
	lists       []string
}

func newGenerateCommand(std streams) *cobra.Command {
	var opts generateOptions
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Have an LLM write graded documents for queries",
		Long: `Have an LLM write, for each query, one document per grade of relevance (3
perfectly relevant, 2 highly relevant, 1 related, 0 irrelevant), and make a
graded collection of them in BEIR layout.

The LLM is a server of the OpenAI chat protocol (vLLM, llama.cpp, SGLang,
Ollama, a hosted service), or the embedded one, which needs no server. An API
key is read from --api-key-file, else from $GRADUS_LLM_API_KEY or
$OPENAI_API_KEY.

With --check a judge, the same LLM or another one, grades what is written
without knowing the grade it was written for; what it takes for another grade
is asked for again in other ways, and then dropped, kept, or given the judged
grade.

Every answer is kept in OUT/ledger.jsonl as it comes. A run that was
interrupted, or that stopped at a limit, goes on when the same command is given
again; the collection comes out the same. Other options need another --out.
--rebuild makes the collection again from the ledger alone, --explain tells
where one of its documents comes from.

--dry-run without --llm estimates requests and tokens; with --llm it asks for
ten of the queries and forecasts the rest, time included, by what they took.
Their answers stay in OUT, where the run finds them.

docs/generation.md tells how the strategies and checks work.`,
		Example: `  gradus generate --queries queries.jsonl --llm embedded --out synth
  gradus generate --collection scifact --split train --llm http://localhost:8000/v1 --model Qwen/Qwen3-32B --concurrency 64 --out synth
  gradus generate --queries queries.jsonl --dry-run --llm http://localhost:8000/v1 --price 0.15,0.60 --out synth
  gradus generate --queries queries.jsonl --strategy contrast --check --on-mismatch relabel --out checked
  gradus generate --queries queries.jsonl --strategy style --style-from my-collection --domain "manuals of farm machines" --out synth
  gradus generate --explain 12-3 --out synth
  gradus generate --queries queries.jsonl --llm https://api.example.com/v1 --model NAME --batch-export requests.jsonl --out synth
  gradus generate --queries msmarco/queries.jsonl --import sycl/llama33_70b --out sycl-llama`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.changed = cmd.Flags().Changed
			return runGenerate(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.queries, "queries", "", "queries, a JSONL `FILE` with _id and text")
	flags.StringVar(&opts.collection, "collection", "", "a collection's folder, in place of --queries: the queries that the split judges")
	flags.StringVar(&opts.split, "split", "train", "the split of --collection, and the name of the qrels written")
	flags.StringVar(&opts.run.Out, "out", "", "folder for the ledger and the graded collection")
	opts.llm.addFlags(flags)
	flags.StringVar(&opts.grades, "grades", "3,2,1,0", "grades to write, each from 0 to 3")
	flags.StringVar(&opts.run.Strategy, "strategy", "", "how the LLM is asked: "+strings.Join(generate.Strategies(), ", "))
	flags.StringVar(&opts.run.Domain, "domain", "", "what the documents are for, told to the LLM, such as \"manuals of farm machines\"")
	flags.StringVar(&opts.styleFrom, "style-from", "", "a collection's folder: documents whose style the strategy style follows (default --collection)")
	flags.IntVar(&opts.run.ExamplesPerQuery, "style-examples", 2, "documents of --style-from shown for a query")
	flags.StringVar(&opts.run.Answers, "answers", "", "json, constrained by a schema where the server can, or plain (default: json, plain for the embedded LLM)")
	flags.IntVar(&opts.run.Attempts, "attempts", 3, "times to ask for a document before it is left out")
	opts.check.addFlags(flags, &opts.run)
	opts.llm.addConcurrency(flags)
	flags.DurationVar(&opts.run.MaxTime, "max-time", 0, "begin no further query after this time, such as 30m (default no limit)")
	flags.Int64Var(&opts.run.Seed, "seed", 1, "of everything drawn at random, the LLM's sampling included")
	flags.BoolVar(&opts.mode.dryRun, "dry-run", false, "forecast requests, tokens, time and cost; with --llm from ten queries that are asked for")
	flags.BoolVar(&opts.mode.rebuild, "rebuild", false, "make the collection again from the ledger of --out, ask nothing")
	flags.StringVar(&opts.mode.explain, "explain", "", "tell where the document `ID` of --out comes from")
	flags.StringVar(&opts.mode.batchExport, "batch-export", "", "write the outstanding requests to `FILE` as a batch (OpenAI batch JSONL), ask nothing")
	flags.StringVar(&opts.mode.batchImport, "batch-import", "", "take the answers to a batch from `FILE`")
	flags.StringArrayVar(&opts.mode.lists, "import", nil, "make a collection of graded lists written elsewhere, a JSONL file or a generator's folder at `PATH`; may be given again")
	flags.BoolVar(&opts.json, "json", false, "print the summary as JSON")
	return cmd
}

func runGenerate(ctx context.Context, opts generateOptions, std streams) error {
	if err := opts.checkFlags(); err != nil {
		return err
	}
	switch mode := opts.mode; {
	case mode.rebuild:
		return runRebuild(ctx, opts, std)
	case mode.explain != "":
		return runExplain(ctx, opts, std)
	case len(mode.lists) > 0:
		return runImportLists(opts, std)
	}
	if err := opts.read(); err != nil {
		return err
	}
	if opts.mode.dryRun && !opts.changed("llm") {
		if opts.check.on {
			opts.run.Judge = &generate.Judge{}
		}
		forecast, err := generate.Dry(opts.run)
		if err != nil {
			return err
		}
		return printForecast(std, forecast, opts)
	}
	client, err := opts.llm.open(ctx, std)
	if err != nil {
		return err
	}
	defer client.Close()
	opts.run.LLM = client
	if opts.check.on {
		judge, closeJudge, err := opts.check.open(ctx, client, opts.llm.offline)
		if err != nil {
			return err
		}
		defer closeJudge()
		opts.run.Judge = judge
	}
	line := newProgress(std.err, "generate")
	defer line.close()
	opts.run.Progress = func(p generate.Progress) {
		line.set(p.Queries, p.Of, fmt.Sprintf("%d of %d queries, %d documents, %d tokens", p.Queries, p.Of, p.Documents, p.Tokens))
	}
	switch mode := opts.mode; {
	case mode.dryRun:
		return runProbe(ctx, opts, line, std)
	case mode.batchExport != "":
		return runBatchExport(ctx, opts, line, std)
	case mode.batchImport != "":
		return runBatchImport(ctx, opts, line, std)
	}
	summary, err := generate.Generate(ctx, opts.run)
	line.close()
	if err != nil {
		return err
	}
	return printGenerated(std, summary, opts)
}

// runProbe forecasts the run from some queries that are really asked for.
func runProbe(ctx context.Context, opts generateOptions, line *progress, std streams) error {
	if opts.run.Out == "" {
		temporary, err := os.MkdirTemp("", "gradus-probe-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		opts.run.Out = filepath.Join(temporary, "out")
		defer fmt.Fprintln(std.err, "the probe's answers were not kept: give --out DIR, and the run there begins with them")
	}
	forecast, err := generate.Probe(ctx, opts.run)
	line.close()
	if err != nil {
		return err
	}
	return printForecast(std, forecast, opts)
}
