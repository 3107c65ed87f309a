package recipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/internal/durable"
)

// Choice is what the dev split said of an arm's hyperparameters.
type Choice struct {
	Arm     string        `json:"arm"`
	On      string        `json:"on"` // COLLECTION/SPLIT, of training queries
	Measure string        `json:"measure"`
	Seed    uint64        `json:"seed"`
	Best    string        `json:"best"`
	Points  []ChoicePoint `json:"points"`
}

// ChoicePoint is a point of a grid.
type ChoicePoint struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// devDepth is how many documents are searched for on the dev split.
const devDepth = 100

// choose is the point of an arm's grid that does best on the dev split with the
// first seed, and the stage to wait for as long as that is not known. Trainings
// that lose stay, but for their weights: they are how the choice was made.
func (p *planner) choose(a Arm) (best point, waits string, err error) {
	points := a.Grid.points()
	if len(points) == 1 {
		return points[0], "", nil
	}
	dev, err := p.read(p.Tune.Split)
	if err != nil {
		return point{}, "", err
	}
	var models []armModel
	var runs []product
	for _, at := range points {
		m, err := p.train(a, at, p.Seeds[0], "")
		if err != nil {
			return point{}, "", err
		}
		run, err := p.search(p.Tune.Split, m, devDepth)
		if err != nil {
			return point{}, "", err
		}
		models, runs = append(models, m), append(runs, run)
	}
	out := filepath.Join("choices", a.Name+".json")
	made, err := p.add(Stage{
		Kind: chooseKind, Of: a.Name, For: a.Name, Out: out, Inputs: []any{p.Tune.Measure.String(), dev.Qrels},
		Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
			c := Choice{Arm: a.Name, On: p.Tune.Split.String(), Measure: p.Tune.Measure.String(), Seed: p.Seeds[0]}
			highest := -1.0
			for i, at := range points {
				results, err := evaluate(filepath.Join(dev.folder, "qrels", p.Tune.Split.Name+".tsv"), p.e.Path(runs[i].Path), p.Tune.Measure.String())
				if err != nil {
					return err
				}
				value := results.Mean(0)
				c.Points = append(c.Points, ChoicePoint{at.name, value})
				if value > highest {
					c.Best, highest = at.name, value
				}
			}
			return writeJSON(out, c)
		},
	}, runs...)
	if err != nil {
		return point{}, "", err
	}
	if i := p.byName[chooseKind.Name+" "+a.Name]; !p.stages[i].Done {
		for _, m := range models {
			p.spare(m)
		}
		if made.waits != "" {
			return points[0], made.waits, nil
		}
		return points[0], p.stages[i].Name() + " is done", nil
	}
	var c Choice
	if err := readJSON(p.e.Path(out), &c); err != nil {
		return point{}, "", err
	}
	won := slices.IndexFunc(points, func(at point) bool { return at.name == c.Best })
	if won < 0 {
		return point{}, "", fmt.Errorf("%s: want a point of the grid, got %q", p.e.Path(out), c.Best)
	}
	for _, m := range slices.Delete(models, won, won+1) {
		if p.spare(m) {
			p.lost = append(p.lost, m)
		}
	}
	return points[won], "", nil
}

// spare counts a training on the dev split as done without its weights, where
// everything that reads them is done. It tells whether that is so.
func (p *planner) spare(m armModel) bool {
	dev := p.Tune.Split
	for _, name := range []string{encodeName(dev, m), searchName(dev, m)} {
		if !p.stages[p.byName[name]].Done {
			return false
		}
	}
	trained := &p.stages[p.byName[trainKind.Name+" "+m.name()]]
	trained.Whole = ""
	trained.Done = trained.Waits == "" && p.e.Has(trained.Stage, trained.Key)
	return trained.Done
}

// dropWeights removes the weights of models that lost. A run that is killed
// before or amid it leaves some of them to the next one's plan.
func (p *planner) dropWeights() error {
	for _, m := range p.lost {
		if err := os.Remove(p.e.Path(m.path, weightsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// writeJSON writes a value into a file whose folder may be missing.
func writeJSON(path string, value any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	})
}

func readJSON(path string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
