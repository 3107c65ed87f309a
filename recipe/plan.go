package recipe

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/internal/assets"
)

// Planned is a stage with what is known of it before it runs.
type Planned struct {
	Stage
	Key  string
	Done bool
	// Waits names the stage that decides what this one's inputs are: a grid's
	// best point, documents that are not yet written, what is not here. "" where they are known.
	Waits string
	// Rough says that a forecast stands on what the recipe says of a collection that is not here.
	Rough bool
}

// product is what a stage made, as an input of others.
type product struct {
	Path  string // under the experiment's folder
	key   string
	waits string
}

// planner lays a recipe's stages out, each after those that it builds on.
type planner struct {
	*Recipe
	ctx    context.Context
	e      *Experiment
	shelf  *shelf
	assets assets.Options
	starts map[string]*start // models by the encoder's name
	rates  rates
	texts  map[string]map[string]bool // of a split's queries

	tests  []Test // a judged one without its split
	stages []Planned
	byName map[string]int
	lost   []armModel // whose weights no stage needs any more
}

// plan is all stages, done and to do. It runs nothing.
func (p *planner) plan() ([]Planned, error) {
	p.stages, p.byName, p.lost = nil, map[string]int{}, nil
	p.tests = slices.Clone(p.Tests)
	for i, t := range p.tests {
		if p.judged(t) {
			p.tests[i].Split.Name = ""
		}
	}
	if err := p.findModels(); err != nil {
		return nil, err
	}
	if err := p.layCollections(); err != nil {
		return nil, err
	}
	if err := p.generate(); err != nil {
		return nil, err
	}
	if err := p.overlaps(); err != nil {
		return nil, err
	}
	trained, err := p.trainArms()
	if err != nil {
		return nil, err
	}
	runs, err := p.searchArms(trained)
	if err != nil {
		return nil, err
	}
	if err := p.scoreShifts(trained); err != nil {
		return nil, err
	}
	err = p.report(runs, trained)
	return p.stages, err
}

// add plans a stage, once for each name. It waits for whatever decides what one of its inputs is.
func (p *planner) add(s Stage, on ...product) (product, error) {
	planned := Planned{Stage: s}
	keys := make([]string, len(on))
	for i, input := range on {
		keys[i] = input.key
		planned.Waits = cmp.Or(planned.Waits, input.waits)
	}
	if i, ok := p.byName[s.Name()]; ok { // whoever plans it again may have more to wait for
		there := p.stages[i]
		return product{there.Out, there.Key, cmp.Or(there.Waits, planned.Waits)}, nil
	}
	planned.Stage.Inputs = []any{s.Inputs, keys}
	var err error
	if planned.Key, err = planned.Stage.Key(); err != nil {
		return product{}, err
	}
	planned.Done = planned.Waits == "" && p.e.Has(planned.Stage, planned.Key)
	p.byName[s.Name()] = len(p.stages)
	p.stages = append(p.stages, planned)
	return product{s.Out, planned.Key, planned.Waits}, nil
}

// The kinds of stages that collections, generators and reports are.
var (
	layKind      = Kind{"lay", 1}
	generateKind = Kind{"generate", 1}
)

// layCollections makes the folders that stages read.
func (p *planner) layCollections() error {
	for _, c := range p.Collections {
		place := p.shelf.places[c.Name]
		if place.missing != nil {
			continue
		}
		splits, hashes := p.splitsOf(place), []string{}
		for _, name := range splits {
			found, err := p.shelf.split(p.ctx, place, name)
			if err != nil {
				return c.at.Wrap(err)
			}
			hashes = append(hashes, found.hash)
		}
		_, err := p.add(Stage{
			Kind: layKind, Of: c.Name, For: "collections", Out: filepath.Join(collectionsFolder, c.Name),
			Inputs: []any{place.source, place.hashes.queries, splits, hashes},
			Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
				return place.lay(out, splits)
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// splitsOf are the splits of a collection that the recipe reads, sorted.
func (p *planner) splitsOf(place *place) []string {
	var list []string
	want := func(s Split) {
		if s.Collection == place.Name && s.Name != "" && !slices.Contains(list, s.Name) {
			list = append(list, s.Name)
		}
	}
	for _, a := range p.Arms {
		for _, s := range a.Sources {
			want(s.Split)
		}
	}
	for _, g := range p.Generators {
		want(g.Queries)
	}
	for _, t := range p.tests {
		want(t.Split)
	}
	if p.Tune != nil {
		want(p.Tune.Split)
	}
	if p.Shift != nil {
		want(*p.Shift)
	}
	slices.Sort(list)
	return list
}

// judged tells that a test's documents are graded by a judge, for want of labels.
func (p *planner) judged(t Test) bool {
	if t.Judge == nil {
		return false
	}
	place := p.shelf.places[t.Split.Collection]
	if t.Split.Name == "" || place == nil || place.missing != nil {
		return true
	}
	return !p.shelf.has(place, t.Split.Name)
}

// part is what a stage reads of a collection: its documents, its queries, and the judgments of a split.
type part struct {
	Corpus, Queries, Qrels string // hashes
	made                   product
	folder                 string
}

// read is a part of a collection as an input: split "" has no judgments.
func (p *planner) read(s Split) (part, error) {
	place, ok := p.shelf.places[s.Collection]
	if !ok { // a generator's, which is not yet written
		i := p.byName[generateKind.Name+" "+s.Collection]
		return part{made: product{waits: p.stages[i].Name() + " is done"}, folder: p.e.Path(generatedFolder, s.Collection)}, nil
	}
	if place.missing != nil {
		return part{made: product{waits: fmt.Sprintf("collection %s is here", s.Collection)}, folder: place.folder}, nil
	}
	read := part{Corpus: place.hashes.corpus, Queries: place.hashes.queries, folder: place.folder}
	if s.Name != "" {
		found, err := p.shelf.split(p.ctx, place, s.Name)
		if err != nil {
			return part{}, s.at.Wrap(err)
		}
		read.Qrels = found.hash
	}
	return read, nil
}
