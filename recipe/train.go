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
	fn, err := loss.ByName(opts.Loss)
	if err != nil {
		return train.Result{}, err
	}
	if _, err := os.Stat(opts.Out); err == nil {
		return train.Result{}, fmt.Errorf("%s exists already; remove it or train into another folder", opts.Out)
	}
	if len(opts.Sources) == 0 {
		return train.Result{}, fmt.Errorf("training wants at least one source")
	}
	manifest, err := opts.manifest(m)
	if err != nil {
		return train.Result{}, err
	}
	groups, err := train.ReadGroups(opts.Sources)
	if err != nil {
		return train.Result{}, err
	}
	opts.Train.Loss = fn
	result, err := train.Train(ctx, m, groups, opts.Train)
	if err != nil {
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
	seed := int64(o.Train.Seed)
	return durable.Manifest{
		Verb: "train", Seed: &seed, Inputs: inputs,
		Options: map[string]any{
			"encoder": m.Dir, "encoder_fingerprint": fingerprint, "layers": m.Layers, "sources": sources, "loss": o.Loss,
			"queries_per_step": o.Train.QueriesPerStep, "epochs": o.Train.Epochs, "learning_rate": o.Train.LearningRate,
			"schedule": string(o.Train.Schedule), "warm_up": o.Train.WarmUp, "clip": o.Train.Clip,
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
