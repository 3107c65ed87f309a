package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/train"
)

// trainOptions are the flags as typed, and what complete makes of them.
type trainOptions struct {
	encoder      string
	load         encoder.Options
	sources      []string
	schedule     string
	temperature  string
	inBatch      string
	plan         string
	memoryBudget float64 // GiB
	checkpoint   string
	dryRun       bool
	json         bool
	recipe.TrainOptions
}

func newTrainCommand(std streams) *cobra.Command {
	var opts trainOptions
	cmd := &cobra.Command{
		Use:   "train --encoder DIR|HUB_ID --source SPEC [--source SPEC …] --loss NAME --out DIR",
		Short: "Train an encoder list-wise on graded lists",
		Long: `Train a dual encoder on the graded documents of each query, and write it as a
folder that sentence-transformers reads too. All documents of a step are in
every query's list; those of other queries have grade 0, or are left out with
--in-batch mask.

A source is a collection seen through a filter, and --source may be given again;
a query that several sources hold is one list:
  dir=synth,split=train,min-grade=0,max-grade=3   grades as they are
  dir=scifact,split=train,min-grade=1,grade=3     every real positive counts as grade 3
  dir=scifact,split=bm25,grade=1,sample=2         two at random a query and epoch, as grade 1
  dir=scifact,weight=0.5                          its queries come in every other epoch

The losses are ` + strings.Join(loss.Names(), ", ") + `.
lambdaloss@20 has another cutoff than 10; ws2+0.5*infonce is a weighted sum.
With --temperature auto, the default where ws2 is part of the loss, the training
lists are encoded once and the temperature is taken at which the untrained
model's loss is smallest; learned:0.05 starts there and moves with the weights.

Interrupted, a training saves a checkpoint in DIR.training, and --resume goes on
from it, on a CPU to the very bit. --dev names a collection whose split is
searched now and then: the model that does best there is the one that is kept.`,
		Example: `  gradus train --encoder sentence-transformers/all-MiniLM-L6-v2 --source dir=graded,split=train --loss ws2 --out my-model
  gradus train --encoder my-model --keep-layers 0,2,4 --source dir=graded --loss ws2 --epochs 3 --lr 5e-5 --out my-student
  gradus train --encoder minilm --source dir=graded --loss ws2+infonce --dev my-collection --patience 3 --epochs 20 --out best
  gradus train --encoder minilm --source dir=graded --loss kl --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error { return runTrain(cmd.Context(), opts, std) },
	}
	opts.addFlags(cmd)
	return cmd
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
	say := func(format string, args ...any) {
		line.close()
		fmt.Fprintf(std.err, format+"\n", args...)
	}
	opts.Train.Calibrated = func(t float64) { say("temperature %.4g, where the untrained loss is smallest", t) }
	opts.Train.Resumed = func(step int) { say("going on after step %d", step) }
	pace := &trainPace{line: line}
	if opts.json {
		steps := json.NewEncoder(std.out)
		opts.Train.Progress = func(s train.Step) { pace.show(s); steps.Encode(s) }
	} else {
		opts.Train.Progress = pace.show
	}
	if opts.dryRun {
		return forecastTrain(ctx, model, opts, std, line)
	}
	result, err := recipe.Train(ctx, model, opts.TrainOptions)
	if ctx.Err() != nil {
		if left, _ := train.HasCheckpoint(recipe.TrainingFolder(opts.Out)); left {
			say("saved after step %d; the same command with --resume goes on", len(result.Steps))
		}
	}
	if err != nil {
		return err
	}
	line.close()
	if result.Silent > 0 {
		say("%d queries have no document above grade 0 and were left out", result.Silent)
	}
	if result.Best > 0 {
		say("kept the model of step %d, the best on %s", result.Best, opts.Dev.Dir)
	}
	if opts.json {
		return nil
	}
	last := result.Steps[len(result.Steps)-1]
	_, err = fmt.Fprintf(std.out, "%d steps\tloss %.4f\t%.0f tokens/s\t%s\n", len(result.Steps), last.Loss, pace.rate(), opts.Out)
	return err
}

// trainPace draws the progress of a training.
type trainPace struct {
	line            *progress
	seconds, tokens float64
	steps           int // of this process
	dev             string
}

func (p *trainPace) rate() float64 {
	if p.seconds == 0 {
		return 0
	}
	return p.tokens / p.seconds
}

func (p *trainPace) show(s train.Step) {
	p.seconds += s.Seconds
	p.tokens += float64(s.Tokens)
	p.steps++
	loss := fmt.Sprintf("loss %.4f", s.Loss)
	for _, name := range slices.Sorted(maps.Keys(s.Terms)) {
		loss += fmt.Sprintf(" %s %.4f", name, s.Terms[name])
	}
	if s.Validation != nil {
		p.dev = fmt.Sprintf("  dev %.4f", *s.Validation)
	}
	left := time.Duration(p.seconds / float64(p.steps) * float64(s.Steps-s.Step) * float64(time.Second))
	p.line.set(int64(s.Step), int64(s.Steps), fmt.Sprintf("%s%s  gradient %.3g  %.0f tokens/s  %.1f %% padding  %s left",
		loss, p.dev, s.GradientNorm, p.rate(), 100*(1-float64(s.Tokens)/float64(s.Padded)), left.Round(time.Second)))
}

func forecastTrain(ctx context.Context, model *encoder.Model, opts trainOptions, std streams, line *progress) error {
	f, err := recipe.ForecastTraining(ctx, model, opts.TrainOptions)
	line.close()
	if err != nil {
		return err
	}
	if opts.json {
		return json.NewEncoder(std.out).Encode(f)
	}
	_, err = fmt.Fprintf(std.out, "queries\t%d\ndocuments\t%d\nsteps\t%d\ntime\t%s\ntokens/s\t%.0f\npadding\t%.1f %%\nmemory\t%.1f GiB\n",
		f.Groups, f.Documents, f.Steps, (time.Duration(f.Seconds) * time.Second).String(), f.Tokens, 100*f.Padding, float64(f.Memory)/(1<<30))
	return err
}
