package main

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/train"
)

func (o *trainOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	t := &o.Train
	f.StringVar(&o.encoder, "encoder", "", "the model `DIR` or hub id to start from")
	f.StringArrayVar(&o.sources, "source", nil, "a collection and a filter as a `SPEC`; may be given again")
	f.StringVar(&o.Loss, "loss", "ws2", "the loss's `NAME`, or a weighted sum")
	f.StringVar(&o.Out, "out", "", "the model folder `DIR` to make")
	f.BoolVar(&o.Resume, "resume", false, "go on from where a training into --out was interrupted, if one was")

	f.IntVar(&t.QueriesPerStep, "queries-per-step", 16, "queries a step")
	f.Float64Var(&t.LearningRate, "lr", 2e-5, "the highest learning rate")
	f.Float64Var(&t.Epochs, "epochs", 1, "passes over the queries; may be a fraction")
	f.StringVar(&o.temperature, "temperature", "", "what similarities are divided by, auto, or learned:START (default auto with ws2, else 0.05)")
	f.Float64Var(&t.TargetScale, "target-scale", 1, "what grades are multiplied by before the loss sees them: above 1, targets are sharper")
	f.StringVar(&o.inBatch, "in-batch", string(train.InBatchZero), "what documents of other queries are: of grade zero, or mask for no part of the list")
	f.IntSliceVar(&t.Dimensions, "matryoshka", nil, "widths, such as `384,128`, that the loss takes of the vectors in turn")
	f.Uint64Var(&t.Seed, "seed", 0, "the order of queries and what is drawn depend on it")
	f.BoolVar(&t.InOrder, "in-order", false, "take the queries in the sources' order, not shuffled")

	f.StringVar(&o.schedule, "schedule", string(train.Linear), "how the learning rate moves after the warm-up: linear, cosine or constant")
	f.Float64Var(&t.WarmUp, "warm-up", 0.1, "share of the steps in which the learning rate rises")
	f.Float64Var(&t.Clip, "clip", 0, "highest norm of the gradient (default no limit)")
	f.Float64Var(&t.Optimizer.WeightDecay, "weight-decay", train.DefaultAdamW.WeightDecay, "AdamW's decoupled decay")
	f.BoolVar(&t.Optimizer.DecayMatricesOnly, "decay-matrices-only", false, "keep the decay off biases and norms")
	f.Float64Var(&t.AverageDecay, "average", 0, "decay of a moving average of the weights, such as 0.999, which is kept in their place")

	f.IntSliceVar(&o.load.KeepLayers, "keep-layers", nil, "start from a student of these layers, counted from 0, such as `0,2,4`")
	f.IntVar(&t.FreezeBlocks, "freeze", 0, "leave the `N` lowest blocks as they are: the embeddings, then layers")
	f.IntVar(&t.LoRA.Rank, "lora", 0, "train low-rank adapters of this `RANK` in place of the weights, and merge them")
	f.Float64Var(&t.LoRA.Alpha, "lora-alpha", 0, "the adapters' scale is this over the rank (default twice the rank)")
	f.IntVar(&t.QueryMaxLength, "query-max-length", 64, "tokens a query is cut at")
	f.IntVar(&t.DocumentMaxLength, "document-max-length", 0, "tokens a document is cut at (default the model's own)")

	addPromptFlags(f, &o.load)
	addPrecisionFlag(f, &o.load, "float32 or bfloat16, of the matrix products; weights and sums stay float32")

	f.StringVar(&o.Dev.Dir, "dev", "", "a collection `DIR` or hub id that is searched now and then to find the best model")
	f.StringVar(&o.Dev.Split, "dev-split", "dev", "the split of --dev that counts")
	f.IntVar(&t.Validation.Steps, "validate-every", 0, "steps between two looks at --dev (default an epoch)")
	f.IntVar(&t.Validation.Patience, "patience", 0, "end after so many looks without a new best (default never)")

	f.StringVar(&o.checkpoint, "checkpoint-every", "10m", "save a checkpoint every so many steps, or so often: `N or DURATION`")
	f.IntVar(&t.Devices, "devices", 1, "devices, such as GPUs, that share the work of a step")
	f.StringVar(&o.plan, "plan", string(train.Auto), "auto, fused (fastest) or cached (keeps the states of one micro-batch alone)")
	f.BoolVar(&t.Recompute, "gradient-checkpointing", false, "keep of each layer its output alone and compute the rest again on the way back: less memory, more time")
	f.Float64Var(&o.memoryBudget, "memory-budget", 4, "`GiB` that the fused plan may keep of a step before auto takes the cached one")
	f.BoolVar(&o.load.Assets.Offline, "offline", false, "open no socket to fetch the model, fail if it is not here")
	f.BoolVar(&o.dryRun, "dry-run", false, "take ten steps, say what the whole would cost, and write nothing")
	f.BoolVar(&o.json, "json", false, "print the steps as JSON lines")
}

