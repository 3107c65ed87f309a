package index

// kernels are the loops that a search spends its time in. The portable ones
// below are what the others, for processors that have more, must agree with.
type kernels struct {
	// dot and distance add up products, or squared differences, in float64:
	// that of place d goes to lane d mod 16. Lengths are a multiple of 16.
	// A product of float32s is exact in float64, so that it does not matter
	// whether it is added with one rounding or two: lanes are the same
	// to the bit on every machine.
	dot, distance func(query, row []float32, lanes *[lanes]float64)

	// scan sets sums to the inner products of weights with the codes of so many rows.
	scan func(weights []int16, codes []byte, sums []int32)

	// halves is a float16 a value, widened.
	halves func(halves []byte, values []float32)

	tile     tile
	codeTile codeTile // nil where tiles of floats are as fast
}

const lanes = 16

// tile multiplies rows with a panel of queries, all sums at once in registers.
type tile struct {
	rows, width int // rows, and queries: a panel is [dim][width] values

	// run sets out [rows][width] to start[row] and the inner product, and
	// masks to the bits of those that are not below the limit of their query,
	// 16 queries a mask. Where there is none it returns false and out is not set.
	run func(panel, rows []float32, dim int, start, limits, out []float32, masks []uint16) bool
}

// maxTile is the room for any tile's rows times width.
const maxTile = 8 * 48

var kernel = fastKernels()

var portable = kernels{
	dot: dotPortable, distance: distancePortable, scan: scanPortable, halves: halvesPortable,
	tile: tile{rows: 4, width: 2, run: tilePortable},
}

func dotPortable(query, row []float32, lanes *[lanes]float64) {
	row = row[:len(query)]
	for d, x := range query {
		lanes[d%len(lanes)] += float64(x) * float64(row[d])
	}
}

func distancePortable(query, row []float32, lanes *[lanes]float64) {
	row = row[:len(query)]
	for d, x := range query {
		difference := float64(x) - float64(row[d])
		lanes[d%len(lanes)] += float64(difference * difference) // never fused
	}
}

func scanPortable(weights []int16, codes []byte, sums []int32) {
	width := len(weights)
	for i := range sums {
		row := codes[i*width : (i+1)*width]
		var sum int32
		for d, w := range weights {
			sum += int32(w) * int32(row[d])
		}
		sums[i] = sum
	}
}

func halvesPortable(halves []byte, values []float32) {
	halves = halves[:2*len(values)]
	for i := range values {
		values[i] = fromHalf(uint16(halves[2*i]) | uint16(halves[2*i+1])<<8)
	}
}

func tilePortable(panel, rows []float32, dim int, start, limits, out []float32, masks []uint16) bool {
	a, b, c, d := rows[:dim], rows[dim:2*dim], rows[2*dim:3*dim], rows[3*dim:4*dim]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	panel = panel[:2*len(a)]
	s0, s1, s2, s3 := start[0], start[1], start[2], start[3]
	t0, t1, t2, t3 := s0, s1, s2, s3
	for i := range a {
		x, y := panel[2*i], panel[2*i+1]
		s0 += x * a[i]
		t0 += y * a[i]
		s1 += x * b[i]
		t1 += y * b[i]
		s2 += x * c[i]
		t2 += y * c[i]
		s3 += x * d[i]
		t3 += y * d[i]
	}
	copy(out, []float32{s0, t0, s1, t1, s2, t2, s3, t3})
	var any uint16
	for r := range 4 {
		masks[r] = 0
		for q := range 2 {
			if !(out[2*r+q] < limits[q]) {
				masks[r] |= 1 << q
			}
		}
		any |= masks[r]
	}
	return any != 0
}
