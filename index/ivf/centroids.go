package ivf

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// centroids are the points that the lists are around, one row a list.
type centroids struct {
	dim     int
	rows    []float32
	norms   []float32 // half of each row's squared length
	spreads []float32 // of each list, how far its rows are from it in a dimension: the root of the mean square
}

func newCentroids(rows, spreads []float32, dim int) *centroids {
	c := &centroids{dim: dim, rows: rows, norms: make([]float32, len(spreads)), spreads: spreads}
	for i := range c.norms {
		row := c.row(i)
		c.norms[i] = dot(row, row) / 2
	}
	return c
}

func (c *centroids) len() int { return len(c.norms) }

func (c *centroids) row(i int) []float32 { return c.rows[i*c.dim : (i+1)*c.dim] }

// tile is how many rows a product goes over at a time: they stay in a core's nearest cache while several points pass.
const tile = 16

// products sets out[p][i] to the inner product of point p and centroid i.
func (c *centroids) products(points [][]float32, out [][]float32) {
	for first := 0; first < c.len(); first += tile {
		last := min(first+tile, c.len())
		for p, point := range points {
			dots(point, c.rows[first*c.dim:last*c.dim], out[p][first:last])
		}
	}
}

// assign sets lists[i] to the centroid nearest to point i, the first of equally
// near ones, and nearness[i] to what makes it so: ⟨p, c⟩ - |c|²/2.
// All cores work on it; each point's result depends on nothing else.
func (c *centroids) assign(ctx context.Context, points [][]float32, lists []uint32, nearness []float32) error {
	const share = 64
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			out := make([][]float32, share)
			for i := range out {
				out[i] = make([]float32, c.len())
			}
			for ctx.Err() == nil {
				first := int(next.Add(share)) - share
				if first >= len(points) {
					return
				}
				some := points[first:min(first+share, len(points))]
				c.products(some, out)
				for i := range some {
					lists[first+i], nearness[first+i] = nearest(out[i], c.norms)
				}
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}

func nearest(products, norms []float32) (list uint32, nearness float32) {
	nearness = float32(math.Inf(-1))
	for i, product := range products {
		if near := product - norms[i]; near > nearness {
			list, nearness = uint32(i), near
		}
	}
	return list, nearness
}

// firstCentroids are rows of the sample, drawn without replacement.
func firstCentroids(sample [][]float32, lists int, seed int64) *centroids {
	rng := rand.New(rand.NewPCG(uint64(seed), 0x63656e74726f6964))
	dim := len(sample[0])
	rows := make([]float32, 0, lists*dim)
	for _, i := range rng.Perm(len(sample))[:lists] {
		rows = append(rows, sample[i]...)
	}
	return newCentroids(rows, make([]float32, lists), dim)
}

// spreadPrior is how many points like those of all lists each list's spread is
// taken from besides its own: one that has few in the sample may have others.
const spreadPrior = 4

// improve is one round of Lloyd's k-means: each centroid moves to the mean of
// the points nearest to it, and one that has none to the point that is
// farthest from its own, which no other takes.
func (c *centroids) improve(ctx context.Context, sample [][]float32) (*centroids, error) {
	lists, nearness := make([]uint32, len(sample)), make([]float32, len(sample))
	if err := c.assign(ctx, sample, lists, nearness); err != nil {
		return nil, err
	}
	sums, squares, counts := make([]float64, len(c.rows)), make([]float64, c.len()), make([]int, c.len())
	for i, point := range sample {
		sum := sums[int(lists[i])*c.dim:][:c.dim]
		for d, x := range point {
			sum[d] += float64(x)
			squares[lists[i]] += float64(x) * float64(x)
		}
		counts[lists[i]]++
	}
	rows := make([]float32, len(c.rows))
	taken := make(map[int]bool)
	total := 0.0
	for list, count := range counts {
		row := rows[list*c.dim:][:c.dim]
		if count == 0 {
			copy(row, sample[farthest(sample, nearness, taken)])
			continue
		}
		for d := range row {
			mean := sums[list*c.dim+d] / float64(count)
			row[d] = float32(mean)
			squares[list] -= mean * mean * float64(count) // which leaves those of the differences to the mean
		}
		squares[list] = max(0, squares[list])
		total += squares[list]
	}
	spreads, usual := make([]float32, c.len()), total/float64(len(sample))
	for list, count := range counts {
		spreads[list] = float32(math.Sqrt((squares[list] + spreadPrior*usual) / float64((count+spreadPrior)*c.dim)))
	}
	return newCentroids(rows, spreads, c.dim), nil
}

func farthest(sample [][]float32, nearness []float32, taken map[int]bool) int {
	best, most := -1, math.Inf(-1)
	for i, point := range sample {
		if taken[i] {
			continue
		}
		if distance := float64(dot(point, point))/2 - float64(nearness[i]); distance > most {
			best, most = i, distance
		}
	}
	taken[best] = true
	return best
}
