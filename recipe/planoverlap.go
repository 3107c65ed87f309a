package recipe

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/exchange"
)

var overlapKind = Kind{"overlap", 1}

// overlaps plans, for each test that is called zero-shot, the search for what
// it has in common with what arms are trained on. A test that has anything in
// common, near-duplicates included, ends the run before a training.
func (p *planner) overlaps() error {
	for _, t := range p.tests {
		if !t.ZeroShot {
			continue
		}
		tested, err := p.read(t.Split)
		if err != nil {
			return err
		}
		inputs, on := []any{tested}, []product{tested.made}
		var trained []exchange.Folder
		for _, s := range p.trainedSplits() {
			read, err := p.read(s)
			if err != nil {
				return err
			}
			inputs, on = append(inputs, read), append(on, read.made)
			trained = append(trained, exchange.Folder{Dir: read.folder, Split: s.Name})
		}
		_, err = p.add(Stage{
			Kind: overlapKind, Of: t.Name, For: "test " + t.Name, Out: filepath.Join("overlaps", fileName(t.Name)+".json"), Inputs: inputs,
			Run: func(ctx context.Context, out string, _ func(int64, int64, string)) error {
				report, err := exchange.Overlap(ctx, trained, exchange.Folder{Dir: tested.folder, Split: t.Split.Name})
				if err == nil {
					err = report.ZeroShot()
				}
				if err != nil {
					return t.at.Wrap(err)
				}
				return writeJSON(out, report)
			},
		}, on...)
		if err != nil {
			return err
		}
	}
	return nil
}

// trainedSplits are what the recipe's arms are trained on, each once.
func (p *planner) trainedSplits() []Split {
	var splits []Split
	for _, a := range p.Arms {
		for _, s := range a.Sources {
			same := func(other Split) bool { return other.String() == s.Split.String() }
			if !slices.ContainsFunc(splits, same) {
				splits = append(splits, s.Split)
			}
		}
	}
	return splits
}
