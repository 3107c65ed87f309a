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

// Blocks of a search. A block of rows stays in a core's cache while all
// queries of a batch pass over it; a batch bounds the memory of the results.
const (
	blockFloats = 1 << 16 // values in a block of rows, 256 KiB
	batch       = 1024    // queries a pass over the rows
)

// Search runs TopK and names the queries: the run, as yet without a tag, has a
// ranking for each of ids, which go with queries one to one.
func (v *Vectors) Search(ctx context.Context, ids []string, queries [][]float32, k int) (trec.Run, error) {
	if len(ids) != len(queries) {
		return trec.Run{}, fmt.Errorf("search: want an id for each of %d queries, got %d", len(queries), len(ids))
	}
	for i, query := range queries {
		if err := checkVector(query, v.dim); err != nil {
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
//   - queries: [Q, Dim] finite values of any length; of another dimension is an error
//   - the result: [Q, min(k, Len)], scores as float32 computed them
//
// All cores work on it; the result does not depend on how many there are.
func (v *Vectors) TopK(ctx context.Context, queries [][]float32, k int) ([][]trec.Scored, error) {
	if k < 1 {
		return nil, fmt.Errorf("search: want a depth of at least 1, got %d", k)
	}
	for i, query := range queries {
		if err := checkVector(query, v.dim); err != nil {
			return nil, fmt.Errorf("query at place %d: %w", i+1, err)
		}
	}
	rankings := make([][]trec.Scored, 0, len(queries))
	for some := range slices.Chunk(queries, batch) {
		if v.Similarity == Cosine {
			some = normalised(some)
		}
		lists, err := v.pass(ctx, some, min(k, v.Len()))
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

// pass goes over all rows once. Workers take blocks of rows as they get to
// them, each with heaps of its own, merged at the end.
func (v *Vectors) pass(ctx context.Context, queries [][]float32, k int) ([][]trec.Scored, error) {
	rowsPerBlock := max(4, blockFloats/v.dim/4*4)
	blocks := (v.Len() + rowsPerBlock - 1) / rowsPerBlock
	workers := make([][]best, min(runtime.GOMAXPROCS(0), max(1, blocks)))
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range workers {
		found := make([]best, len(queries))
		for q := range found {
			found[q] = best{k: k, ids: v.ids}
		}
		workers[w] = found
		wait.Go(func() {
			scores1, scores2 := make([]float32, rowsPerBlock), make([]float32, rowsPerBlock)
			for ctx.Err() == nil {
				block := int(next.Add(1) - 1)
				if block >= blocks {
					return
				}
				first := block * rowsPerBlock
				last := min(first+rowsPerBlock, v.Len())
				v.scan(queries, found, first, last, scores1[:last-first], scores2[:last-first])
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rankings := make([][]trec.Scored, len(queries))
	for q := range queries {
		merged := &workers[0][q]
		for _, found := range workers[1:] {
			for _, h := range found[q].hits {
				merged.add(h)
			}
		}
		rankings[q] = v.name(merged.sorted())
	}
	return rankings, nil
}

// scan offers the rows from first up to last to every query's heap.
func (v *Vectors) scan(queries [][]float32, found []best, first, last int, scores1, scores2 []float32) {
	rows := v.rows[first*v.dim : last*v.dim]
	q := 0
	for ; q+2 <= len(queries); q += 2 {
		dots2(queries[q], queries[q+1], rows, scores1, scores2)
		found[q].offer(first, scores1)
		found[q+1].offer(first, scores2)
	}
	if q < len(queries) {
		dots(queries[q], rows, scores1)
		found[q].offer(first, scores1)
	}
}

func (v *Vectors) name(hits []hit) []trec.Scored {
	ranking := make([]trec.Scored, len(hits))
	for i, h := range hits {
		ranking[i] = trec.Scored{DocID: v.ids[h.row], Score: float64(h.score)}
	}
	return ranking
}

// normalised are copies of length 1; a vector of zeros stays one and is as near to every row.
func normalised(queries [][]float32) [][]float32 {
	units := make([][]float32, len(queries))
	for i, query := range queries {
		unit := make([]float32, len(query))
		if length := norm(query); length > 0 {
			for d, x := range query {
				unit[d] = float32(float64(x) / length)
			}
		}
		units[i] = unit
	}
	return units
}
