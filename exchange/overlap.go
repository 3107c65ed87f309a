package exchange

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/collection/contamination"
	"github.com/gradus-ir/gradus/trec"
)

// Trained is what a training on a split sees of a collection: the queries that
// the split judges documents for, and those documents. "" is all there is.
func Trained(name string, source Source, split string) (contamination.Part, error) {
	if split == "" {
		return contamination.Part{Name: name, Queries: source.Queries, Documents: source.Documents}, nil
	}
	judged, err := judgedIn(source, split)
	if err != nil {
		return contamination.Part{}, err
	}
	return contamination.Part{Name: name, Queries: judged.queriesOf(source), Documents: judged.documentsOf(source)}, nil
}

// Tested is what a test on a split is about: the queries that the split judges
// documents for, and all documents. "" is all queries.
func Tested(name string, source Source, split string) (contamination.Part, error) {
	part := contamination.Part{Name: name, Queries: source.Queries, Documents: source.Documents}
	if split == "" {
		return part, nil
	}
	judged, err := judgedIn(source, split)
	if err != nil {
		return contamination.Part{}, err
	}
	part.Queries = judged.queriesOf(source)
	return part, nil
}

// Folder is a split of a BEIR folder.
type Folder struct{ Dir, Split string }

// Overlap looks for what a test has in common with the training. Its report's
// ZeroShot is an error where there is something.
func Overlap(ctx context.Context, training []Folder, test Folder) (contamination.Report, error) {
	var parts []contamination.Part
	for _, folder := range training {
		source, err := BEIR(folder.Dir)
		if err != nil {
			return contamination.Report{}, err
		}
		part, err := Trained(folder.Dir, source, folder.Split)
		if err != nil {
			return contamination.Report{}, fmt.Errorf("%s: %w", folder.Dir, err)
		}
		parts = append(parts, part)
	}
	source, err := BEIR(test.Dir)
	if err != nil {
		return contamination.Report{}, err
	}
	tested, err := Tested(test.Dir, source, test.Split)
	if err != nil {
		return contamination.Report{}, fmt.Errorf("%s: %w", test.Dir, err)
	}
	return contamination.Check(ctx, parts, tested, contamination.Options{})
}

// judged are the ids that a split names.
type judged struct{ queries, documents map[string]bool }

func judgedIn(source Source, split string) (judged, error) {
	j := judged{map[string]bool{}, map[string]bool{}}
	if splits := source.Splits(); !slices.Contains(splits, split) {
		return j, fmt.Errorf("want one of the splits %s, got %q", strings.Join(splits, ", "), split)
	}
	err := source.Judgments(split, func(one trec.Judgment) error {
		j.queries[one.QueryID] = true
		j.documents[one.DocID] = true
		return nil
	})
	if err == nil && len(j.queries) == 0 {
		err = fmt.Errorf("split %q: want judgments, found none", split)
	}
	return j, err
}

func (j judged) queriesOf(source Source) func(each func(collection.Query) error) error {
	return func(each func(collection.Query) error) error {
		return source.Queries(func(q collection.Query) error {
			if !j.queries[q.ID] {
				return nil
			}
			return each(q)
		})
	}
}

func (j judged) documentsOf(source Source) func(each func(collection.Document) error) error {
	return func(each func(collection.Document) error) error {
		return source.Documents(func(d collection.Document) error {
			if !j.documents[d.ID] {
				return nil
			}
			return each(d)
		})
	}
}
