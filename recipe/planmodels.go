package recipe

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/train"
)

var (
	trainKind  = Kind{"train", 1}
	chooseKind = Kind{"choose", 1}
)

// start is a model that arms start from, as it is found.
type start struct {
	Encoder
	dir     string
	missing error             // why it is not here
	hashes  map[string]string // of its files
	config  encoder.Config
}

// findModels looks for the models, and fetches those that are not here where that is allowed.
func (p *planner) findModels() error {
	if p.starts != nil {
		return nil
	}
	p.starts = map[string]*start{}
	for _, e := range p.Encoders {
		if !slices.ContainsFunc(p.Arms, func(a Arm) bool { return a.Encoder == e.Name }) {
			continue
		}
		found := &start{Encoder: e, config: bertBase}
		p.starts[e.Name] = found
		ref := e.Model
		if local, err := p.shelf.locate(ref); err == nil && isFolder(local) {
			ref = local
		}
		if found.dir, found.missing = assets.Encoder(p.ctx, ref, p.assets); found.missing != nil {
			continue
		}
		config, err := encoder.ReadConfig(found.dir)
		if err != nil {
			return e.at.Wrap(err)
		}
		found.config = config
		if found.hashes, err = p.shelf.inputs.model(p.ctx, found.dir); err != nil {
			return e.at.Wrap(err)
		}
	}
	return nil
}

// bertBase is what a forecast takes a model for that is not here.
var bertBase = encoder.Config{Layers: 12, HiddenSize: 768, Intermediate: 3072}

// identity is what of the encoder decides its vectors, but for what a stage cuts them at.
func (s *start) identity() any {
	return []any{s.hashes, s.KeepLayers, s.QueryPrompt, s.DocumentPrompt, s.Precision}
}

// teraFLOPs is what one token takes on its way through the model.
func (s *start) teraFLOPs() float64 {
	layers := s.config.Layers
	if s.KeepLayers != nil {
		layers = len(s.KeepLayers)
	}
	h, f := float64(s.config.HiddenSize), float64(s.config.Intermediate)
	return 2 * float64(layers) * (4*h*h + 2*h*f) / 1e12
}

// armModel is a model of an arm: what it starts from, or what a training made of it.
type armModel struct {
	arm   string // "" of one that several arms start from
	made  product
	start *start
	path  string // under the experiment's folder; "" is the model that the arm starts from
	seed  uint64
}

// name is the model's, in the names of stages and folders.
func (m armModel) name() string {
	if m.path == "" {
		return "untrained/" + m.start.Name
	}
	name, _ := strings.CutPrefix(filepath.ToSlash(m.path), "models/")
	return name
}

// of is whom stages that use the model are for.
func (m armModel) of() string {
	if m.path == "" {
		return m.name()
	}
	return m.arm
}

// weightsFile is what of a model's folder the stages to come need, and what takes its room.
const weightsFile = "model.safetensors"

// load loads the model whenever a stage needs it.
func (p *planner) load(m armModel) func(context.Context) (*encoder.Model, error) {
	options := encoder.Options{
		KeepLayers: m.start.KeepLayers, QueryPrompt: m.start.QueryPrompt, DocumentPrompt: m.start.DocumentPrompt,
		Precision: encoder.Precision(m.start.Precision), Assets: p.assets,
	}
	dir := m.start.dir
	if m.path != "" {
		dir, options.KeepLayers = p.e.Path(m.path), nil
	}
	return func(ctx context.Context) (*encoder.Model, error) { return encoder.Load(ctx, dir, options) }
}

// untrained is the model that an arm starts from.
func (p *planner) untrained(a Arm) armModel {
	s := p.starts[a.Encoder]
	m := armModel{start: s, seed: p.Seeds[0]}
	if s.missing != nil {
		m.made.waits = fmt.Sprintf("encoder %s is here", s.Name)
	}
	return m
}

// train plans the training of an arm with one seed at one point of its grid.
func (p *planner) train(a Arm, at point, seed uint64, waits string) (armModel, error) {
	from := p.untrained(a)
	h, err := a.Values.with(at.values).read()
	if err != nil {
		return armModel{}, err
	}
	on := []product{{waits: waits}, from.made}
	var sources []train.Source
	var read []any
	for _, source := range a.Sources {
		part, err := p.read(source.Split)
		if err != nil {
			return armModel{}, err
		}
		s := train.Source{Dir: part.folder, Split: source.Name, MinGrade: source.MinGrade, MaxGrade: source.MaxGrade, Grade: source.Grade, Sample: source.Sample, Weight: source.Weight}
		sources = append(sources, s)
		on = append(on, part.made)
		s.Dir = ""
		read = append(read, part, s.String())
	}
	options := h.options(from.start.Encoder, seed)
	options.Checkpoints = p.Checkpoints
	path := filepath.Join("models", a.Name, at.name, fmt.Sprint("seed-", seed))
	load := p.load(from)
	trained, err := p.add(Stage{
		Kind: trainKind, Of: armModel{path: path}.name(), For: a.Name, Out: path, Whole: weightsFile, Leaves: TrainingFolder(path),
		Inputs: []any{from.start.identity(), h, from.start.QueryMaxLength, from.start.DocumentMaxLength, seed, read},
		Work:   func() (float64, error) { return p.trainingWork(a, h, from.start) },
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			m, err := load(ctx)
			if err != nil {
				return err
			}
			options.Progress = func(s train.Step) {
				move(int64(s.Step), int64(s.Steps), fmt.Sprintf("loss %.4f  %.0f tokens/s", s.Loss, float64(s.Tokens)/s.Seconds))
			}
			_, err = Train(ctx, m, TrainOptions{Sources: sources, Loss: h.Loss, Out: out, Resume: true, Train: options})
			return err
		},
	}, on...)
	return armModel{arm: a.Name, made: trained, start: from.start, path: path, seed: seed}, err
}

// trainArms plans every arm's models, one a seed, the choice of its hyperparameters before them.
func (p *planner) trainArms() (map[string][]armModel, error) {
	models := map[string][]armModel{}
	for _, a := range p.Arms {
		switch {
		case a.Kind != DenseArm:
			continue
		case !a.Trained():
			models[a.Name] = []armModel{p.untrained(a)}
			continue
		}
		best, waits, err := p.choose(a)
		if err != nil {
			return nil, err
		}
		for _, seed := range p.Seeds {
			m, err := p.train(a, best, seed, waits)
			if err != nil {
				return nil, err
			}
			models[a.Name] = append(models[a.Name], m)
		}
	}
	return models, nil
}
