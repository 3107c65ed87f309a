package recipe

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/data"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/train"
	"github.com/gradus-ir/gradus/trec"
)

// Demo is the experiment of gradus demo: Cranfield's odd-numbered questions
// train, its even-numbered ones test. What is here was fixed before the even
// ones were looked at.
type Demo struct {
	Encoder  string                                         // the model folder all arms start from
	LLM      func(ctx context.Context) (*llm.Client, error) // opens the LLM that writes the live lists
	LLMName  string                                         // identifies it
	LiveTime time.Duration                                  // how long it may write
	Assets   assets.Options                                 // how the XLA plugin may be fetched
}

// The demo's hyperparameters, the same for every arm that is trained.
const (
	demoEpochs    = 3
	demoRate      = 5e-5
	demoStep      = 16
	demoMaxLength = 128 // tokens of a document; Cranfield's abstracts have about 200
	demoWarmUp    = 0.1
	demoDepth     = 100
)

var demoStudent = []int{0, 2, 4}

// demoArm is one line of the table.
type demoArm struct {
	name   string
	base   string // the arm it is compared with
	layers []int  // of the encoder; nil is all
	loss   string // "" trains nothing
	lists  string // "recorded" or "live"
}

var demoArms = []demoArm{
	{name: "minilm"},
	{name: "minilm-ws2", base: "minilm", loss: "ws2", lists: "recorded"},
	{name: "student", layers: demoStudent},
	{name: "student-infonce", base: "student", layers: demoStudent, loss: "infonce", lists: "recorded"},
	{name: "student-ws2", base: "student", layers: demoStudent, loss: "ws2", lists: "recorded"},
	{name: "student-ws2-live", base: "student", layers: demoStudent, loss: "ws2", lists: "live"},
}

// demoRun is one run of the demo in its experiment's folder.
type demoRun struct {
	Demo
	*Experiment
	encoder string            // identifies the model all arms start from
	keys    map[string]string // of the stages that arms build on
}

// Run runs the demo in an experiment's folder, going on where it was, and returns its table.
func (d Demo) Run(ctx context.Context, e *Experiment) (report.Table, error) {
	weights, err := durable.HashFileContext(ctx, filepath.Join(d.Encoder, "model.safetensors"))
	if err != nil {
		return report.Table{}, err
	}
	r := &demoRun{Demo: d, Experiment: e, encoder: weights, keys: map[string]string{}}
	if err := r.collections(ctx); err != nil {
		return report.Table{}, err
	}
	if err := r.live(ctx); err != nil {
		return report.Table{}, err
	}
	var arms []report.Arm
	for _, a := range demoArms {
		arm, err := r.arm(ctx, a)
		if err != nil {
			return report.Table{}, err
		}
		arms = append(arms, arm)
	}
	table, err := report.NewTable(arms)
	if err != nil {
		return table, err
	}
	return table, r.writeTable(table)
}

// The folders of the experiment.
const (
	cranfieldFolder = "cranfield"
	recordedFolder  = "recorded"
	liveFolder      = "live"
)

// collections lays the demo's data out, with the questions split.
func (r *demoRun) collections(ctx context.Context) error {
	for _, c := range []struct {
		folder, source string
		split          bool
	}{{cranfieldFolder, "cranfield", true}, {recordedFolder, "cranfield-graded", false}} {
		key, err := r.Do(ctx, Stage{
			Name: "unpack " + c.folder, Out: c.folder, Inputs: c.source,
			Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
				return durable.CreateFolder(out, func(temp string) error {
					folder, err := fs.Sub(data.FS, c.source)
					if err != nil {
						return err
					}
					if err := os.CopyFS(temp, folder); err != nil || !c.split {
						return err
					}
					return splitByParity(temp)
				})
			},
		})
		if err != nil {
			return err
		}
		r.keys[c.folder] = key
	}
	return nil
}

// splitByParity writes the odd- and even-numbered questions of qrels/test.tsv as splits of their own.
func splitByParity(dir string) error {
	c, err := collection.Open(dir)
	if err != nil {
		return err
	}
	qrels, err := trec.ReadQrels(c.QrelsPath("test"))
	if err != nil {
		return err
	}
	for split, rest := range map[string]int{"even": 0, "odd": 1} {
		part := trec.Qrels{}
		for query, grades := range qrels {
			number, err := strconv.Atoi(query)
			if err != nil {
				return fmt.Errorf("question %q of %s: want a number", query, dir)
			}
			if number%2 == rest {
				part[query] = grades
			}
		}
		if err := writeQrels(filepath.Join(dir, "qrels", split+".tsv"), part); err != nil {
			return err
		}
	}
	return nil
}

