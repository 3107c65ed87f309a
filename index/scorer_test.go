package index

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/trec"
)

// Of chosen rows the k nearest are ranked, and scored to the bit, as in a ranking of all.
func TestScorer(t *testing.T) {
	precisions := []Precision{Float32, Float16, Int8}
	for i, name := range slices.Sorted(maps.Keys(shapes)) {
		for j, similarity := range []Similarity{Cosine, Dot, Euclidean} {
			r := rand.New(rand.NewPCG(8, 8))
			rows := shapes[name](r, 700, 37)
			precision := precisions[(i+j)%len(precisions)]
			v := made(t, Options{Dim: 37, Similarity: similarity, Precision: precision, Plain: precision == Float32 && i%2 == 0}, rows)
			scorer := v.NewScorer()
			for _, query := range append(shapes[name](r, 1, 37), rows[3], gaussian(r, 37, 1)) {
				all := everyRow(t, v, [][]float32{query}, v.Len())[0]
				for _, size := range []struct{ rows, k int }{{0, 1}, {1, 1}, {20, 50}, {300, 10}, {v.Len(), 3}, {v.Len(), v.Len()}} {
					chosen, places := make(map[string]bool), make([]uint32, 0, size.rows)
					for _, row := range r.Perm(v.Len())[:min(size.rows, v.Len())] {
						chosen[v.ID(row)] = true
						places = append(places, uint32(row))
					}
					var want []trec.Scored
					for _, doc := range all {
						if chosen[doc.DocID] && len(want) < size.k {
							want = append(want, doc)
						}
					}
					got, err := scorer.TopK(query, places, size.k)
					if diff := cmp.Diff(want, got); err != nil || diff != "" {
						t.Fatalf("%s, %s, %s, %+v: %v (-want +got)\n%s", name, similarity, precision, size, err, diff)
					}
				}
			}
		}
	}
}
