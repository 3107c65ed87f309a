package recipe

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	_ "embed"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/train"
)

// TrainOptions say what is trained on what, and where the model goes.
type TrainOptions struct {
	Sources []train.Source
	Loss    string // by name; see loss.Names
	Out     string // the model folder to make
	Train   train.Options
}

// Train trains a loaded model on the sources and writes it as a folder that
// sentence-transformers reads, with train.jsonl, manifest.json and a model card.
func Train(ctx context.Context, m *encoder.Model, opts TrainOptions) (train.Result, error) {
	fn, err := loss.Parse(opts.Loss)
	if err != nil {
		return train.Result{}, err
	}
	if len(opts.Sources) == 0 {
		return train.Result{}, fmt.Errorf("training wants at least one source")
	}
	if err := mayWrite(opts.Out); err != nil {
		return train.Result{}, err
	}
	groups, err := train.ReadGroups(opts.Sources)
	if err != nil {
		return train.Result{}, err
	}
	manifest, err := opts.manifest(m)
	if err != nil {
		return train.Result{}, err
	}
	opts.Train.Loss = fn
	result, err := train.Train(ctx, m, groups, opts.Train)
	if err != nil {
		return result, err
	}
	if err := checkWeights(m); err != nil {
		return result, err
	}
	manifest.Options["temperature"] = result.Temperature
	manifest.Counts = map[string]int64{"groups": int64(result.Groups), "documents": int64(result.Documents), "steps": int64(len(result.Steps))}
	card, err := modelCard(m, opts, result)
	if err != nil {
		return result, err
	}
	return result, m.Save(opts.Out, card, func(temp string) error {
		if err := writeSteps(filepath.Join(temp, "train.jsonl"), result.Steps); err != nil {
			return err
		}
		return durable.WriteManifest(temp, manifest)
	})
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

func (o TrainOptions) manifest(m *encoder.Model) (durable.Manifest, error) {
	fingerprint, err := m.Fingerprint()
	if err != nil {
		return durable.Manifest{}, err
	}
	var sources []string
	var inputs []durable.Input
	for _, s := range o.Sources {
		sources = append(sources, s.String())
		c, err := collection.Open(s.Dir)
		if err != nil {
			return durable.Manifest{}, err
		}
		for _, path := range []string{c.CorpusPath(), c.QueriesPath(), c.QrelsPath(s.Split)} {
			hash, err := durable.HashFile(path)
			if err != nil {
				return durable.Manifest{}, err
			}
			inputs = append(inputs, durable.Input{Path: path, SHA256: hash})
		}
	}
	seed, optimizer := int64(o.Train.Seed), o.Train.Optimizer
	if optimizer == (train.AdamW{}) {
		optimizer = train.DefaultAdamW
	}
	return durable.Manifest{
		Verb: "train", Seed: &seed, Inputs: inputs,
		Options: map[string]any{
			"encoder": m.Dir, "encoder_fingerprint": fingerprint, "layers": m.Layers, "sources": sources, "loss": o.Loss,
			"queries_per_step": o.Train.QueriesPerStep, "epochs": o.Train.Epochs, "learning_rate": o.Train.LearningRate,
			"schedule": string(o.Train.Schedule), "warm_up": o.Train.WarmUp, "clip": o.Train.Clip,
			"weight_decay": optimizer.WeightDecay, "in_order": o.Train.InOrder,
			"query_max_length": o.Train.QueryMaxLength, "document_max_length": o.Train.DocumentMaxLength,
		},
	}, nil
}

func writeSteps(path string, steps []train.Step) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(file)
	for _, step := range steps {
		if err := lines.Encode(step); err != nil {
			file.Close()
			return err
		}
	}
	return file.Close()
}

//go:embed modelcard.md.tmpl
var modelCardText string

var modelCardTemplate = template.Must(template.New("model card").Parse(modelCardText))

func modelCard(m *encoder.Model, opts TrainOptions, result train.Result) (string, error) {
	var out strings.Builder
	err := modelCardTemplate.Execute(&out, struct {
		Base    string
		Model   *encoder.Model
		Options TrainOptions
		Result  train.Result
		Version string
	}{filepath.Base(m.Dir), m, opts, result, durable.Version})
	return out.String(), err
}
