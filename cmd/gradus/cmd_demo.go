package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
	"github.com/gradus-ir/gradus/recipe"
)

type demoOptions struct {
	out      string
	encoder  string // a model folder in place of minilm, for tests
	llm      string
	model    string
	liveTime time.Duration
	offline  bool
}

func newDemoCommand(std streams) *cobra.Command {
	var opts demoOptions
	cmd := &cobra.Command{
		Use:   "demo [--out DIR]",
		Short: "The whole way on a small real collection",
		Long: `Go the whole way on Cranfield, 1,400 abstracts of aerodynamics: an LLM writes
graded passages for the odd-numbered questions, encoders are trained list-wise
on them and on passages recorded from a large LLM, and every arm is tested on
the even-numbered questions. It prints one table and leaves everything it made
in the folder: graded lists, models, vectors, runs, report.

Interrupted and started again, it goes on where it was.`,
		Example: `  gradus demo
  gradus demo --llm http://localhost:8000/v1 --model Qwen/Qwen2.5-72B-Instruct --live-time 10m --out demo-72b`,
		RunE: func(cmd *cobra.Command, args []string) error { return runDemo(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.out, "out", "gradus-demo", "the `DIR` that everything goes into")
	flags.StringVar(&opts.llm, "llm", llm.EmbeddedSpec, "the LLM that writes: a server's `URL`, embedded or embedded:NAME")
	flags.StringVar(&opts.model, "model", "", "the `NAME` of the server's model")
	flags.DurationVar(&opts.liveTime, "live-time", 3*time.Minute, "how long the LLM may write")
	flags.BoolVar(&opts.offline, "offline", false, "open no socket to fetch what is missing, fail instead")
	return cmd
}

func runDemo(ctx context.Context, opts demoOptions, std streams) error {
	if opts.liveTime <= 0 {
		return usagef("demo wants a positive --live-time, got %v", opts.liveTime)
	}
	line := newProgress(std.err, "fetch")
	defer line.close()
	fetch := assets.Options{Offline: opts.offline, Progress: func(asset string, done, total int64) { line.set(done, total, asset) }}
	if opts.encoder == "" {
		dir, err := assets.Path(ctx, "minilm", fetch)
		if err != nil {
			return err
		}
		opts.encoder = dir
	}
	experiment, err := recipe.Open(opts.out)
	if err != nil {
		return err
	}
	defer experiment.Close()
	experiment.Watch = watchStages(std.err)
	demo := recipe.Demo{
		Encoder: opts.encoder, LLMName: strings.TrimSpace(opts.llm + " " + opts.model), LiveTime: opts.liveTime, Assets: fetch,
		LLM: func(ctx context.Context) (*llm.Client, error) {
			key, err := llm.ReadKey("")
			if err != nil {
				return nil, err
			}
			return llm.Open(ctx, opts.llm, llm.Options{Model: opts.model, Key: key}, embedded.Options{Assets: fetch})
		},
	}
	table, err := demo.Run(ctx, experiment)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "Cranfield, %d even-numbered questions; Δ is the difference to the arm's base, p of a paired t-test\n\n", table.Queries)
	if err := table.WriteText(std.out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, `
Everything is in %[1]s: graded lists, models, vectors, runs and report.md.

Next, with your own queries ({"_id": …, "text": …} a line) and your LLM server:
  gradus generate --queries queries.jsonl --llm http://localhost:8000/v1 --model NAME --out graded
  gradus train --encoder minilm --source dir=graded --loss ws2 --out my-model
`, opts.out)
	return err
}

// watchStages tells people of each stage: a moving line on a terminal, and a line when it is done.
func watchStages(err io.Writer) func(recipe.Event) {
	var line *progress
	return func(e recipe.Event) {
		switch e.State {
		case recipe.Skipped:
			fmt.Fprintf(err, "%-26s done before\n", e.Stage)
		case recipe.Started:
			line = newProgress(err, e.Stage)
		case recipe.Moving:
			line.set(e.Done, e.Total, e.Note)
		case recipe.Finished:
			line.close()
			fmt.Fprintf(err, "%-26s %.1f s\n", e.Stage, e.Took.Seconds())
		}
	}
}
