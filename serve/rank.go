package serve

import (
	"context"
	"math"
	"slices"

	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/trec"
)

// queryVector encodes a query, cut where it is longer than the encoder takes.
func (a *arm) queryVector(ctx context.Context, query string) ([]float32, error) {
	vectors, _, err := a.encode(ctx, []string{query}, "query", true)
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

// turn waits until a search may begin; done ends it.
func (s *Server) turn(ctx context.Context) (done func(), err error) {
	select {
	case s.scans <- struct{}{}:
		return func() { <-s.scans }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// nearest are the k documents whose vectors are nearest to the query's, of
// those in only where that is not nil: these are looked at one by one.
func (s *Server) nearest(ctx context.Context, a *arm, vector []float32, k int, only map[string]bool) ([]trec.Scored, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if only == nil {
		rankings, err := a.Vectors.TopK(ctx, [][]float32{vector}, k)
		if err != nil {
			return nil, err
		}
		return rankings[0], nil
	}
	var found []trec.Scored
	for id := range only {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if row, ok := a.rows[id]; ok {
			found = append(found, trec.Scored{DocID: id, Score: a.similarity(vector, row)})
		}
	}
	slices.SortFunc(found, trec.Compare)
	return found[:min(k, len(found))], nil
}

// similarity is the score that TopK gives a row: summed in float64, rounded to float32.
func (a *arm) similarity(query []float32, row int) float64 {
	unit := 1.0
	if length := norm(query); a.Vectors.Similarity == index.Cosine && length > 0 {
		unit = length
	}
	product, squared := 0.0, 0.0
	for i, y := range a.Vectors.Row(row) {
		x, y := float64(float32(float64(query[i])/unit)), float64(y)
		product += x * y
		squared += (x - y) * (x - y)
	}
	if a.Vectors.Similarity == index.Euclidean {
		return float64(float32(-math.Sqrt(squared)))
	}
	return float64(float32(product))
}

// words are the k documents that BM25 scores highest, of those in only where
// that is not nil. BM25 knows no filter: it is asked deeper until enough pass.
func (s *Server) words(ctx context.Context, query string, k int, only map[string]bool) ([]trec.Scored, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	for depth := k; ; depth *= 8 {
		lists, err := s.Words.Search(ctx, []string{query}, depth)
		if err != nil {
			return nil, err
		}
		var found []trec.Scored
		for _, doc := range lists[0] {
			if only == nil || only[doc.DocID] {
				found = append(found, trec.Scored(doc))
			}
		}
		if len(found) >= k || len(lists[0]) < depth {
			return found[:min(k, len(found))], nil
		}
	}
}
