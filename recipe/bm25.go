package recipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/lexical"
	"github.com/gradus-ir/gradus/trec"
)

// BM25Options say how a collection's documents are searched by their words.
type BM25Options struct {
	Index      string // the index folder: made where it is not there, else held to the collection; "" is one for this search only
	Parameters lexical.Parameters
	Progress   func(documents int) // of making the index; may be nil
}

// Fusion is how the runs of BM25 and of vectors become one.
type Fusion string

// The fusions there are.
const (
	ReciprocalRank Fusion = "rrf"
	WeightedScores Fusion = "weighted"
)

// fuse makes one run of that of BM25 and that of vectors.
func (f Fusion) fuse(depth int, weights []float64, runs ...trec.Run) (trec.Run, error) {
	switch f {
	case ReciprocalRank:
		return trec.FuseRanks(depth, runs...)
	case WeightedScores:
		return trec.FuseScores(depth, weights, runs...)
	}
	return trec.Run{}, fmt.Errorf("fusion: want %s or %s, got %q", ReciprocalRank, WeightedScores, string(f))
}

// searchBM25 is the run of a split's queries by BM25.
func searchBM25(ctx context.Context, opts SearchOptions) (trec.Run, error) {
	c, err := collection.Open(opts.Collection)
	if err != nil {
		return trec.Run{}, err
	}
	queries, err := SplitQueries(c, opts.Split)
	if err != nil {
		return trec.Run{}, err
	}
	dir := opts.BM25.Index
	if dir == "" {
		temp, err := os.MkdirTemp("", "gradus-bm25-")
		if err != nil {
			return trec.Run{}, err
		}
		defer os.RemoveAll(temp)
		dir = filepath.Join(temp, "index")
	}
	if err := IndexBM25(ctx, c, dir, opts.BM25.Progress); err != nil {
		return trec.Run{}, err
	}
	index, err := lexical.Open(dir, opts.BM25.Parameters)
	if err != nil {
		return trec.Run{}, err
	}
	defer index.Close()
	texts := make([]string, len(queries))
	for i, query := range queries {
		texts[i] = query.Text
	}
	lists, err := index.Search(ctx, texts, opts.Depth)
	if err != nil {
		return trec.Run{}, err
	}
	run := trec.Run{Rankings: make(map[string][]trec.Scored, len(queries))}
	for i, query := range queries {
		ranking := make([]trec.Scored, len(lists[i]))
		for j, hit := range lists[i] {
			ranking[j] = trec.Scored(hit)
		}
		run.Rankings[query.ID] = ranking
	}
	return run, nil
}

// IndexBM25 makes the index folder dir of a collection, or sees that the one there is of that collection.
func IndexBM25(ctx context.Context, c *collection.Collection, dir string, progress func(documents int)) error {
	path := c.CorpusPath()
	hash, err := durable.HashFileContext(ctx, path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		manifest, err := durable.ReadManifest(dir)
		if err != nil {
			return err
		}
		if len(manifest.Inputs) != 1 || manifest.Inputs[0].SHA256 != hash {
			return fmt.Errorf("%s: want an index of %s as it is now, got one of something else; remove it or name another folder", dir, path)
		}
		return nil
	}
	manifest := durable.Manifest{Verb: "search", Inputs: []durable.Input{{Path: path, SHA256: hash}}}
	return lexical.Create(ctx, dir, lexical.Options{Manifest: manifest}, func(w *lexical.Writer) error {
		documents := 0
		for document, err := range c.Documents() {
			if err == nil {
				err = w.Append(document.ID, document.Content())
			}
			if err != nil {
				return err
			}
			if documents++; progress != nil {
				progress(documents)
			}
		}
		if documents == 0 {
			return fmt.Errorf("%s: want at least one document to index, found none", path)
		}
		return nil
	})
}
