package recipe

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

// describeLists adds what the graded lists that arms are trained on look like:
// the lengths of each grade's documents, how a judge found the grades, and some lists.
func (p *planner) describeLists(ctx context.Context, e *report.Experiment) error {
	seen := map[string]bool{}
	for _, a := range p.Arms {
		for _, s := range a.Sources {
			if seen[s.Split.String()] || !p.multilevel(s.Split) {
				continue
			}
			seen[s.Split.String()] = true
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.describe(e, s.Split); err != nil {
				return err
			}
		}
	}
	return nil
}

// multilevel tells that a split has documents of more than two grades, as generated lists have.
func (p *planner) multilevel(s Split) bool {
	found, err := p.shelf.split(p.ctx, p.shelf.places[s.Collection], s.Name)
	if err != nil {
		return false
	}
	grades := map[int]bool{}
	for _, list := range found.qrels {
		for _, grade := range list {
			grades[grade] = true
		}
	}
	return len(grades) > 2
}

func (p *planner) describe(e *report.Experiment, s Split) error {
	place := p.shelf.places[s.Collection]
	found, err := p.shelf.split(p.ctx, place, s.Name)
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(found.qrels))
	needed, queries := map[string]bool{}, map[string]*report.Query{}
	for _, id := range ids {
		for doc := range found.qrels[id] {
			needed[doc] = true
		}
	}
	var lists []report.Query
	for _, id := range ids[:min(len(ids), pickedQueries)] {
		lists = append(lists, report.Query{Collection: s.String(), ID: id})
	}
	for i := range lists {
		queries[lists[i].ID] = &lists[i]
	}
	texts, err := readTexts(place.folder, needed, queries)
	if err != nil {
		return err
	}
	for i := range lists {
		grades := found.qrels[lists[i].ID]
		for _, doc := range gradedFirst(grades, pickedTop) {
			lists[i].Graded = append(lists[i].Graded, report.Graded{DocID: doc, Grade: grades[doc]})
		}
		addDocuments(&lists[i], texts, grades)
	}
	e.Queries = append(e.Queries, lists...)
	e.Lengths = append(e.Lengths, report.Lengths{Lists: s.String(), Unit: "words", Grades: lengths(found.qrels, texts)})
	return addFidelity(e, s, place.source)
}

// lengths are how many words the documents of each grade have.
func lengths(qrels trec.Qrels, texts map[string]collection.Document) []report.GradeLengths {
	words := map[int][]float64{}
	for _, list := range qrels {
		for doc, grade := range list {
			words[grade] = append(words[grade], float64(len(strings.Fields(texts[doc].Content()))))
		}
	}
	var all []report.GradeLengths
	for _, grade := range slices.Sorted(maps.Keys(words)) {
		of := words[grade]
		slices.Sort(of)
		at := func(share float64) float64 { return of[int(share*float64(len(of)-1)+0.5)] }
		all = append(all, report.GradeLengths{Grade: grade, Documents: len(of), P5: at(0.05), P25: at(0.25), Median: at(0.5), P75: at(0.75), P95: at(0.95)})
	}
	return all
}

// addFidelity adds what the judge of a generation thought, where it had one.
func addFidelity(e *report.Experiment, s Split, dir string) error {
	var summary generate.Summary
	err := readJSON(filepath.Join(dir, summaryFile), &summary)
	if errors.Is(err, fs.ErrNotExist) || err == nil && summary.Checks == nil {
		return nil
	}
	if err != nil {
		return err
	}
	// The ledger keeps no tau by list, and the summary names the writer alone.
	f := report.Fidelity{Lists: s.String(), Scale: []int{0, 1, 2, 3}, Tau: report.Figure(math.NaN())}
	for _, row := range summary.Checks.Confusion {
		f.Confusion = append(f.Confusion, row[:])
	}
	f.QuadraticKappa = report.Figure(judge.QuadraticKappa(f.Confusion))
	e.Fidelity = append(e.Fidelity, f)
	return nil
}
