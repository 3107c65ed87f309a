package recipe

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/store"
	"github.com/gradus-ir/gradus/trec"
)

// StoreOptions say which table of which database is meant.
type StoreOptions struct {
	URL      string // see store.Open
	Table    string
	Split    string        // what is pushed is of this split; only it is searched, or all where it is ""
	Patience time.Duration // how long to wait for a database that does not answer; 0 is one minute
}

// PushOptions say what goes to a table.
type PushOptions struct {
	StoreOptions
	Vectors  []string // vectors folders, all that there are of the split
	Batch    int      // vectors a request; 0 is 500
	Progress func(done, total int)
	Waiting  func(reason error) // told when the database does not answer
}

// Push sends vectors folders to a table until all are there; see store.Push.
func Push(ctx context.Context, opts PushOptions) (store.Pushed, error) {
	folders, err := openFolders(opts.Vectors)
	if err != nil {
		return store.Pushed{}, err
	}
	defer folders.close()
	schema, total := schemaOf(folders[0]), 0
	for i, vectors := range folders {
		if other := schemaOf(vectors); other != schema {
			return store.Pushed{}, fmt.Errorf("%s: want vectors like those of %s (%+v), got others (%+v)", opts.Vectors[i], opts.Vectors[0], schema, other)
		}
		total += vectors.Len()
	}
	db, err := store.Open(ctx, opts.URL, opts.Table)
	if err != nil {
		return store.Pushed{}, err
	}
	defer db.Close()
	pushing := store.PushOptions{Split: opts.Split, Batch: opts.Batch, Patience: opts.Patience, Waiting: opts.Waiting}
	if opts.Progress != nil {
		pushing.Progress = func(done int) { opts.Progress(done, total) }
	}
	return store.Push(ctx, db, opts.Table, schema, folders.records(), pushing)
}

func schemaOf(v *index.Vectors) store.Schema {
	return store.Schema{Dim: v.Dim(), Similarity: string(v.Similarity), Encoder: v.Encoder}
}

// records are the rows of the folders, in their order.
func (f vectorFolders) records() iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for _, vectors := range f {
			for row := range vectors.Len() {
				values, err := vectors.Read(row, row+1, make([]float32, vectors.Dim()))
				if !yield(store.Record{ID: vectors.ID(row), Vector: values}, err) {
					return
				}
			}
		}
	}
}

// SearchStore is Search among the vectors of a table, as its database finds them.
func SearchStore(ctx context.Context, m *encoder.Model, opts SearchOptions, from StoreOptions) error {
	run, err := searchStore(ctx, m, opts, from)
	if err != nil {
		return err
	}
	return writeRun(run, opts)
}

func searchStore(ctx context.Context, m *encoder.Model, opts SearchOptions, from StoreOptions) (trec.Run, error) {
	queries, err := searchQueries(ctx, m, opts)
	if err != nil {
		return trec.Run{}, err
	}
	db, err := store.Open(ctx, from.URL, from.Table)
	if err != nil {
		return trec.Run{}, err
	}
	defer db.Close()
	return store.Search(ctx, db, from.Table, queries.ids, queries.vectors, store.SearchOptions{
		Split: from.Split, Depth: opts.Depth, Encoder: queries.made.fingerprint, Patience: from.Patience,
	})
}

// writeRun names a run and writes it.
func writeRun(run trec.Run, opts SearchOptions) error {
	run.Tag = opts.Tag
	if err := os.MkdirAll(filepath.Dir(opts.Out), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(opts.Out, run.Write)
}
