package exchange

import (
	"maps"
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

// Files are a collection that is one file or several of each kind, as TREC and
// MS MARCO publish theirs. Each may be compressed.
type Files struct {
	Documents []string
	Queries   []string
	Qrels     map[string]string // split → file
}

func (f Files) all() []string {
	files := slices.Concat(f.Documents, f.Queries)
	for _, split := range f.splits() {
		files = append(files, f.Qrels[split])
	}
	return files
}

func (f Files) splits() []string { return slices.Sorted(maps.Keys(f.Qrels)) }

func (f Files) judgments(split string, each func(trec.Judgment) error) error {
	return trec.EachJudgment(f.Qrels[split], each)
}

// inTurn reads one file after the other.
func inTurn[T any](paths []string, read func(path string, each func(T) error) error, each func(T) error) error {
	for _, path := range paths {
		if err := read(path, each); err != nil {
			return err
		}
	}
	return nil
}