// arm trains, encodes, searches and evaluates one arm, each stage once.
func (r *demoRun) arm(ctx context.Context, a demoArm) (report.Arm, error) {
	model, err := r.trained(ctx, a)
	if err != nil {
		return report.Arm{}, err
	}
	run, err := r.searched(ctx, a, model)
	if err != nil {
		return report.Arm{}, err
	}
	results, err := evaluate(r.Path(cranfieldFolder, "qrels", "even.tsv"), run, demoMeasures...)
	return report.Arm{Name: a.name, Base: a.base, Results: results}, err
}

// arm's model: where it is, and what identifies it.
type armModel struct {
	load func(ctx context.Context) (*encoder.Model, error)
	key  string
}

func (r *demoRun) trained(ctx context.Context, a demoArm) (armModel, error) {
	start := armModel{
		load: r.loader(r.Encoder, a.layers),
		key:  fmt.Sprint(r.encoder, a.layers),
	}
	if a.loss == "" {
		return start, nil
	}
	folder := filepath.Join("models", a.name)
	source := train.Source{Dir: r.Path(a.lists), Split: "train", MaxGrade: 3}
	options := train.Options{
		QueriesPerStep: demoStep, Epochs: demoEpochs, LearningRate: demoRate, Schedule: train.Linear, WarmUp: demoWarmUp,
		DocumentMaxLength: demoMaxLength,
	}
	if a.loss != "ws2" {
		options.Temperature = 0.05 // ws2 calibrates its own
	}
	key, err := r.Do(ctx, Stage{
		Name: "train " + a.name, Out: folder, Leaves: TrainingFolder(folder),
		Inputs: []any{start.key, a.loss, r.keys[a.lists], demoEpochs, demoRate, demoStep, demoMaxLength, demoWarmUp},
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			m, err := start.load(ctx)
			if err != nil {
				return err
			}
			options.Progress = func(s train.Step) {
				move(int64(s.Step), int64(s.Steps), fmt.Sprintf("loss %.4f  %.0f tokens/s", s.Loss, float64(s.Tokens)/s.Seconds))
			}
			_, err = Train(ctx, m, TrainOptions{Sources: []train.Source{source}, Loss: a.loss, Out: out, Resume: true, Train: options})
			return err
		},
	})
	return armModel{load: r.loader(r.Path(folder), nil), key: key}, err
}

// loader loads a model folder whenever a stage needs it; nil layers are all.
func (r *demoRun) loader(dir string, layers []int) func(context.Context) (*encoder.Model, error) {
	return func(ctx context.Context) (*encoder.Model, error) {
		return encoder.Load(ctx, dir, encoder.Options{KeepLayers: layers, Assets: r.Assets})
	}
}

// searched returns the path of the arm's run over the even-numbered questions.
func (r *demoRun) searched(ctx context.Context, a demoArm, model armModel) (string, error) {
	vectors := filepath.Join("vectors", a.name)
	key, err := r.Do(ctx, Stage{
		Name: "encode " + a.name, Out: vectors, Inputs: []any{model.key, r.keys[cranfieldFolder], demoMaxLength},
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			m, err := model.load(ctx)
			if err != nil {
				return err
			}
			_, err = Encode(ctx, m, EncodeOptions{
				Collection: r.Path(cranfieldFolder), Out: out, MaxLength: demoMaxLength,
				Progress: func(done int) { move(int64(done), 0, "documents") },
			})
			return err
		},
	})
	if err != nil {
		return "", err
	}
	run := filepath.Join("runs", a.name+".run")
	_, err = r.Do(ctx, Stage{
		Name: "search " + a.name, Out: run, Inputs: []any{key, "even", demoDepth},
		Run: func(ctx context.Context, out string, _ func(int64, int64, string)) error {
			m, err := model.load(ctx)
			if err != nil {
				return err
			}
			return Search(ctx, m, SearchOptions{
				Collection: r.Path(cranfieldFolder), Split: "even", Vectors: []string{r.Path(vectors)},
				Depth: demoDepth, MaxLength: demoMaxLength, Tag: a.name, Out: out,
			})
		},
	})
	return r.Path(run), err
}
