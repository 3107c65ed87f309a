package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gradus-ir/gradus/index"
)

const (
	clusters  = 2000
	questions = 1000
)

// makeVectors makes vectors like those of texts: in clusters of very different
// sizes, and with variances that fall off over the dimensions as a power law,
// among the clusters and within them. The queries are of the same kind.
func makeVectors(vectors, queries string, rows, dim int) error {
	r := rand.New(rand.NewPCG(1, 2))
	deviations := make([]float64, dim)
	for d := range deviations {
		deviations[d] = math.Pow(float64(d+1), -0.4)
	}
	draw := func(scale float64) []float32 {
		v := make([]float32, dim)
		for d, deviation := range deviations {
			v[d] = float32(r.NormFloat64() * deviation * scale)
		}
		return v
	}
	centres := make([][]float32, clusters)
	for i := range centres {
		centres[i] = draw(1)
	}
	for _, set := range []struct {
		dir  string
		rows int
		seed uint64
	}{{vectors, rows, 3}, {queries, questions, 4}} {
		r = rand.New(rand.NewPCG(set.seed, set.seed))
		err := index.Create(set.dir, index.Options{Dim: dim}, func(w *index.Writer) error {
			for i := range set.rows {
				row := draw(0.8)
				for d, x := range centres[int(clusters*math.Pow(r.Float64(), 2))] {
					row[d] += x
				}
				if err := w.Append(fmt.Sprint(i), row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
