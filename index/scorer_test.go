package index_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gradus-ir/gradus/index"
)

// Chosen rows have the scores that they have in a ranking of all.
func TestScorer(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, similarity := range []index.Similarity{index.Cosine, index.Dot, index.Euclidean} {
		v := write(t, similarity, random(r, 60, 37))
		query := random(r, 1, 37)[0]
		rows, ids := make([]uint32, 0, v.Len()), make(map[string]int)
		for i, row := range r.Perm(v.Len()) {
			rows = append(rows, uint32(row))
			ids[v.ID(row)] = i
		}
		scores := make([]float32, len(rows))
		if err := v.NewScorer().Scores(query, rows, scores); err != nil {
			t.Fatal(err)
		}
		for _, doc := range topK(t, v, [][]float32{query}, v.Len())[0] {
			if got := scores[ids[doc.DocID]]; float64(got) != doc.Score {
				t.Errorf("%s, %s: want score %v, got %v", similarity, doc.DocID, doc.Score, got)
			}
		}
	}
}
