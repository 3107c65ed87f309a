package store

import (
	"context"
	"fmt"
	"time"

	"github.com/gradus-ir/gradus/trec"
)

// SearchOptions say what is searched.
type SearchOptions struct {
	Split    string        // only records of this split; "" for all
	Depth    int           // documents a query
	Encoder  string        // of the queries' vectors; "" if it is not known
	Patience time.Duration // see PushOptions
}

// Search returns a run, as yet without a tag, of the nearest records to each
// query. The queries' encoder must be that of the table.
func Search(ctx context.Context, db Database, table string, ids []string, queries [][]float32, opts SearchOptions) (trec.Run, error) {
	if opts.Depth < 1 {
		return trec.Run{}, fmt.Errorf("search: want a depth of at least 1, got %d", opts.Depth)
	}
	p := patient{limit: opts.Patience}
	var schema Schema
	err := p.try(ctx, func() (err error) {
		schema, err = db.Describe(ctx)
		return err
	})
	if err != nil {
		return trec.Run{}, err
	}
	run := trec.Run{Rankings: make(map[string][]trec.Scored, len(ids))}
	for i, query := range queries {
		if err := schema.check(table, Schema{Dim: len(query), Encoder: opts.Encoder}); err != nil {
			return trec.Run{}, fmt.Errorf("query %q: %w", ids[i], err)
		}
		err := p.try(ctx, func() (err error) {
			run.Rankings[ids[i]], err = db.TopK(ctx, query, opts.Depth, opts.Split)
			return err
		})
		if err != nil {
			return trec.Run{}, err
		}
	}
	return run, nil
}
