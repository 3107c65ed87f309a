package ivf

import "math"

// A code is a row as the estimate sees it: for each dimension of its rotated
// difference to the list's centroid, whether it is positive. Four of them are
// a position, and a query has a table of 16 entries for each.
//
// Source: RaBitQ, arXiv 2405.12497, whose unbiased estimator this is; the
// tables in registers are those of Quicker ADC, arXiv 1812.09162.
const (
	positionDims = 4
	tableSize    = 1 << positionDims
)

// pairsOf is how many pairs of positions a dimension's codes have; the last may be padded.
func pairsOf(dim int) int { return (dim + 2*positionDims - 1) / (2 * positionDims) }

// encode writes the signs of a rotated difference, a bit each, and returns
// the factor of its estimates: with s the signs and r the difference,
// ⟨q, r⟩ is about ⟨q, s⟩·|r|²/⟨s, r⟩. A row at its centroid has the factor 0.
func encode(code []byte, difference []float32) float32 {
	clear(code)
	var square, sum float64
	for d, x := range difference {
		square += float64(x) * float64(x)
		sum += math.Abs(float64(x))
		if x > 0 {
			code[d/8] |= 1 << (d % 8)
		}
	}
	if sum == 0 {
		return 0
	}
	return float32(square / sum)
}

// place puts a row's code among those of its block.
func place(codes []byte, lane int, code []byte) {
	shift := lane / 16 * 4
	for pair, bits := range code {
		at := pair*2*tableSize + lane%16
		codes[at] |= bits & 15 << shift
		codes[at+tableSize] |= bits >> 4 << shift
	}
}

// tables are a query's, one a position, and the line they are read by but for
// base and threshold: ⟨q, s⟩ is about scale·sum + bias.
type tables struct {
	entries []byte // [pairs, 2, 16]
	scale   float32
	bias    float32
}

// largest is the sum that 16 bits hold.
const largest = math.MaxUint16

// fill makes the tables of a rotated query.
func (t *tables) fill(query []float32, pairs int) {
	if len(t.entries) != pairs*2*tableSize {
		t.entries = make([]byte, pairs*2*tableSize)
	}
	var widest, total float64
	for first := 0; first < len(query); first += positionDims {
		width := 0.0
		for _, x := range query[first:min(first+positionDims, len(query))] {
			width += 2 * math.Abs(float64(x))
		}
		widest, total = max(widest, width), total+width
	}
	// An entry is rounded by at most a half, so the sum of all stays in 16 bits.
	scale := max(widest/math.MaxUint8, total/float64(largest-2*pairs))
	t.scale, t.bias = float32(scale), float32(-total/2)
	inverse := float32(0)
	if scale > 0 {
		inverse = float32(1 / scale)
	}
	for position := range 2 * pairs {
		var above [positionDims]float32 // what a positive sign adds to a negative one's
		lowest := float32(0)
		for i := range above {
			if d := position*positionDims + i; d < len(query) {
				above[i] = 2 * query[d] * inverse
				lowest += min(0, above[i])
			}
		}
		entries := t.entries[position*tableSize:][:tableSize]
		for code := range entries {
			sum := -lowest
			for i, x := range above {
				if code>>i&1 == 1 {
					sum += x
				}
			}
			entries[code] = byte(sum + 0.5)
		}
	}
}
