package ivf

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gradus-ir/gradus/index"
)

// Where rows are spread alike in all directions, their scores lie so many
// deviations below their list's reach, on average, and have that deviation.
func TestReach(t *testing.T) {
	const lists, dim, n = 6, 32, 4000
	r := rand.New(rand.NewPCG(6, 6))
	rows := make([]float32, 0, lists*dim)
	spreads := make([]float32, lists)
	for list := range lists {
		rows = append(rows, randomVector(r, dim)...)
		spreads[list] = 0.1 + float32(list)/10
	}
	for _, similarity := range []index.Similarity{index.Dot, index.Euclidean} {
		s := &searcher{Index: &Index{Similarity: similarity, centroids: newCentroids(rows, spreads, dim)}}
		query := randomVector(r, dim)
		products := make([]float32, lists)
		dots(query, rows, products)
		s.reach(query, products)
		for list, reach := range s.lists {
			centroid, length := s.centroids.row(list), norm(query)
			if similarity == index.Euclidean {
				difference := make([]float32, dim)
				for d, x := range query {
					difference[d] = x - centroid[d]
				}
				length = norm(difference)
			}
			deviation := length * float64(spreads[list])
			var sum, squares float64
			for range n {
				row := randomVector(r, dim)
				for d, x := range row {
					row[d] = centroid[d] + x*spreads[list]
				}
				score := float64(dot(query, row))
				if similarity == index.Euclidean {
					score -= norm(row) * norm(row) / 2
				}
				below := (float64(reach.value) - score) / deviation
				sum += below
				squares += below * below
			}
			mean := sum / n
			got := math.Sqrt(squares/n - mean*mean)
			if math.Abs(mean-deviations) > 0.1 || math.Abs(got-1) > 0.25 {
				t.Errorf("%s, list %d: want scores %d ± 1 deviations below the reach, got %.2f ± %.2f", similarity, list, deviations, mean, got)
			}
		}
	}
}

// Lists know how far their rows are from them, those of few rows of the sample nearly as the others do.
func TestSpreads(t *testing.T) {
	const dim = 16
	r := rand.New(rand.NewPCG(7, 7))
	var sample [][]float32
	c := newCentroids(make([]float32, 3*dim), make([]float32, 3), dim)
	for list, group := range []struct {
		rows   int
		spread float32
	}{{2000, 0.5}, {2000, 2}, {1, 1}} {
		c.rows[list*dim] = float32(100 * list)
		for range group.rows {
			row := randomVector(r, dim)
			for d, x := range row {
				row[d] = x*group.spread + c.row(list)[d]
			}
			sample = append(sample, row)
		}
	}
	better, err := newCentroids(c.rows, c.spreads, dim).improve(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	usual := math.Sqrt((0.5*0.5 + 2*2) / 2 * spreadPrior / (1 + spreadPrior))
	for list, want := range []float64{0.5, 2, usual} {
		if got := float64(better.spreads[list]); math.Abs(got-want) > 0.05*want {
			t.Errorf("list %d: want a spread of about %.3f, got %.3f", list, want, got)
		}
	}
}
