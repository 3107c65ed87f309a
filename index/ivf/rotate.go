package ivf

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// rotation is a random orthogonal matrix that is never written down: signs are
// turned at random and a Hadamard transform mixes the first dimensions, then
// again the last, and so on. It spreads any vector evenly over the dimensions,
// which is what its signs alone are to be read from.
type rotation struct {
	signs  [rounds][]float32 // 1 and -1, scaled by the transform's 1/√width
	starts [rounds]int
	width  int // a power of two
}

const rounds = 4

func newRotation(dim int, seed int64) *rotation {
	r := &rotation{width: 1 << (bits.Len(uint(dim)) - 1)}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x726f74617465))
	scale := float32(1 / math.Sqrt(float64(r.width)))
	for round := range rounds {
		if round%2 == 1 {
			r.starts[round] = dim - r.width
		}
		signs := make([]float32, dim)
		for d := range signs {
			signs[d] = 1 - 2*float32(rng.IntN(2))
			if d >= r.starts[round] && d < r.starts[round]+r.width {
				signs[d] *= scale
			}
		}
		r.signs[round] = signs
	}
	return r
}

// apply rotates the vector in its place.
func (r *rotation) apply(vector []float32) {
	for round, signs := range r.signs {
		for d, s := range signs {
			vector[d] *= s
		}
		hadamard(vector[r.starts[round]:][:r.width])
	}
}

// hadamard is the transform by the matrix of that name, not scaled; len(v) is a power of two.
func hadamard(v []float32) {
	for half := 1; half < len(v); half *= 2 {
		for first := 0; first < len(v); first += 2 * half {
			a, b := v[first:first+half], v[first+half:first+2*half]
			b = b[:len(a)]
			for i, x := range a {
				y := b[i]
				a[i], b[i] = x+y, x-y
			}
		}
	}
}
