package ivf

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/trec"
)

// Effort is how much of an index a search looks at: more finds more and takes
// longer. The zero value is the default, of which docs/approximate.md tells.
type Effort struct {
	Probe   int // lists looked into; 0 is all that are likely to have one of the best rows
	Rescore int // documents kept to be scored by their vectors; 0 is four times the documents wanted, at least 100
}

// deviations is how far above its centroid's score a list is taken to have
// rows, in deviations of the scores that its rows would have were they spread
// alike in all directions. Texts are spread more in the directions of queries.
const deviations = 6

func (e Effort) withDefaults(lists, k int) Effort {
	if e.Rescore == 0 {
		e.Rescore = max(100, 4*k)
	}
	return Effort{min(e.Probe, lists), max(e.Rescore, k)}
}

// Search runs TopK and names the queries: the run, as yet without a tag, has a
// ranking for each of ids, which go with queries one to one.
func (x *Index) Search(ctx context.Context, ids []string, queries [][]float32, k int, effort Effort) (trec.Run, error) {
	if len(ids) != len(queries) {
		return trec.Run{}, fmt.Errorf("search: want an id for each of %d queries, got %d", len(queries), len(ids))
	}
	run := trec.Run{Rankings: make(map[string][]trec.Scored, len(ids))}
	for i, id := range ids {
		if err := x.checkQuery(queries[i]); err != nil {
			return trec.Run{}, fmt.Errorf("query %q for %s: %w", id, x.dir, err)
		}
		if _, twice := run.Rankings[id]; twice {
			return trec.Run{}, fmt.Errorf("query %q: want each id once, got it twice", id)
		}
		run.Rankings[id] = nil
	}
	rankings, err := x.TopK(ctx, queries, k, effort)
	if err != nil {
		return trec.Run{}, err
	}
	for i, id := range ids {
		run.Rankings[id] = rankings[i]
	}
	return run, nil
}

// TopK finds, for each query, k rows that are nearest to it among those the
// effort looks at, in the order of trec.Compare. With all lists probed and all
// rows rescored they are the nearest there are.
//   - queries: [Q, Dim] finite values; of another dimension is an error
//   - the result: [Q, at most k]; fewer where the lists looked into hold fewer
//
// All cores work on it, each on queries of its own; the result does not depend on how many there are.
func (x *Index) TopK(ctx context.Context, queries [][]float32, k int, effort Effort) ([][]trec.Scored, error) {
	if k < 1 {
		return nil, fmt.Errorf("search: want a depth of at least 1, got %d", k)
	}
	for i, query := range queries {
		if err := x.checkQuery(query); err != nil {
			return nil, fmt.Errorf("query at place %d: %w", i+1, err)
		}
	}
	effort = effort.withDefaults(x.Lists(), k)
	rankings := make([][]trec.Scored, len(queries))
	workers := min(runtime.GOMAXPROCS(0), len(queries))
	share := min(tile, (len(queries)+workers-1)/max(1, workers))
	failures := make([]error, workers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			s := newSearcher(x, k, effort, share)
			for failures[w] == nil {
				first := int(next.Add(int64(share))) - share
				if first >= len(queries) {
					return
				}
				last := min(first+share, len(queries))
				if failures[w] = ctx.Err(); failures[w] == nil {
					failures[w] = s.search(queries[first:last], rankings[first:last])
				}
			}
		})
	}
	wait.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return rankings, nil
}

func (x *Index) checkQuery(query []float32) error { return index.CheckVector(query, x.Dim()) }