// complete checks the options and fills in what follows from others.
func (o *trainOptions) complete() error {
	switch {
	case o.encoder == "":
		return usagef("train wants --encoder DIR|HUB_ID")
	case len(o.sources) == 0:
		return usagef("train wants at least one --source dir=DIR")
	case o.Out == "" && !o.dryRun:
		return usagef("train wants --out DIR")
	}
	sum, err := loss.Parse(o.Loss)
	if err != nil {
		return usageError{err}
	}
	for _, spec := range o.sources {
		source, err := train.ParseSource(spec)
		if err != nil {
			return usageError{err}
		}
		o.Sources = append(o.Sources, source)
	}
	if err := o.checkNumbers(); err != nil {
		return err
	}
	if o.Train.Schedule, err = train.ParseSchedule(o.schedule); err != nil {
		return usageError{err}
	}
	if o.Train.InBatch, err = train.ParseInBatch(o.inBatch); err != nil {
		return usageError{err}
	}
	if o.Train.Plan, err = train.ParsePlan(o.plan); err != nil {
		return usageError{err}
	}
	o.Train.MemoryBudget = int64(o.memoryBudget * (1 << 30))
	weightDecay, matrices := o.Train.Optimizer.WeightDecay, o.Train.Optimizer.DecayMatricesOnly
	o.Train.Optimizer = train.DefaultAdamW
	o.Train.Optimizer.WeightDecay, o.Train.Optimizer.DecayMatricesOnly = weightDecay, matrices
	if err := o.parseTemperature(sum); err != nil {
		return err
	}
	return o.parseCheckpoint()
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
	case !(t.AverageDecay >= 0 && t.AverageDecay < 1):
		return usagef("want --average of at least 0 and below 1, got %g", t.AverageDecay)
	case !(t.TargetScale > 0) || math.IsInf(t.TargetScale, 0):
		return usagef("want --target-scale above 0, got %g", t.TargetScale)
	case t.Devices < 1:
		return usagef("want --devices of at least 1, got %d", t.Devices)
	case t.FreezeBlocks < 0:
		return usagef("want --freeze of 0 or more, got %d", t.FreezeBlocks)
	case t.LoRA.Rank < 0:
		return usagef("want --lora of 0 or more, got %d", t.LoRA.Rank)
	case !(t.LoRA.Alpha >= 0) || math.IsInf(t.LoRA.Alpha, 0):
		return usagef("want --lora-alpha of 0 or more, got %g", t.LoRA.Alpha)
	case t.Validation.Steps < 0 || t.Validation.Patience < 0:
		return usagef("want --validate-every and --patience of 0 or more, got %d and %d", t.Validation.Steps, t.Validation.Patience)
	case o.Dev.Dir == "" && (t.Validation.Steps > 0 || t.Validation.Patience > 0):
		return usagef("--validate-every and --patience want --dev DIR to look at")
	case !(o.memoryBudget > 0) || math.IsInf(o.memoryBudget, 0):
		return usagef("want --memory-budget above 0, got %g", o.memoryBudget)
	}
	return nil
}

// defaultTemperature is for losses that do not pull the scores flat.
const defaultTemperature = 0.05

// parseTemperature leaves 0 for calibration.
func (o *trainOptions) parseTemperature(sum loss.Sum) error {
	text := o.temperature
	if text == "" {
		o.Train.Temperature = defaultTemperature
		for _, term := range sum {
			if term.Name == "ws2" {
				o.Train.Temperature = 0
			}
		}
		return nil
	}
	number, learned := strings.CutPrefix(text, "learned:")
	o.Train.LearnTemperature = learned
	if number == "auto" {
		return nil
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || !(value > 0) || math.IsInf(value, 0) {
		return usagef("want --temperature auto, a positive number or learned:START, got %q", text)
	}
	o.Train.Temperature = value
	return nil
}

func (o *trainOptions) parseCheckpoint() error {
	c := &o.Train.Checkpoints
	if steps, err := strconv.Atoi(o.checkpoint); err == nil && steps > 0 {
		c.Steps = steps
		return nil
	}
	every, err := time.ParseDuration(o.checkpoint)
	if err != nil || every <= 0 {
		return usagef("want --checkpoint-every of so many steps or a duration, such as 500 or 10m, got %q", o.checkpoint)
	}
	c.Every = every
	return nil
}
