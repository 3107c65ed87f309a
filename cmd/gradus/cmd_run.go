package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/report"
)

type runOptions struct {
	recipe     string
	out        string
	arms       []string
	checkpoint string
	dryRun     bool
	stages     bool
	json       bool
	offline    bool
}

func newRunCommand(std streams) *cobra.Command {
	var opts runOptions
	cmd := &cobra.Command{
		Use:   "run RECIPE.yaml --out DIR",
		Short: "Run an experiment out of one file",
		Long: `Run an experiment that one YAML file describes: collections, documents that an
LLM writes, arms that are trained or not, seeds, tests. docs/recipes.md tells
how such a file is written; the folder recipes has some.

Everything goes into DIR, stage by stage, and ends with a report: report.html,
report.md, and experiment.json. A stage is run once for what goes into it, its
inputs' hashes, its options and the version of its code. Interrupted or killed,
the same command goes on; with a changed recipe it redoes what has changed.

--dry-run shows for each arm how many stages are done and how long the others
will take: by what stages of their kind took in DIR, else by the recipe's
machine. --stages shows every stage.`,
		Example: `  gradus run recipes/cranfield.yaml --out cranfield --dry-run
  gradus run recipes/cranfield.yaml --out cranfield
  DATA=collections gradus run recipes/scifact.yaml --out scifact --arms bm25,base`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("run wants one recipe, got %d arguments; see gradus help run", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.recipe = args[0]
			return runRun(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.out, "out", "", "the experiment's `DIR`")
	flags.StringSliceVar(&opts.arms, "arms", nil, "run these arms alone, and those they are compared with")
	flags.StringVar(&opts.checkpoint, "checkpoint-every", "1m", "save a checkpoint of a training every so many steps, or so often: `N or DURATION`")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "show the plan and its forecast, run nothing")
	flags.BoolVar(&opts.stages, "stages", false, "with --dry-run, show every stage")
	flags.BoolVar(&opts.json, "json", false, "print the plan, or what the arms came to, as JSON")
	flags.BoolVar(&opts.offline, "offline", false, "open no socket to fetch what is missing, fail instead")
	return cmd
}

func runRun(ctx context.Context, opts runOptions, std streams) error {
	if opts.out == "" {
		return usagef("run wants --out DIR; see gradus help run")
	}
	r, err := recipe.Read(opts.recipe)
	if err != nil {
		return err
	}
	if opts.stages && !opts.dryRun {
		return usagef("--stages wants --dry-run")
	}
	if len(opts.arms) > 0 {
		if err := r.Only(opts.arms); err != nil {
			return usagef("--arms: %w", err)
		}
	}
	checkpoints := trainOptions{checkpoint: opts.checkpoint}
	if err := checkpoints.parseCheckpoint(); err != nil {
		return err
	}
	r.Checkpoints = checkpoints.Train.Checkpoints
	if opts.dryRun {
		return forecastRun(ctx, r, opts, std)
	}
	outcome, err := runRecipe(ctx, r, opts.out, opts.offline, std)
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, newRunSummary(outcome, opts.out))
	}
	return printOutcome(outcome, opts.out, std)
}

// runRecipe runs a recipe and tells people of each stage.
func runRecipe(ctx context.Context, r *recipe.Recipe, out string, offline bool, std streams) (recipe.Outcome, error) {
	experiment, err := recipe.Open(out)
	if err != nil {
		return recipe.Outcome{}, err
	}
	defer experiment.Close()
	experiment.Watch = watchStages(std.err)
	line := newProgress(std.err, "fetch")
	defer line.close()
	fetch := assets.Options{Offline: offline, Progress: func(asset string, done, total int64) { line.set(done, total, asset) }}
	outcome, err := r.Run(ctx, experiment, fetch)
	switch {
	case err != nil:
	case outcome.Ran == 0:
		fmt.Fprintf(std.err, "nothing to do: all %d stages were done before (%.1f s)\n", outcome.Stages, outcome.Seconds)
	default:
		fmt.Fprintf(std.err, "%d of %d stages run, the others were done before (%s)\n", outcome.Ran, outcome.Stages, recipe.Duration(outcome.Seconds))
	}
	return outcome, err
}

func forecastRun(ctx context.Context, r *recipe.Recipe, opts runOptions, std streams) error {
	experiment, err := recipe.Look(opts.out)
	if err != nil {
		return err
	}
	defer experiment.Close()
	estimate, err := r.Forecast(ctx, experiment)
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, estimate)
	}
	return printEstimate(estimate, opts.stages, std)
}

// printOutcome prints a table for each test, and where the report is.
func printOutcome(o recipe.Outcome, dir string, std streams) error {
	for _, c := range o.Report.Collections {
		if _, err := fmt.Fprintf(std.out, "%s, %d queries\n\n", c.Name, len(c.QueryIDs)); err != nil {
			return err
		}
		if err := armsGrid(o.Report, c).Write(std.out, "text"); err != nil {
			return err
		}
		fmt.Fprintln(std.out)
	}
	_, err := fmt.Fprintf(std.out, "The report is %s.\n", filepath.Join(dir, report.PageFile))
	return err
}

// runSummary is what run --json prints.
type runSummary struct {
	Page        string              `json:"page"`
	Stages      int                 `json:"stages"`
	Ran         int                 `json:"ran"`
	Seconds     float64             `json:"seconds"`
	Means       []report.Mean       `json:"means"`
	Comparisons []report.Comparison `json:"comparisons"`
}

func newRunSummary(o recipe.Outcome, dir string) runSummary {
	return runSummary{filepath.Join(dir, report.PageFile), o.Stages, o.Ran, o.Seconds, o.Report.Means(), o.Report.Comparisons}
}
