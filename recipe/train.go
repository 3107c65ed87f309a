package recipe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/train"
)

// TrainOptions say what is trained on what, and where the model goes.
type TrainOptions struct {
	Sources []train.Source
	Loss    string // a name or a weighted sum; see loss.Parse
	Out     string // the model folder to make
	Resume  bool   // goes on from what an interrupted training into Out left
	Dev     Dev    // where the best model is looked for; the zero value takes the last
	Train   train.Options
}

// TrainingFolder is where a training into a folder keeps its checkpoints until it is done.
func TrainingFolder(out string) string { return filepath.Clean(out) + ".training" }

// Train trains a loaded model on the sources and writes it as a folder that
// sentence-transformers reads, with train.jsonl, plots, manifest.json and a
// model card. Interrupted, it leaves a checkpoint in TrainingFolder.
func Train(ctx context.Context, m *encoder.Model, opts TrainOptions) (train.Result, error) {
	if err := mayWrite(opts.Out); err != nil {
		return train.Result{}, err
	}
	manifest, groups, err := opts.prepare(m)
	if err != nil {
		return train.Result{}, err
	}
	facts := opts.cardFacts(m)
	opts.Train.Checkpoints.Dir = TrainingFolder(opts.Out)
	opts.Train.Checkpoints.Resume = opts.Resume
	opts.Train.Checkpoints.Identity = opts.identity(manifest)
	opts.Train.Validation.Of = opts.Dev.validation(opts.Train)
	events := newEvents(opts.Train.Checkpoints.Dir)
	defer events.close()
	opts.Train.Progress = events.watch(opts.Train.Progress)
	restore := collectOften()
	result, err := train.Train(ctx, m, groups, opts.Train)
	restore()
	if err != nil {
		return result, err
	}
	if err := checkWeights(m); err != nil {
		return result, err
	}
	manifest.Options["temperature"] = result.Temperature
	manifest.Counts = map[string]int64{"groups": int64(result.Groups), "documents": int64(result.Documents), "steps": int64(len(result.Steps))}
	card, err := modelCard(m, opts, facts, result)
	if err != nil {
		return result, err
	}
	err = m.Save(opts.Out, card, func(temp string) error {
		if err := writeSteps(temp, result.Steps); err != nil {
			return err
		}
		return durable.WriteManifest(temp, manifest)
	})
	if err != nil {
		return result, err
	}
	return result, os.RemoveAll(opts.Train.Checkpoints.Dir)
}

// prepare reads what a training is on, and says in a manifest what it is.
func (o *TrainOptions) prepare(m *encoder.Model) (durable.Manifest, []train.Group, error) {
	if len(o.Sources) == 0 {
		return durable.Manifest{}, nil, fmt.Errorf("training wants at least one source")
	}
	var err error
	if o.Train.Loss, err = loss.Parse(o.Loss); err != nil {
		return durable.Manifest{}, nil, err
	}
	if err := o.Dev.check(); err != nil {
		return durable.Manifest{}, nil, err
	}
	groups, err := train.ReadGroups(o.Sources)
	if err != nil {
		return durable.Manifest{}, nil, err
	}
	manifest, err := o.manifest(m)
	return manifest, groups, err
}

// mayWrite finds out before a long training, not after it, that its result has nowhere to go.
func mayWrite(out string) error {
	if _, err := os.Lstat(out); err == nil {
		return fmt.Errorf("%s exists already; remove it or train into another folder", out)
	}
	parent := filepath.Dir(out)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	probe, err := os.MkdirTemp(parent, "."+filepath.Base(out)+".probe-")
	if err != nil {
		return err
	}
	return os.Remove(probe)
}

// checkWeights refuses a model that its last update ruined: no loss came after it to tell.
func checkWeights(m *encoder.Model) error {
	weights, err := m.Weights()
	if err != nil {
		return err
	}
	for _, w := range weights {
		for _, x := range w.Data {
			if x-x != 0 { // NaN or infinite
				return fmt.Errorf("training left %s with the value %v; a lower learning rate may help", w.Name, x)
			}
		}
	}
	return nil
}
