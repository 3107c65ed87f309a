package index

// Filters estimate, of a row x and a query q, the inner product q·x, and with
// Euclidean q·x - |x|²/2, which is the greater the nearer they are. An
// estimate comes with an error such that of two rows the one whose estimate
// plus error is below the other's estimate minus error has the lower score,
// as rounded to float32. docs/search.md has the proof.

// roundings bounds, in parts of |q||x|, what the roundings of an estimate to
// float32 (at most 8), those of its error, and that of the exact score to
// float32 come to: 16 units of 2^-24. tiny bounds what is lost below the smallest float32.
const (
	roundings          = 0x1p-20
	euclideanRoundings = 2 * roundings // of (|q|+|x|)², which is at most 2|q|²+2|x|²
	tiny               = 0x1p-100
)

// codeErrors are the terms of the error of an estimate from codes, for a query
// that has a code too:
//
//	rest·a + m·b + c + m²·d, where m = length + rest
type codeErrors struct{ a, b, c, d float32 }

// newCodeErrors takes the query's length and that of what its code leaves out.
func newCodeErrors(s Similarity, length, rest float64) codeErrors {
	whole := length + rest
	e := codeErrors{a: up(length * (1 + roundings)), b: up(rest*(1+roundings) + whole*roundings), c: tiny}
	if s == Euclidean {
		e.c = up(euclideanRoundings*whole*whole + tiny)
		e.d = euclideanRoundings
	}
	return e
}

func (e codeErrors) of(b bound) float32 {
	m := b.length + b.rest
	return b.rest*e.a + m*e.b + e.c + m*m*e.d
}

// sumError is the error of an inner product summed in float32 in whatever
// order, for rows up to a length. Source: Higham, Accuracy and Stability of
// Numerical Algorithms, section 3.1: n roundings come to at most γ = nu/(1-nu) of |q||x|.
func sumError(s Similarity, dim int, query, longest float64) float32 {
	n := float64(dim+2) * 0x1p-24
	whole := query * longest
	if s == Euclidean {
		whole = (query + longest) * (query + longest)
	}
	return up((n/(1-n)+2*roundings)*whole + tiny)
}
