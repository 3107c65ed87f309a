package index

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// adversaries are rows and a query made against the bound on an estimate from
// codes: what the codes leave out all points one way, so that the first row,
// which is the nearest, is estimated too low and the others too high, by as
// much as can be. finest is how fine the query's code is.
var adversaries = map[string]func(finest int) (rows [][]float32, query []float32){
	"rows half a step off": func(int) ([][]float32, []float32) {
		query := slices.Repeat([]float32{1}, 402)
		query[0] = 0
		return fill(6, len(query), func(i, d int) float64 {
			switch {
			case d == 0:
				return codeMax // so that a step is 1
			case i == 0:
				return 10.49 // the code is 10
			case d%100 < 3:
				return 9.51 // 10
			}
			return 10.51 // 11
		}), query
	},
	"query half a step off, and rows along that": func(finest int) ([][]float32, []float32) {
		const step = 1.0 / 64
		along := func(d int) float64 { return 1 - 2*float64((d-2)/5%2) }
		query := fill(1, 42, func(_, d int) float64 {
			switch d {
			case 0:
				return float64(finest) * step
			case 1:
				return 100 * step
			}
			return (float64((d-2)%5-2) + 0.49*along(d)) * step
		})[0]
		return fill(6, len(query), func(i, d int) float64 {
			switch {
			case d > 1 && i == 0:
				return codeMax * along(d)
			case d > 1:
				return -codeMax * along(d)
			case d == 1 && i > 0:
				return 48
			}
			return 0
		}), query
	},
}

// exactly is what a filter estimates, in float64, where the products have no rounding and their sum hardly any.
func exactly(s Similarity, query, row []float32) float64 {
	sum := 0.0
	for d, x := range query {
		sum += float64(x) * float64(row[d])
		if s == Euclidean {
			sum -= float64(row[d]) * float64(row[d]) / 2
		}
	}
	return sum
}

// estimates are what each filter has of all rows for a query.
func estimates(t *testing.T, v *Vectors, values []float32) map[string][]estimate {
	t.Helper()
	c := v.newContests([][]float32{values}, 1)
	all := make(map[string][]estimate)
	bounds, err := v.checkedBounds(0, v.Len())
	if err != nil {
		t.Fatal(err)
	}
	q, sums := newCodeQuery(v, c[0]), make([]int32, v.Len())
	kernel.scan(q.weights, v.codes.Unchecked(), sums)
	all["codes"] = q.estimate(nil, 0, sums, bounds, lowest)
	longest, err := v.longest()
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]*tileFilter{"tiles of codes": newCodeTiles(v, c), "tiles": newFloatTiles(v, c, longest)} {
		w := f.open()
		if err := w.load(0, v.Len()); err != nil {
			t.Fatal(err)
		}
		limits := slices.Repeat([]float32{lowest}, f.width)
		var out [maxTile]float32
		var masks [maxTile / 2]uint16
		for at := 0; at < v.Len(); at += f.rows {
			w.run(0, at, limits, out[:], masks[:])
			for r := range min(f.rows, v.Len()-at) {
				value, err := w.bounds(0, 0, at+r, out[r*f.width])
				all[name] = append(all[name], estimate{at + r, value, err})
			}
		}
	}
	return all
}

// TestBounds holds the claim of docs/search.md for each filter, row by row: the
// estimate less its error is no more than the row has, nor than its score
// says, and plus its error no less.
func TestBounds(t *testing.T) {
	sets := maps.Clone(shapes)
	sets["whole numbers, which codes tell exactly, times a length"] = func(r *rand.Rand, n, dim int) [][]float32 {
		length := float32(1 + r.Float64())
		return fill(n, dim, func(_, d int) float64 {
			if d == 0 {
				return float64(codeMax * length)
			}
			return float64(float32(r.IntN(2*codeMax+1)-codeMax) * length)
		})
	}
	for i, name := range slices.Sorted(maps.Keys(sets)) {
		for j, similarity := range []Similarity{Dot, Cosine, Euclidean} {
			r := rand.New(rand.NewPCG(11, uint64(i)))
			dim := []int{3, 64, 200}[(i+j)%3]
			precision := []Precision{Float32, Int8, Float16}[(i+2*j)%3]
			rows := sets[name](r, 27, dim)
			holdBounds(t, fmt.Sprintf("%s, %d dimensions", name, dim), made(t, Options{Dim: dim, Similarity: similarity, Precision: precision}, rows),
				append(sets[name](r, 3, dim), gaussian(r, dim, 1), rows[0], make([]float32, dim)))
		}
	}
	for name, adversary := range adversaries {
		for _, similarity := range []Similarity{Dot, Cosine, Euclidean} {
			for _, finest := range []int{codeMax, math.MaxInt16} {
				rows, query := adversary(finest)
				holdBounds(t, name, made(t, Options{Dim: len(query), Similarity: similarity, Precision: Float32}, rows), [][]float32{query})
			}
		}
	}
}

func holdBounds(t *testing.T, name string, v *Vectors, queries [][]float32) {
	t.Helper()
	if v.Len() == 0 {
		return
	}
	fastest := kernel
	defer func() { kernel = fastest }()
	for _, values := range queries {
		q, s := v.newQuery(values), v.newScratch()
		least, most := make([]float64, v.Len()), make([]float64, v.Len())
		for row := range v.Len() {
			score, _, err := v.score(q, row, s)
			if err != nil {
				t.Fatal(err)
			}
			scored := float64(score)
			if v.Similarity == Euclidean {
				scored = (exactly(Dot, q.values, q.values) - scored*scored) / 2
			}
			exact := exactly(v.Similarity, q.values, v.Row(row))
			least[row], most[row] = min(exact, scored), max(exact, scored)
		}
		for _, k := range []kernels{fastest, portable} {
			kernel = k
			if kernel.codeTile == nil {
				kernel.codeTile = codeTilePortable
			}
			for filter, found := range estimates(t, v, values) {
				if len(found) != v.Len() {
					t.Fatalf("%s: want %d estimates, got %d", filter, v.Len(), len(found))
				}
				for _, e := range found {
					if low, high := float64(e.value-e.err), float64(e.value+e.err); !(low <= least[e.row] && high >= most[e.row]) {
						t.Fatalf("%s, %s, %s, %s: row %d: want %v to %v within %v ± %v", name, v.Similarity, v.Precision, filter, e.row, least[e.row], most[e.row], e.value, e.err)
					}
				}
			}
		}
	}
}

// The bound on codes can be all but reached, and then decides: the first row
// is the nearest, and were the error taken for a twentieth less, it would be left out.
func TestBoundsAreReached(t *testing.T) {
	for name, adversary := range adversaries {
		for filter, finest := range map[string]int{"codes": math.MaxInt16, "tiles of codes": codeMax} {
			rows, query := adversary(finest)
			v := made(t, Options{Dim: len(query), Similarity: Dot, Precision: Float32}, rows)
			found := estimates(t, v, query)[filter]
			first, second := found[0], found[1]
			if first.value+first.err < second.value-second.err || first.value+0.95*first.err >= second.value-0.95*second.err {
				t.Errorf("%s, %s: want %v ± %v and %v ± %v to meet, but only just", name, filter, first.value, first.err, second.value, second.err)
			}
			for _, queries := range [][][]float32{{query}, slices.Repeat([][]float32{query}, 20)} {
				for _, ranking := range filtered(t, v, queries, 1)[filter] {
					if ranking[0].DocID != "d0" {
						t.Errorf("%s, %s: want d0, which is the nearest, got %v", name, filter, ranking)
					}
				}
			}
		}
	}
}
