package recipe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
// first seed, and the stage to wait for as long as that is not known. The
// trainings that lose stay where they are: they are how the choice was made.
func (p *planner) choose(a Arm) (best point, waits string, err error) {
	points := a.Grid.points()
	if len(points) == 1 {
		return points[0], "", nil
	}
	dev, err := p.read(p.Tune.Split)
	if err != nil {
		return point{}, "", err
	}
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
		runs = append(runs, run)
	}
	out := filepath.Join("choices", a.Name+".json")
	made, err := p.add(Stage{
		Kind: chooseKind, Of: a.Name, Out: out, Inputs: []any{p.Tune.Measure.String(), dev.Qrels},
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
		if made.waits != "" {
			return points[0], made.waits, nil
		}
		return points[0], p.stages[i].Name() + " is done", nil
	}
	var c Choice
	if err := readJSON(p.e.Path(out), &c); err != nil {
		return point{}, "", err
	}
	for _, at := range points {
		if at.name == c.Best {
			return at, "", nil
		}
	}
	return point{}, "", fmt.Errorf("%s: want a point of the grid, got %q", p.e.Path(out), c.Best)
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
