package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/train"
)

type trainOptions struct {
	encoder     string
	load        encoder.Options
	sources     []string
	schedule    string
	temperature string
	json        bool
	recipe.TrainOptions
}

func newTrainCommand(std streams) *cobra.Command {
	var opts trainOptions
	cmd := &cobra.Command{
		Use:   "train --encoder DIR|HUB_ID --source SPEC [--source SPEC …] --loss NAME --out DIR",
		Short: "Train an encoder list-wise on graded lists",
		Long: `Train a dual encoder on the graded documents of each query, and write it as a
folder that sentence-transformers reads too. All documents of a step are in
every query's list; those of other queries have grade 0.

A source is a collection seen through a filter, and --source may be given again:
  dir=synth,split=train,min-grade=0,max-grade=3   grades as they are
  dir=scifact,split=train,min-grade=1,grade=3     every real positive counts as grade 3

The losses are ` + strings.Join(loss.Names(), ", ") + `. With --temperature auto, the default for ws2, the
training lists are encoded once and the temperature is taken at which the
untrained model's loss is smallest.`,
		Example: `  gradus train --encoder sentence-transformers/all-MiniLM-L6-v2 --source dir=graded,split=train --loss ws2 --out my-model
  gradus train --encoder my-model --keep-layers 0,2,4 --source dir=graded --loss ws2 --epochs 3 --lr 5e-5 --out my-student`,
		RunE: func(cmd *cobra.Command, args []string) error { return runTrain(cmd.Context(), opts, std) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.encoder, "encoder", "", "the model `DIR` or hub id to start from")
	flags.StringArrayVar(&opts.sources, "source", nil, "a collection and a filter as a `SPEC`; may be given again")
	flags.StringVar(&opts.Loss, "loss", "ws2", "the loss's `NAME`")
	flags.StringVar(&opts.Out, "out", "", "the model folder `DIR` to make")
	flags.IntVar(&opts.Train.QueriesPerStep, "queries-per-step", 16, "queries a step")
	flags.Float64Var(&opts.Train.LearningRate, "lr", 2e-5, "the highest learning rate")
	flags.Float64Var(&opts.Train.Epochs, "epochs", 1, "passes over the queries; may be a fraction")
	flags.StringVar(&opts.temperature, "temperature", "", "what similarities are divided by, or auto (default auto for ws2, 0.05 for others)")
	flags.IntSliceVar(&opts.load.KeepLayers, "keep-layers", nil, "start from a student of these layers, counted from 0, such as `0,2,4`")
	flags.Uint64Var(&opts.Train.Seed, "seed", 0, "the order of queries depends on it")
	flags.StringVar(&opts.schedule, "schedule", string(train.Linear), "how the learning rate moves after the warm-up: linear or constant")
	flags.Float64Var(&opts.Train.WarmUp, "warm-up", 0.1, "share of the steps in which the learning rate rises")
	flags.Float64Var(&opts.Train.Clip, "clip", 0, "highest norm of the gradient (default no limit)")
	flags.Float64Var(&opts.Train.Optimizer.WeightDecay, "weight-decay", train.DefaultAdamW.WeightDecay, "AdamW's decoupled decay")
	flags.IntVar(&opts.Train.QueryMaxLength, "query-max-length", 64, "tokens a query is cut at")
	flags.IntVar(&opts.Train.DocumentMaxLength, "document-max-length", 0, "tokens a document is cut at (default the model's own)")
	flags.BoolVar(&opts.Train.InOrder, "in-order", false, "take the queries in the sources' order, not shuffled")
	flags.BoolVar(&opts.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	flags.BoolVar(&opts.json, "json", false, "print the steps as JSON lines")
	return cmd
}

// complete checks the options and fills in what follows from others.
func (o *trainOptions) complete() error {
	switch {
	case o.encoder == "":
		return usagef("train wants --encoder DIR|HUB_ID")
	case len(o.sources) == 0:
		return usagef("train wants at least one --source dir=DIR")
	case o.Out == "":
		return usagef("train wants --out DIR")
	}
	if _, err := loss.Parse(o.Loss); err != nil {
		return usageError{err}
	}
	for _, spec := range o.sources {
		source, err := train.ParseSource(spec)
		if err != nil {
			return usageError{err}
		}
		o.Sources = append(o.Sources, source)
	}
	var err error
	if o.Train.Schedule, err = train.ParseSchedule(o.schedule); err != nil {
		return usageError{err}
	}
	if err := o.checkNumbers(); err != nil {
		return err
	}
	adamW := train.DefaultAdamW
	adamW.WeightDecay = o.Train.Optimizer.WeightDecay
	o.Train.Optimizer = adamW
	o.Train.Temperature, err = parseTemperature(o.temperature, o.Loss)
	return err
}

// checkNumbers refuses what the library would take for its default, which a
// user who typed it did not mean, and what is no number.
func (o *trainOptions) checkNumbers() error {
	t := o.Train
	switch {
	case t.QueriesPerStep < 1:
		return usagef("want --queries-per-step of at least 1, got %d", t.QueriesPerStep)
	case !(t.Epochs > 0) || math.IsInf(t.Epochs, 0):
		return usagef("want --epochs above 0, got %g", t.Epochs)
	case !(t.LearningRate > 0) || math.IsInf(t.LearningRate, 0):
		return usagef("want --lr above 0, got %g", t.LearningRate)
	case !(t.WarmUp >= 0 && t.WarmUp <= 1):
		return usagef("want --warm-up between 0 and 1, got %g", t.WarmUp)
	case !(t.Clip >= 0):
		return usagef("want --clip of 0 or more, got %g", t.Clip)
	case !(t.Optimizer.WeightDecay >= 0) || math.IsInf(t.Optimizer.WeightDecay, 0):
		return usagef("want --weight-decay of 0 or more, got %g", t.Optimizer.WeightDecay)
	}
	return nil
}

// parseTemperature returns 0 for calibration.
func parseTemperature(text, lossName string) (float64, error) {
	switch {
	case text == "auto", text == "" && lossName == "ws2":
		return 0, nil
	case text == "":
		return 0.05, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || !(value > 0) || math.IsInf(value, 0) {
		return 0, usagef("want --temperature auto or a positive number, got %q", text)
	}
	return value, nil
}

func runTrain(ctx context.Context, opts trainOptions, std streams) error {
	if err := opts.complete(); err != nil {
		return err
	}
	model, err := loadEncoder(ctx, opts.encoder, opts.load, std)
	if err != nil {
		return err
	}
	line := newProgress(std.err, "train")
	defer line.close()
	opts.Train.Calibrated = func(t float64) { fmt.Fprintf(std.err, "temperature %.4g, where the untrained loss is smallest\n", t) }
	steps := json.NewEncoder(std.out)
	var seconds, tokens float64
	opts.Train.Progress = func(s train.Step) {
		seconds += s.Seconds
		tokens += float64(s.Tokens)
		line.set(int64(s.Step), int64(s.Steps), fmt.Sprintf("loss %.4f  %.0f tokens/s", s.Loss, tokens/seconds))
		if opts.json {
			steps.Encode(s)
		}
	}
	result, err := recipe.Train(ctx, model, opts.TrainOptions)
	if err != nil || opts.json {
		return err
	}
	line.close()
	last := result.Steps[len(result.Steps)-1]
	_, err = fmt.Fprintf(std.out, "%d steps\tloss %.4f\t%.0f tokens/s\t%s\n", len(result.Steps), last.Loss, tokens/seconds, opts.Out)
	return err
}
