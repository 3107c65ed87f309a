package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/recipe"
)

type generateOptions struct {
	run        generate.Options
	queries    string
	collection string
	split      string
	grades     string
	llm        llmOptions
	dryRun     bool
	json       bool
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

Every answer is kept in OUT/ledger.jsonl as it comes. A run that was
interrupted, or that stopped at a limit, goes on when the same command is given
again; the collection comes out the same. Other options need another --out.`,
		Example: `  gradus generate --queries queries.jsonl --llm embedded --out synth
  gradus generate --collection scifact --split train --llm http://localhost:8000/v1 --model Qwen/Qwen3-32B --concurrency 64 --out synth
  gradus generate --queries queries.jsonl --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
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
	flags.StringVar(&opts.run.Answers, "answers", "", "json, constrained by a schema where the server can, or plain (default: json, plain for the embedded LLM)")
	flags.IntVar(&opts.run.Attempts, "attempts", 3, "times to ask for a document before it is left out")
	flags.IntVar(&opts.run.Concurrency, "concurrency", 0, "requests in flight (default 8, or what the embedded LLM answers at once)")
	flags.DurationVar(&opts.run.MaxTime, "max-time", 0, "begin no further query after this time, such as 30m (default no limit)")
	flags.Int64Var(&opts.run.Seed, "seed", 1, "of everything drawn at random, the LLM's sampling included")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "count requests and estimate tokens, ask nothing, write nothing")
	flags.BoolVar(&opts.json, "json", false, "print the summary as JSON")
	return cmd
}

func runGenerate(ctx context.Context, opts generateOptions, std streams) error {
	if err := opts.check(); err != nil {
		return err
	}
	err := opts.llm.check()
	if err != nil {
		return err
	}
	if opts.run.Grades, err = parseGrades(opts.grades); err != nil {
		return err
	}
	if opts.run.Queries, opts.run.Inputs, err = opts.readQueries(); err != nil {
		return err
	}
	opts.run.Split = opts.split
	if err := opts.run.Check(); err != nil {
		return err
	}
	if opts.dryRun {
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
	line := newProgress(std.err, "generate")
	defer line.close()
	opts.run.LLM = client
	opts.run.Progress = func(p generate.Progress) {
		line.set(p.Queries, p.Of, fmt.Sprintf("%d of %d queries, %d documents, %d tokens", p.Queries, p.Of, p.Documents, p.Tokens))
	}
	summary, err := generate.Generate(ctx, opts.run)
	line.close()
	if err != nil {
		return err
	}
	return printGenerated(std, summary, opts)
}

func (opts generateOptions) check() error {
	switch {
	case (opts.queries == "") == (opts.collection == ""):
		return usagef("generate wants the queries: either --queries FILE or --collection DIR; see gradus help generate")
	case opts.run.Out == "" && !opts.dryRun:
		return usagef("generate wants --out DIR; see gradus help generate")
	case opts.run.Concurrency < 0 || opts.run.Attempts < 1 || opts.run.MaxTime < 0:
		return usagef("--concurrency and --max-time want nothing negative and --attempts at least 1, got %d, %v and %d", opts.run.Concurrency, opts.run.MaxTime, opts.run.Attempts)
	}
	return nil
}

func parseGrades(text string) ([]int, error) {
	var grades []int
	for field := range strings.SplitSeq(text, ",") {
		grade, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil || grade < 0 || grade > 3 || slices.Contains(grades, grade) {
			return nil, usagef("--grades: want different numbers from 0 to 3 with commas between, got %q", text)
		}
		grades = append(grades, grade)
	}
	return grades, nil
}

// readQueries are the queries and the files they come from.
func (opts generateOptions) readQueries() ([]collection.Query, []durable.Input, error) {
	var (
		queries []collection.Query
		files   []string
	)
	if opts.queries != "" {
		files = []string{opts.queries}
		for query, err := range collection.ReadQueries(opts.queries) {
			if err != nil {
				return nil, nil, err
			}
			queries = append(queries, query)
		}
		if len(queries) == 0 {
			return nil, nil, fmt.Errorf("%s: want queries, found none", opts.queries)
		}
	} else {
		c, err := collection.Open(opts.collection)
		if err != nil {
			return nil, nil, err
		}
		if queries, err = recipe.SplitQueries(c, opts.split); err != nil {
			return nil, nil, err
		}
		files = []string{c.QueriesPath(), c.QrelsPath(opts.split)}
	}
	var inputs []durable.Input
	for _, file := range files {
		sum, err := durable.HashFile(file)
		if err != nil {
			return nil, nil, err
		}
		inputs = append(inputs, durable.Input{Path: file, SHA256: sum})
	}
	return queries, inputs, nil
}

func printForecast(std streams, f generate.Forecast, opts generateOptions) error {
	cost := opts.llm.prices.Cost(f.Usage.PromptTokens, f.Usage.CompletionTokens)
	if opts.json {
		return json.NewEncoder(std.out).Encode(struct {
			generate.Forecast
			USD float64 `json:"usd,omitempty"`
		}{f, cost})
	}
	text := fmt.Sprintf("queries\t%d\nrequests\t%d\nprompt tokens\t%d\ncompletion tokens\t%d\n", f.Queries, f.Requests, f.Usage.PromptTokens, f.Usage.CompletionTokens)
	if cost > 0 {
		text += fmt.Sprintf("USD\t%.2f\n", cost)
	}
	_, err := fmt.Fprint(std.out, text)
	return err
}

func printGenerated(std streams, s generate.Summary, opts generateOptions) error {
	if opts.json {
		return json.NewEncoder(std.out).Encode(s)
	}
	fmt.Fprintf(std.err, "%s: %d documents; %d of %d queries have all grades, %d some\n", opts.run.Out, s.Documents, s.Lists, s.Queries, s.Partial)
	fmt.Fprintf(std.err, "%d requests, %d tokens, model %s, %v\n", s.Requests, s.Usage.Tokens(), s.Model, s.Elapsed.Round(time.Second))
	for _, reason := range slices.Sorted(maps.Keys(s.LeftOut)) {
		fmt.Fprintf(std.err, "left out: %d (%s)\n", s.LeftOut[reason], reason)
	}
	if len(s.Refused) > 0 {
		fmt.Fprintf(std.err, "the server takes no %s\n", strings.Join(s.Refused, ", "))
	}
	if s.Stopped != "" {
		fmt.Fprintf(std.err, "stopped early: %s; the same command with a higher limit goes on\n", s.Stopped)
	}
	return nil
}
