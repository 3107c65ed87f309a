package recipe

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

// inputsFile remembers the hashes of what a recipe reads.
const inputsFile = "inputs.json"

// Outcome is what a run came to.
type Outcome struct {
	Stages  int     `json:"stages"`
	Ran     int     `json:"ran"`     // now; the others were done before
	Seconds float64 `json:"seconds"` // of this run
	Report  report.Experiment
}

// Run runs what of a recipe is not done yet in an experiment's folder, and
// writes its report. Interrupted or killed anywhere it is called again, and
// goes on. What it lacks, assets say how to fetch.
func (r *Recipe) Run(ctx context.Context, e *Experiment, opts assets.Options) (Outcome, error) {
	began := time.Now()
	p := r.planner(ctx, e, opts)
	p.shelf.data = e.Path(dataFolder)
	stages, err := p.prepare()
	if err != nil {
		return Outcome{}, err
	}
	if err := p.checkRun(stages); err != nil {
		return Outcome{}, err
	}
	if err := p.dropWeights(); err != nil {
		return Outcome{}, err
	}
	if err := p.shelf.inputs.save(); err != nil {
		return Outcome{}, err
	}
	ran := 0
	for waited := ""; ; {
		open := slices.IndexFunc(stages, func(s Planned) bool { return !s.Done })
		if open < 0 {
			break
		}
		next := stages[open]
		if next.Waits == "" {
			if _, err := e.Do(ctx, next.Stage); err != nil {
				return Outcome{}, err
			}
			stages[open].Done = true
			ran++
			continue
		}
		// What it waits for has run: the plan goes on from there.
		if waited == next.Name() {
			return Outcome{}, fmt.Errorf("%s: it waits until %s", next.Name(), next.Waits)
		}
		waited = next.Name()
		if stages, err = p.plan(); err != nil {
			return Outcome{}, err
		}
		if err := p.dropWeights(); err != nil {
			return Outcome{}, err
		}
	}
	if err := p.shelf.inputs.save(); err != nil {
		return Outcome{}, err
	}
	written, err := report.Open(e.Dir)
	return Outcome{Stages: len(stages), Ran: ran, Seconds: time.Since(began).Seconds(), Report: written}, err
}

// Forecast plans a recipe and says what it will take. It runs no stage and
// fetches nothing; what is not here it takes from what the recipe expects.
func (r *Recipe) Forecast(ctx context.Context, e *Experiment) (Estimate, error) {
	temp, err := os.MkdirTemp("", "gradus-plan-")
	if err != nil {
		return Estimate{}, err
	}
	defer os.RemoveAll(temp)
	p := r.planner(ctx, e, assets.Options{Offline: true})
	// Collections that gradus carries are where a run has put them, if there was one.
	if p.shelf.data = e.Path(dataFolder); !isFolder(p.shelf.data) {
		p.shelf.data = temp
	}
	stages, err := p.prepare()
	if err != nil {
		return Estimate{}, err
	}
	estimate, err := p.estimate(stages)
	estimate.Missing = p.missing()
	estimate.Rough = len(estimate.Missing) > 0 || len(p.rates) == 0
	return estimate, err
}

func (r *Recipe) planner(ctx context.Context, e *Experiment, opts assets.Options) *planner {
	shelf := &shelf{recipe: r, inputs: openInputs(e.Path(inputsFile)), dir: e.Dir, assets: opts}
	return &planner{Recipe: r, ctx: ctx, e: e, shelf: shelf, assets: opts, rates: e.measuredRates(), texts: map[string]map[string]bool{}}
}

// prepare finds the recipe's inputs and makes the first plan.
func (p *planner) prepare() ([]Planned, error) {
	if err := p.shelf.find(p.ctx); err != nil {
		return nil, err
	}
	return p.plan()
}

