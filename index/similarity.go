package index

import (
	"fmt"
	"math"
)

// Similarity is how near a row is to a query.
type Similarity string

// The similarities there are.
const (
	Cosine    Similarity = "cosine"
	Dot       Similarity = "dot"
	Euclidean Similarity = "euclidean" // the score is the distance, negative
)

func (s Similarity) check() error {
	if s != Cosine && s != Dot && s != Euclidean {
		return fmt.Errorf("similarity: want %s, %s or %s, got %q", Cosine, Dot, Euclidean, s)
	}
	return nil
}

// maxLength bounds the lengths of vectors, so that no sum of products overflows float32.
const maxLength = 1 << 60

// CheckVector wants dim finite numbers, and not too long a vector.
func CheckVector(vector []float32, dim int) error {
	if len(vector) != dim {
		return fmt.Errorf("want %d dimensions, got %d", dim, len(vector))
	}
	for i, x := range vector {
		if x-x != 0 { // NaN or infinite
			return fmt.Errorf("want finite numbers, got %v in dimension %d", x, i)
		}
	}
	if length := norm(vector); length > maxLength {
		return fmt.Errorf("want a length of at most %g, got %g", float64(maxLength), length)
	}
	return nil
}

// longer makes of a length that was summed in float64 one that is no less than
// the true one: n roundings come to n·2^-53 of the sum of squares, half of that in its root, and n is at most maxDim.
const longer = 1 + 0x1p-36

// norm is the Euclidean length, summed in float64, where float32 cannot overflow.
func norm(vector []float32) float64 {
	sum := 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

// unit is a copy of length 1; of a vector of zeros it is one of zeros, as near to every row.
func unit(vector []float32) []float32 {
	scaled := make([]float32, len(vector))
	if length := norm(vector); length > 0 {
		for d, x := range vector {
			scaled[d] = float32(float64(x) / length)
		}
	}
	return scaled
}

// up is a float32 that is no less than x.
func up(x float64) float32 {
	rounded := float32(x)
	if float64(rounded) < x {
		rounded = math.Nextafter32(rounded, float32(math.Inf(1)))
	}
	return rounded
}
