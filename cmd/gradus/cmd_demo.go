package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/recipes"
)

type demoOptions struct {
	out      string
	encoder  string // a model folder in place of minilm, for tests
	llm      string
	model    string
	liveTime time.Duration
	offline  bool
	json     bool
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
in the folder: graded lists, models, vectors, runs, and the report's page.

It runs the recipe recipes/demo.yaml, as gradus run does. Interrupted and
started again, it goes on where it was.`,
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
	flags.BoolVar(&opts.json, "json", false, "print what the arms came to as JSON")
	return cmd
}

func runDemo(ctx context.Context, opts demoOptions, std streams) error {
	if opts.liveTime <= 0 {
		return usagef("demo wants a positive --live-time, got %v", opts.liveTime)
	}
	r, err := demoRecipe(opts)
	if err != nil {
		return err
	}
	outcome, err := runRecipe(ctx, r, opts.out, opts.offline, std)
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, newRunSummary(outcome, opts.out))
	}
	if err := printOutcome(outcome, opts.out, std); err != nil {
		return err
	}
	_, err = fmt.Fprint(std.out, `
Next, with your own queries ({"_id": …, "text": …} a line) and your LLM server:
  gradus generate --queries queries.jsonl --llm http://localhost:8000/v1 --model NAME --out graded
  gradus train --encoder minilm --source dir=graded --loss ws2 --out my-model
`)
	return err
}

// demoRecipe is the demo's recipe with the options in it.
func demoRecipe(opts demoOptions) (*recipe.Recipe, error) {
	const name = "demo.yaml"
	text, err := recipes.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := recipe.Parse(name, text)
	if err != nil {
		return nil, err
	}
	for i := range r.Generators {
		g := &r.Generators[i]
		g.LLM.Spec, g.LLM.Model, g.MaxTime = opts.llm, opts.model, opts.liveTime
	}
	for i := range r.Encoders {
		if opts.encoder != "" {
			r.Encoders[i].Model = opts.encoder
		}
	}
	return r, nil
}
