package index

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/internal/mapped"
	"github.com/gradus-ir/gradus/trec"
)

// shapes are rows that make life hard for a filter, or easy to get wrong.
var shapes = map[string]func(r *rand.Rand, n, dim int) [][]float32{
	"gaussian": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(int, int) float64 { return r.NormFloat64() })
	},
	"one direction, so near to each other that codes cannot tell": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(_, d int) float64 { return float64(1+d%7) + 1e-6*r.NormFloat64() })
	},
	"all the same": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(_, d int) float64 { return float64(d + 1) })
	},
	"one number outweighs the others, which the code then loses": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(_, d int) float64 {
			if d == 0 {
				return 1000
			}
			return r.NormFloat64()
		})
	},
	"lengths of all sizes": func(r *rand.Rand, n, dim int) [][]float32 {
		rows := fill(n, dim, func(int, int) float64 { return r.NormFloat64() })
		for i := range rows {
			scale := float32(math.Pow(10, float64(i%30-15)))
			for d := range rows[i] {
				rows[i][d] *= scale
			}
		}
		return rows
	},
	"too small for float32's exponents": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(int, int) float64 { return r.NormFloat64() * 1e-42 })
	},
	"as long as may be": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(int, int) float64 { return math.Copysign(0x1.8p59, r.NormFloat64()) / math.Sqrt(float64(dim)) })
	},
	"small whole numbers, of which many scores tie": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(int, int) float64 { return float64(r.IntN(5) - 2) })
	},
	"half of them zero": func(r *rand.Rand, n, dim int) [][]float32 {
		return fill(n, dim, func(i, _ int) float64 { return float64(i%2) * r.NormFloat64() })
	},
}

func fill(n, dim int, value func(i, d int) float64) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, dim)
		for d := range rows[i] {
			rows[i][d] = float32(value(i, d))
		}
	}
	return rows
}

// TestFiltersLoseNothing holds searches by all filters, over all precisions
// and similarities, with every tile and processor, against scoring every row.
func TestFiltersLoseNothing(t *testing.T) {
	fastest, tiles := kernel, everyTile()
	defer func() { kernel = fastest }()
	precisions := []Precision{Float32, Float16, Int8}
	for i, name := range slices.Sorted(maps.Keys(shapes)) {
		for j, similarity := range []Similarity{Dot, Cosine, Euclidean} {
			precision := precisions[(i+j)%len(precisions)]
			r := rand.New(rand.NewPCG(7, 7))
			n, dim, k := 900+r.IntN(300), 20+r.IntN(60), 1+r.IntN(40)
			rows := shapes[name](r, n, dim)
			queries := append(shapes[name](r, 2, dim), shapes["gaussian"](r, 1, dim)...)
			queries = append(queries, slices.Clone(rows[n/2]))
			v := made(t, Options{Dim: dim, Similarity: similarity, Precision: precision}, rows)
			want := everyRow(t, v, queries, k)
			for _, k := range []kernels{fastest, portable} {
				for _, tile := range tiles {
					kernel = k
					kernel.tile = tile
					for filter, got := range filtered(t, v, queries, len(want[0])) {
						if diff := cmp.Diff(want, got); diff != "" {
							t.Fatalf("%s, %s, %s, tile of %d×%d, %s: (-want +got)\n%s", name, similarity, precision, tile.rows, tile.width, filter, diff)
						}
					}
				}
			}
		}
	}
}

// made is a folder of the rows that the precision can hold. It is not put on disk with the care that Create takes, which takes time.
func made(t testing.TB, opts Options, rows [][]float32) *Vectors {
	t.Helper()
	dir := t.TempDir()
	w := newWriter(opts)
	var err error
	if w.files, err = opts.open(func(name string, _ int) (*mapped.Output, error) { return mapped.Create(filepath.Join(dir, name)) }); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if opts.Precision == Float16 && norm(row) > 60000 || opts.Similarity == Cosine && norm(row) == 0 {
			continue
		}
		if err := w.Append(fmt.Sprintf("d%d", i), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.finish(dir), w.files.close()); err != nil {
		t.Fatal(err)
	}
	v, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// everyRow scores all rows the plain way and sorts them.
func everyRow(t *testing.T, v *Vectors, queries [][]float32, k int) [][]trec.Scored {
	t.Helper()
	rankings := make([][]trec.Scored, len(queries))
	for i, values := range queries {
		q := v.newQuery(values)
		for row := range v.Len() {
			x, sum := v.Row(row), [lanes]float64{}
			for d := range x {
				if v.Similarity == Euclidean {
					difference := float64(q.values[d]) - float64(x[d])
					sum[d%lanes] += float64(difference * difference)
				} else {
					sum[d%lanes] += float64(q.values[d]) * float64(x[d])
				}
			}
			total := pairs(sum[:])
			if v.Similarity == Euclidean {
				total = 0 - math.Sqrt(total)
			}
			rankings[i] = append(rankings[i], trec.Scored{DocID: v.ID(row), Score: float64(float32(total))})
		}
		slices.SortFunc(rankings[i], trec.Compare)
		rankings[i] = rankings[i][:min(k, len(rankings[i]))]
	}
	return rankings
}

func pairs(sums []float64) float64 {
	if len(sums) == 1 {
		return sums[0]
	}
	half := make([]float64, len(sums)/2)
	for i := range half {
		half[i] = sums[i] + sums[i+len(half)]
	}
	return pairs(half)
}

// filtered are the rankings by each filter.
func filtered(t *testing.T, v *Vectors, queries [][]float32, k int) map[string][][]trec.Scored {
	t.Helper()
	if k == 0 {
		return nil
	}
	longest, err := v.longest()
	if err != nil {
		t.Fatal(err)
	}
	if kernel.codeTile == nil {
		kernel.codeTile = codeTilePortable
	}
	rankings := make(map[string][][]trec.Scored)
	for name, open := range map[string]func([]*contest) filter{
		"codes":          func(c []*contest) filter { return newCodeFilter(v, c) },
		"tiles of codes": func(c []*contest) filter { return newCodeTiles(v, c) },
		"tiles":          func(c []*contest) filter { return newFloatTiles(v, c, longest) },
	} {
		contests := v.newContests(queries, k)
		if rankings[name], err = v.hold(context.Background(), contests, open(contests)); err != nil {
			t.Fatal(err)
		}
	}
	return rankings
}

// A contest that is offered more than it holds, all too near to tell apart, does not grow.
func TestContestIsBounded(t *testing.T) {
	rows := shapes["all the same"](nil, 30000, 16)
	v := made(t, Options{Dim: 16, Similarity: Dot, Precision: Float32}, rows)
	c := v.newContests(rows[:1], 5)[0]
	s := v.newScratch()
	for row := range v.Len() {
		if err := c.offer(row, 0, 1e9, s); err != nil {
			t.Fatal(err)
		}
		if cap(c.kept) > contestRoom(5) {
			t.Fatalf("row %d: want room for %d, got %d", row, contestRoom(5), cap(c.kept))
		}
	}
	ranking, err := c.ranking(s)
	if err != nil || len(ranking) != 5 || ranking[0].DocID != "d9999" || ranking[4].DocID != "d9995" {
		t.Errorf("want the five greatest ids, got %v, %v", ranking, err)
	}
}
