package recipe

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/trec"
)

// SearchOptions say which queries are searched for: among vectors, by BM25, or
// by both, whose runs are then fused.
type SearchOptions struct {
	Collection   string       // for its queries …
	Split        string       // … that the qrels of this split judge
	Vectors      []string     // vectors folders of documents, searched as one; none searches by BM25 alone
	QueryVectors string       // a vectors folder of queries, where no model encodes them
	MaxLength    int          // tokens a query is cut at; 0 is the model's own
	BM25         *BM25Options // nil searches among vectors alone
	Fusion       Fusion       // of both
	Weights      []float64    // of BM25 and of the vectors, for WeightedScores
	Depth        int          // documents a query, of each run that is fused too
	Tag          string       // of the run
	Out          string       // the TREC run to write
}

// Search finds the best documents of each query, exactly, and writes them as a
// run. With a nil model the queries' vectors come from QueryVectors. The
// encoder of the documents' vectors must be that of the queries'.
func Search(ctx context.Context, m *encoder.Model, opts SearchOptions) error {
	run, err := search(ctx, m, opts)
	if err != nil {
		return err
	}
	run.Tag = opts.Tag
	if err := os.MkdirAll(filepath.Dir(opts.Out), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(opts.Out, run.Write)
}

func search(ctx context.Context, m *encoder.Model, opts SearchOptions) (trec.Run, error) {
	if len(opts.Vectors) == 0 {
		return searchBM25(ctx, opts)
	}
	dense, err := searchVectors(ctx, m, opts)
	if err != nil || opts.BM25 == nil {
		return dense, err
	}
	words, err := searchBM25(ctx, opts)
	if err != nil {
		return trec.Run{}, err
	}
	return opts.Fusion.fuse(opts.Depth, opts.Weights, words, dense)
}

// searchVectors is the run of the nearest vectors.
func searchVectors(ctx context.Context, m *encoder.Model, opts SearchOptions) (trec.Run, error) {
	folders, err := openFolders(opts.Vectors)
	if err != nil {
		return trec.Run{}, err
	}
	defer folders.close()
	queries, err := searchQueries(ctx, m, opts)
	if err != nil {
		return trec.Run{}, err
	}
	return folders.search(ctx, queries, opts.Depth)
}

// vectorFolders are the parts of a collection, searched as one.
type vectorFolders []*index.Vectors

func openFolders(dirs []string) (vectorFolders, error) {
	var folders vectorFolders
	for _, dir := range dirs {
		vectors, err := index.Open(dir)
		if err != nil {
			folders.close()
			return nil, err
		}
		folders = append(folders, vectors)
	}
	return folders, nil
}

func (f vectorFolders) close() {
	for _, vectors := range f {
		vectors.Close()
	}
}

func (f vectorFolders) search(ctx context.Context, queries queryVectors, depth int) (trec.Run, error) {
	run := trec.Run{Rankings: make(map[string][]trec.Scored)}
	for _, vectors := range f {
		if err := checkMade(vectors, queries.made); err != nil {
			return trec.Run{}, err
		}
		part, err := vectors.Search(ctx, queries.ids, queries.vectors, depth)
		if err != nil {
			return trec.Run{}, err
		}
		for queryID, ranking := range part.Rankings {
			if run.Rankings[queryID], err = index.Merge(depth, run.Rankings[queryID], ranking); err != nil {
				return trec.Run{}, err
			}
		}
	}
	return run, nil
}
