package ivf

import (
	"math"
	"math/rand/v2"
	"testing"
)

func randomVector(r *rand.Rand, dim int) []float32 {
	v := make([]float32, dim)
	for d := range v {
		v[d] = float32(r.NormFloat64())
	}
	return v
}

// The scan in assembly gives the numbers of the one in Go, to the bit.
func TestScanIsThePlainOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, pairs := range []int{1, 2, 7, 48, 128} {
		tables, block, offsets := make([]byte, pairs*32), make([]byte, pairs*32+lineSize), make([]float32, blockRows)
		for i := range tables {
			block[i], tables[i] = byte(r.Uint32()), byte(r.Uint32())
		}
		factors := numbers[float32](block[len(tables):])
		for i := range factors {
			factors[i], offsets[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
		}
		factors[3] = float32(math.NaN()) // no row
		l := line{0.01, -3, 0.5, 0.7}
		var want [blockRows]float32
		wanted := scanGo(block, tables, offsets, l, &want)
		for name, scan := range scans {
			var got [blockRows]float32
			above := scan(block, tables, offsets, l, &got)
			for i := range got {
				if got[i] != want[i] && i != 3 {
					t.Errorf("%s, %d pairs, row %d: want %v, got %v", name, pairs, i, want[i], got[i])
				}
			}
			if above != wanted || above>>3&1 == 1 || above == 0 {
				t.Errorf("%s, %d pairs: want rows %032b above, got %032b", name, pairs, wanted, above)
			}
		}
	}
}

func TestDots(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, dim := range []int{1, 7, 8, 15, 16, 24, 31, 384} {
		for _, count := range []int{1, 3, 4, 9} {
			query, rows, got := randomVector(r, dim), randomVector(r, dim*count), make([]float32, count)
			dots(query, rows, got)
			for i, product := range got {
				want := 0.0
				for d, x := range query {
					want += float64(x) * float64(rows[i*dim+d])
				}
				if math.Abs(want-float64(product)) > 1e-4 {
					t.Errorf("%d rows of %d, row %d: want %v, got %v", count, dim, i, want, product)
				}
				if alone := dot(query, rows[i*dim:(i+1)*dim]); alone != product {
					t.Errorf("%d rows of %d, row %d: want the same alone, got %v and %v", count, dim, i, product, alone)
				}
			}
		}
	}
}

func TestRotationKeepsProducts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, dim := range []int{1, 2, 3, 100, 256, 384} {
		rotation := newRotation(dim, 7)
		a, b := randomVector(r, dim), randomVector(r, dim)
		before := dot(a, b)
		rotation.apply(a)
		rotation.apply(b)
		if after := dot(a, b); math.Abs(float64(before-after)) > 1e-3 {
			t.Errorf("%d dimensions: want %v after the rotation too, got %v", dim, before, after)
		}
	}
	spread := make([]float32, 384)
	spread[5] = 1
	newRotation(384, 7).apply(spread)
	for d, x := range spread {
		if math.Abs(float64(x)) > 0.3 {
			t.Errorf("one dimension: want it spread over all, got %v in %d", x, d)
		}
	}
}

// estimate is that of a row alone in its block.
func estimate(tables *tables, code []byte, lane int, factor float32) float32 {
	block := make([]byte, 2*tableSize*len(code)+lineSize)
	place(block, lane, code)
	numbers[float32](block[2*tableSize*len(code):])[lane] = factor
	var got [blockRows]float32
	scan(block, tables.entries, noOffsets[:], line{scale: tables.scale, bias: tables.bias}, &got)
	return got[lane]
}

// The sums of a query's tables fit 16 bits, and are read back as its products with signs.
func TestTables(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, dim := range []int{1, 5, 8, 384, 1000, 8192} {
		for _, query := range [][]float32{randomVector(r, dim), make([]float32, dim)} {
			pairs := pairsOf(dim)
			var tables tables
			tables.fill(query, pairs)
			highest := 0
			for first := 0; first < len(tables.entries); first += tableSize {
				top := 0
				for _, entry := range tables.entries[first : first+tableSize] {
					top = max(top, int(entry))
				}
				highest += top
			}
			if highest > math.MaxUint16 {
				t.Errorf("%d dimensions: want sums of at most %d, got %d", dim, math.MaxUint16, highest)
			}
			signs := randomVector(r, dim)
			code, want := make([]byte, pairs), 0.0
			encode(code, signs)
			for d, x := range signs {
				want += math.Copysign(1, float64(x)) * float64(query[d])
			}
			got := estimate(&tables, code, 21, 1)
			if bound := float64(tables.scale) * float64(pairs) * 1.01; math.Abs(float64(got)-want) > bound+1e-6 {
				t.Errorf("%d dimensions: want ⟨q, s⟩ %v within %v, got %v", dim, want, bound, got)
			}
		}
	}
}

// Estimates are right on average, and as near as the paper says: an error of
// about 0.75/√dim of the two lengths.
func TestEstimatesAreUnbiased(t *testing.T) {
	const dim, n = 384, 2000
	r := rand.New(rand.NewPCG(5, 5))
	rotation, query := newRotation(dim, 1), randomVector(r, dim)
	rotated := append([]float32(nil), query...)
	rotation.apply(rotated)
	var tables tables
	tables.fill(rotated, pairsOf(dim))
	var sum, squares float64
	for range n {
		row := randomVector(r, dim)
		for d := range row {
			row[d] = row[d]*0.5 + 0.2*query[d]
		}
		want, lengths := float64(dot(query, row)), math.Sqrt(float64(dot(query, query))*float64(dot(row, row)))
		rotation.apply(row)
		code := make([]byte, pairsOf(dim))
		factor := encode(code, row)
		off := (float64(estimate(&tables, code, 0, factor)) - want) / lengths * math.Sqrt(dim)
		sum += off
		squares += off * off
	}
	if mean, deviation := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.1 || deviation > 0.85 {
		t.Errorf("error of the estimates in 1/√dim: want a mean of 0 and a deviation of about 0.75, got %.3f and %.3f", mean, deviation)
	}
}
