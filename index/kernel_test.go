package index

import (
	"math"
	"math/rand/v2"
	"testing"
)

// everyTile is the tiles this processor has.
func everyTile() []tile {
	tiles := []tile{portable.tile, kernel.tile}
	return append(tiles, slowerTiles()...)
}

func gaussian(r *rand.Rand, n int, scale float64) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(r.NormFloat64() * scale)
	}
	return values
}

// The lanes of exact scores are the same to the bit, whatever the kernel and the size of the numbers.
func TestLanesAreTheSameOnEveryMachine(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, scale := range []float64{1, 1e-40, 1e-20, 1e15} {
		for n := 16; n <= 400; n += 16 {
			query, row := gaussian(r, n, scale), gaussian(r, n, 1)
			var want, got [lanes]float64
			portable.dot(query, row, &want)
			kernel.dot(query, row, &got)
			if got != want {
				t.Fatalf("dot of %d: want %v, got %v", n, want, got)
			}
			portable.distance(query, row, &want)
			kernel.distance(query, row, &got)
			if got != want {
				t.Fatalf("distance of %d: want %v, got %v", n, want, got)
			}
		}
	}
}

func TestScan(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for width := 32; width <= 416; width += 32 {
		for rows := range 10 {
			finest := min(math.MaxInt16, math.MaxInt32/(255*width))
			weights, codes := make([]int16, width), make([]byte, rows*width)
			for i := range weights {
				weights[i] = int16(r.IntN(2*finest+1) - finest)
				if rows == 9 {
					weights[i] = int16(finest) // the greatest sum
				}
			}
			for i := range codes {
				codes[i] = byte(r.IntN(256))
				if rows == 9 {
					codes[i] = 255
				}
			}
			want, got := make([]int32, rows), make([]int32, rows)
			portable.scan(weights, codes, want)
			kernel.scan(weights, codes, got)
			for i := range want {
				if got[i] != want[i] || rows == 9 && got[i] <= 0 {
					t.Fatalf("%d rows of %d: row %d: want %d, got %d", rows, width, i, want[i], got[i])
				}
			}
		}
	}
}

// Every tile's sums are within the error of sumError of the exact ones, and its
// masks are those of its sums.
func TestTiles(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, tile := range everyTile() {
		for _, dim := range []int{1, 2, 3, 4, 5, 7, 8, 17, 384, 1023} {
			panel, rows := gaussian(r, dim*tile.width, 1), gaussian(r, dim*tile.rows, 1)
			start, limits := gaussian(r, tile.rows, 1), gaussian(r, tile.width, math.Sqrt(float64(dim)))
			limits[0], limits[tile.width-1] = float32(math.Inf(-1)), float32(math.Inf(1))
			var out [maxTile]float32
			var masks [maxTile / 2]uint16
			if !tile.run(panel, rows, dim, start, limits, out[:], masks[:]) {
				t.Fatalf("%d×%d: want a sum above -Inf", tile.rows, tile.width)
			}
			for i := range tile.rows {
				for q := range tile.width {
					exact, size := float64(start[i]), math.Abs(float64(start[i]))
					for d := range dim {
						product := float64(rows[i*dim+d]) * float64(panel[d*tile.width+q])
						exact += product
						size += math.Abs(product)
					}
					got := out[i*tile.width+q]
					if math.Abs(float64(got)-exact) > size*float64(dim+2)*0x1p-24 {
						t.Fatalf("%d×%d, dim %d: row %d, query %d: want %v, got %v", tile.rows, tile.width, dim, i, q, exact, got)
					}
					mask := masks[(i*tile.width+q)/min(16, tile.width)] >> (q % min(16, tile.width)) & 1
					if (mask == 1) != (got >= limits[q]) {
						t.Fatalf("%d×%d: row %d, query %d: sum %v, limit %v, mask %d", tile.rows, tile.width, i, q, got, limits[q], mask)
					}
				}
			}
			for q := range limits {
				limits[q] = float32(math.Inf(1))
			}
			if tile.run(panel, rows, dim, start, limits, out[:], masks[:]) {
				t.Fatalf("%d×%d: want no sum at +Inf", tile.rows, tile.width)
			}
		}
	}
}

// Of all 65,536 halves, widening and narrowing is nothing, and the kernels agree.
func TestHalves(t *testing.T) {
	bytes, values := make([]byte, 0, 2<<16), make([]float32, 1<<16)
	for half := range 1 << 16 {
		bytes = append(bytes, byte(half), byte(half>>8))
	}
	kernel.halves(bytes, values)
	for half, value := range values {
		if nan := half&0x7c00 == 0x7c00 && half&0x3ff != 0; nan {
			if value == value {
				t.Fatalf("%04x: want NaN, got %v", half, value)
			}
			continue
		}
		if want := fromHalf(uint16(half)); value != want || math.Signbit(float64(value)) != (half>>15 == 1) {
			t.Fatalf("%04x: want %v, got %v", half, want, value)
		}
		if back := toHalf(value); back != uint16(half) {
			t.Fatalf("%04x is %v, and back %04x", half, value, back)
		}
	}
	for n := range 20 { // lengths that leave a rest
		kernel.halves(bytes[:2*n], values[:n])
	}
	for x, want := range map[float32]uint16{
		65519: 0x7bff, 65520: 0x7c00, 1e9: 0x7c00, 1: 0x3c00, 0x1p-25: 0, 0x1.8p-25: 1, 0x1p-24: 1, 0x1.8p-24: 2,
		1 + 0x1p-11: 0x3c00, 1 + 0x3p-11: 0x3c02, 0x1.ff9p-15: 0x03ff, 0x1.fffp-15: 0x0400,
	} {
		if got := toHalf(x); got != want {
			t.Errorf("%v: want %04x, got %04x", x, want, got)
		}
	}
}

func TestGreatest(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for n := 1; n < 60; n++ {
		for k := 1; k <= n; k++ {
			values := make([]float32, n)
			for i := range values {
				values[i] = float32(r.IntN(1 + n/2))
			}
			sorted := append([]float32(nil), values...)
			for i := range sorted { // selection, the plain way
				for j := i + 1; j < n; j++ {
					if sorted[j] > sorted[i] {
						sorted[i], sorted[j] = sorted[j], sorted[i]
					}
				}
			}
			if got := greatest(append([]float32(nil), values...), k); got != sorted[k-1] {
				t.Fatalf("%v: want %v as number %d, got %v", values, sorted[k-1], k, got)
			}
		}
	}
}
