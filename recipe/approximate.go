package recipe

import (
	"context"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/trec"
)

// ApproximateOptions say which index is searched in place of all vectors, and how thoroughly.
type ApproximateOptions struct {
	Index string // a folder of gradus index
	ivf.Effort
}

// SearchApproximate is Search among the vectors of an index, without looking at all of them.
func SearchApproximate(ctx context.Context, m *encoder.Model, opts SearchOptions, approximate ApproximateOptions) error {
	run, err := searchApproximate(ctx, m, opts, approximate)
	if err != nil {
		return err
	}
	return writeRun(run, opts)
}

func searchApproximate(ctx context.Context, m *encoder.Model, opts SearchOptions, approximate ApproximateOptions) (trec.Run, error) {
	x, err := ivf.Open(approximate.Index)
	if err != nil {
		return trec.Run{}, err
	}
	defer x.Close()
	queries, err := searchQueries(ctx, m, opts)
	if err != nil {
		return trec.Run{}, err
	}
	for _, vectors := range x.Vectors() {
		if err := checkMade(vectors, queries.made); err != nil {
			return trec.Run{}, err
		}
	}
	return x.Search(ctx, queries.ids, queries.vectors, opts.Depth, approximate.Effort)
}
