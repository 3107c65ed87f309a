package recipe

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/train"
)

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
	seed, t := int64(o.Train.Seed), o.Train
	if t.Optimizer == (train.AdamW{}) {
		t.Optimizer = train.DefaultAdamW
	}
	options := map[string]any{
		"encoder": m.Dir, "encoder_fingerprint": fingerprint, "layers": m.Layers, "precision": string(m.Precision), "sources": sources, "loss": o.Loss,
		"start_temperature": t.Temperature, "learned_temperature": t.LearnTemperature, "target_scale": cmp.Or(t.TargetScale, 1), "in_batch": string(t.InBatch), "matryoshka": t.Dimensions,
		"queries_per_step": t.QueriesPerStep, "epochs": t.Epochs, "learning_rate": t.LearningRate,
		"schedule": string(t.Schedule), "warm_up": t.WarmUp, "clip": t.Clip,
		"weight_decay": t.Optimizer.WeightDecay, "decay_matrices_only": t.Optimizer.DecayMatricesOnly, "in_order": t.InOrder,
		"freeze_blocks": t.FreezeBlocks, "lora_rank": t.LoRA.Rank, "lora_alpha": t.LoRA.Alpha, "average_decay": t.AverageDecay,
		"query_max_length": t.QueryMaxLength, "document_max_length": t.DocumentMaxLength,
	}
	if o.Dev.Dir != "" {
		options["dev"], options["dev_split"], options["validate_steps"], options["patience"] = o.Dev.Dir, o.Dev.Split, t.Validation.Steps, t.Validation.Patience
	}
	return durable.Manifest{Verb: "train", Seed: &seed, Inputs: inputs, Options: options}, nil
}

// identity is what of a training makes it that training: two of one identity
// take the same steps. Where files lie is no part of it, what is in them is.
func (o TrainOptions) identity(m durable.Manifest) map[string]string {
	id := map[string]string{"version": durable.Version, "seed": fmt.Sprint(*m.Seed)}
	for name, value := range m.Options {
		switch name {
		case "encoder", "sources", "dev":
		default:
			id[name] = fmt.Sprint(value)
		}
	}
	for i, s := range o.Sources {
		s.Dir = "-"
		id[fmt.Sprint("source ", i+1)] = s.String()
	}
	for i, input := range m.Inputs {
		id[fmt.Sprintf("input %d, a %s", i+1, filepath.Base(input.Path))] = input.SHA256
	}
	return id
}

// writeSteps writes train.jsonl and its plots into a model folder.
func writeSteps(dir string, steps []train.Step) error {
	file, err := os.Create(filepath.Join(dir, "train.jsonl"))
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
	if err := file.Close(); err != nil {
		return err
	}
	if err := writeEvents(dir, steps); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "train.svg"), []byte(trainingPlot(steps).SVG()), 0o666)
}

// trainingPlot shows a run: its loss, and what the validations saw.
func trainingPlot(steps []train.Step) report.Plot {
	lossCurve, smooth, dev := report.Series{Name: "loss", Faint: true}, report.Series{Name: "loss, smoothed"}, report.Series{Name: "nDCG@10 on dev", Right: true}
	average := 0.0
	for i, s := range steps {
		x := float64(s.Step)
		weight := max(1/float64(i+1), 0.25) // a plain mean of the first four, then a moving one
		average += weight * (s.Loss - average)
		lossCurve.Points = append(lossCurve.Points, report.Point{X: x, Y: s.Loss})
		smooth.Points = append(smooth.Points, report.Point{X: x, Y: average})
		if s.Validation != nil {
			dev.Points = append(dev.Points, report.Point{X: x, Y: *s.Validation})
		}
	}
	plot := report.Plot{Title: "Training", X: "step", Y: "loss", Series: []report.Series{lossCurve, smooth}}
	if len(dev.Points) > 0 {
		plot.Right = "nDCG@10 on dev"
		plot.Series = append(plot.Series, dev)
	}
	return plot
}