// missing are the inputs that are not here.
func (p *planner) missing() []string {
	var list []string
	for _, c := range p.Collections {
		if place := p.shelf.places[c.Name]; place.missing != nil && c.Of == "" {
			list = append(list, fmt.Sprintf("collection %s: %v", c.Name, place.missing))
		}
	}
	for _, e := range p.Encoders {
		if s := p.starts[e.Name]; s != nil && s.missing != nil {
			list = append(list, s.missing.Error())
		}
	}
	return list
}

// checkRun finds out before the first stage what would stop a later one.
func (p *planner) checkRun(stages []Planned) error {
	if !slices.ContainsFunc(stages, func(s Planned) bool { return !s.Done }) {
		return nil
	}
	for _, c := range p.Collections {
		if place := p.shelf.places[c.Name]; place.missing != nil {
			return c.at.Errorf("collection %s: %w", c.Name, place.missing)
		}
	}
	for _, e := range p.Encoders {
		if s := p.starts[e.Name]; s != nil && s.missing != nil {
			return e.at.Wrap(s.missing)
		}
	}
	return p.checkApart()
}

// checkApart wants no training query among those that hyperparameters are chosen by.
func (p *planner) checkApart() error {
	if p.Tune == nil {
		return nil
	}
	for _, a := range p.Arms {
		for _, source := range a.Sources {
			both, err := p.shared(source.Split, p.Tune.Split)
			if err != nil {
				return err
			}
			if both > 0 {
				return source.at.Errorf("arm %s: want no query of %s, by which hyperparameters are chosen, among those it is trained on; %s has %d of them: make a split without them", a.Name, p.Tune.Split, source.Split, both)
			}
		}
	}
	return nil
}

// trainedOn tells for each test how many of its queries arms are trained on, if any.
func (p *planner) trainedOn() ([]string, error) {
	var notes []string
	for _, t := range p.tests {
		most, from := 0, ""
		for _, a := range p.Arms {
			for _, source := range a.Sources {
				both, err := p.shared(source.Split, t.Split)
				if err != nil {
					return nil, err
				}
				if both > most {
					most, from = both, source.Split.String()
				}
			}
		}
		switch {
		case most == 1:
			notes = append(notes, fmt.Sprintf("A query of the test %s is among those of %s, which arms are trained on.", t.Name, from))
		case most > 1:
			notes = append(notes, fmt.Sprintf("%d queries of the test %s are among those of %s, which arms are trained on.", most, t.Name, from))
		}
	}
	return notes, nil
}

// shared is how many queries a source and a split have in common: queries are the same where their texts are.
func (p *planner) shared(source, s Split) (int, error) {
	trained, err := p.queryTexts(p.queriesOf(source))
	if err != nil {
		return 0, err
	}
	held, err := p.queryTexts(s)
	if err != nil {
		return 0, err
	}
	both := 0
	for text := range trained {
		if held[text] {
			both++
		}
	}
	return both, nil
}

// queriesOf is the split whose queries a source trains on: those of a generator are the ones it writes for.
func (p *planner) queriesOf(s Split) Split {
	for _, g := range p.Generators {
		if g.Name == s.Collection {
			return g.Queries
		}
	}
	return s
}

// queryTexts are the texts of a split's queries.
func (p *planner) queryTexts(s Split) (map[string]bool, error) {
	if found, ok := p.texts[s.String()]; ok {
		return found, nil
	}
	place := p.shelf.places[s.Collection]
	queries, err := place.allQueries()
	if err != nil {
		return nil, s.at.Wrap(err)
	}
	var judged trec.Qrels
	if s.Name != "" && p.shelf.has(place, s.Name) {
		found, err := p.shelf.split(p.ctx, place, s.Name)
		if err != nil {
			return nil, s.at.Wrap(err)
		}
		judged = found.qrels
	}
	texts := map[string]bool{}
	for _, q := range queries {
		if _, in := judged[q.ID]; in || judged == nil {
			texts[strings.TrimSpace(q.Text)] = true
		}
	}
	p.texts[s.String()] = texts
	return texts, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// cutName takes a stage's name apart.
func cutName(name string) (kind, of string, ok bool) { return strings.Cut(name, " ") }
