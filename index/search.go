package index

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gradus-ir/gradus/trec"
)

// A search goes over all rows once for a batch of queries. A filter (by codes
// or by tiles of rows) finds, with what it costs least, rows that may be among
// the best of a query, and a contest keeps those and scores them exactly. So a
// score depends on the query and the row alone: neither the filter, nor blocks
// and shards, nor the processor change it.

// batchBytes bounds the memory of a batch's contests, and maxBatch its queries.
const (
	batchBytes = 64 << 20
	maxBatch   = 1024
)

// Search runs TopK and names the queries: the run, as yet without a tag, has a
// ranking for each of ids, which go with queries one to one.
func (v *Vectors) Search(ctx context.Context, ids []string, queries [][]float32, k int) (trec.Run, error) {
	if len(ids) != len(queries) {
		return trec.Run{}, fmt.Errorf("search: want an id for each of %d queries, got %d", len(queries), len(ids))
	}
	for i, query := range queries {
		if err := CheckVector(query, v.dim); err != nil {
			return trec.Run{}, fmt.Errorf("query %q for %s: %w", ids[i], v.dir, err)
		}
	}
	rankings, err := v.TopK(ctx, queries, k)
	if err != nil {
		return trec.Run{}, err
	}
	run := trec.Run{Rankings: make(map[string][]trec.Scored, len(ids))}
	for i, id := range ids {
		if _, twice := run.Rankings[id]; twice {
			return trec.Run{}, fmt.Errorf("query %q: want each id once, got it twice", id)
		}
		run.Rankings[id] = rankings[i]
	}
	return run, nil
}

// TopK finds, for each query, the k rows nearest to it, exactly, in the order
// of trec.Compare: by score, ties by document id descending, so that the run
// as written is evaluated in the very same order. A k larger than the folder
// gives all of it.
//   - queries: [Q, Dim] finite values; of another dimension is an error
//   - the result: [Q, min(k, Len)], scores summed in float64 and rounded to float32
//
// All cores work on it; the result depends on the query and the rows alone, to
// the bit, whatever the processor is.
func (v *Vectors) TopK(ctx context.Context, queries [][]float32, k int) ([][]trec.Scored, error) {
	if k < 1 {
		return nil, fmt.Errorf("search: want a depth of at least 1, got %d", k)
	}
	for i, query := range queries {
		if err := CheckVector(query, v.dim); err != nil {
			return nil, fmt.Errorf("query at place %d: %w", i+1, err)
		}
	}
	k = min(k, v.Len())
	rankings := make([][]trec.Scored, 0, len(queries))
	if k == 0 {
		return append(rankings, make([][]trec.Scored, len(queries))...), nil
	}
	batch := max(1, min(maxBatch, batchBytes/(contestRoom(k)*candidateSize)))
	for some := range slices.Chunk(queries, batch) {
		lists, err := v.pass(ctx, some, k)
		if err != nil {
			return nil, err
		}
		rankings = append(rankings, lists...)
	}
	return rankings, nil
}

// Merge is the k best of several rankings of different documents, as of the
// parts of one collection. A document in two of them is an error: it would
// stand twice in the run.
func Merge(k int, parts ...[]trec.Scored) ([]trec.Scored, error) {
	all := slices.Concat(parts...)
	seen := make(map[string]bool, len(all))
	for _, doc := range all {
		if seen[doc.DocID] {
			return nil, fmt.Errorf("document %q: want it in one of the folders searched, got it in two; is a folder given twice?", doc.DocID)
		}
		seen[doc.DocID] = true
	}
	slices.SortFunc(all, trec.Compare)
	return all[:min(k, len(all))], nil
}

// pass goes over all rows once.
func (v *Vectors) pass(ctx context.Context, queries [][]float32, k int) ([][]trec.Scored, error) {
	longest, err := v.longest()
	if err != nil {
		return nil, err
	}
	contests := v.newContests(queries, k)
	var f filter
	switch {
	case v.codes != nil && kernel.codeTile != nil && len(queries) > codeTileWidth/6:
		f = newCodeTiles(v, contests)
	case v.codes != nil && len(queries) <= kernel.tile.width/3: // which come one by one as fast as a panel
		f = newCodeFilter(v, contests)
	default:
		f = newFloatTiles(v, contests, longest)
	}
	return v.hold(ctx, contests, f)
}

func (v *Vectors) newContests(queries [][]float32, k int) []*contest {
	contests := make([]*contest, len(queries))
	for i, values := range queries {
		contests[i] = &contest{v: v, query: v.newQuery(values), k: k, floor: lowest}
	}
	return contests
}

// hold has the filter offer all rows, and returns who won.
func (v *Vectors) hold(ctx context.Context, contests []*contest, f filter) ([][]trec.Scored, error) {
	if err := inParallel(ctx, v.Len(), f.block(), f.worker); err != nil {
		return nil, err
	}
	rankings := make([][]trec.Scored, len(contests))
	err := inParallel(ctx, len(contests), 1, func() func(first, last int) error {
		s := v.newScratch()
		return func(q, _ int) (err error) {
			rankings[q], err = contests[q].ranking(s)
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return rankings, nil
}

// filter offers rows to contests: all that may win, and few others.
type filter interface {
	block() int                          // rows to go over at a time, while they are in a core's cache
	worker() func(first, last int) error // a function for one goroutine that goes over rows
}

// inParallel has all cores take blocks of n things as they get to them, each with a worker of its own.
func inParallel(ctx context.Context, n, block int, worker func() func(first, last int) error) error {
	var next atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, min(runtime.GOMAXPROCS(0), (n+block-1)/block))
	for w := range errs {
		wait.Go(func() {
			work := worker()
			for ctx.Err() == nil && errs[w] == nil {
				first := (int(next.Add(1)) - 1) * block
				if first >= n {
					return
				}
				errs[w] = work(first, min(first+block, n))
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
