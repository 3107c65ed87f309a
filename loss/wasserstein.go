package loss

import (
	"gonum.org/v1/gonum/mat"
)

// WS2 is the squared 2-Wasserstein distance between the batch's softmaxed
// scores and softmaxed grades, both taken as Gaussian clouds with one point
// per query:
//
//	‖μs − μg‖² + tr(Cs) + tr(Cg) − 2 tr((Cs^½ Cg Cs^½)^½)
//
// With the centred points as the rows of X and Y, the covariances are
// XᵀX/(Q−1) and YᵀY/(Q−1), and the last trace is the nuclear norm of the Q×Q
// matrix XYᵀ over Q−1: no N×N matrix is ever formed, and nothing is added
// under a square root.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N]; in-batch documents of other queries have grade 0
//
// A masked document has no share in its query's points, those of other queries
// are taken as ever. A batch of one query has no covariance: only the means count. Permuting the
// rows of the scores does not change the value: WS2 alone does not bind a
// query to its own list.
// Source: arXiv 2503.23239, section 3; the nuclear-norm form is ours.
func WS2(scores, grades *mat.Dense) (float64, *mat.Dense) {
	queries, documents := scores.Dims()
	p := softmaxRows(scores, grades)
	x, meanP := centre(p)
	y, meanG := centre(softmaxRows(grades, grades))

	value := 0.0
	gradient := mat.NewDense(queries, documents, nil) // over p, until the softmax is pulled through
	for j := range documents {
		difference := meanP[j] - meanG[j]
		value += difference * difference
		for i := range queries {
			gradient.Set(i, j, 2*difference/float64(queries))
		}
	}
	if queries > 1 {
		n := float64(queries - 1)
		var cross mat.Dense
		cross.Mul(x, y.T())
		nuclear, polar := nuclearNorm(&cross)
		value += (sumOfSquares(x) + sumOfSquares(y) - 2*nuclear) / n

		// d‖X‖² = 2X and d‖XYᵀ‖⁎ = UY with U the polar factor of XYᵀ. Both are
		// already centred, so centring passes them on unchanged: the columns of
		// X and of UY sum to zero (1ᵀX = 0, hence 1ᵀU = 0 on the range).
		var aligned mat.Dense
		aligned.Mul(polar, y)
		gradient.Apply(func(i, j int, g float64) float64 {
			return g + 2*(x.At(i, j)-aligned.At(i, j))/n
		}, gradient)
	}
	throughSoftmax(gradient, p)
	return value, gradient
}

// centre returns m less its column means, and the means.
func centre(m *mat.Dense) (*mat.Dense, []float64) {
	rows, columns := m.Dims()
	means := make([]float64, columns)
	for i := range rows {
		for j, v := range m.RawRowView(i) {
			means[j] += v / float64(rows)
		}
	}
	centred := mat.NewDense(rows, columns, nil)
	for i := range rows {
		row := m.RawRowView(i)
		for j, out := 0, centred.RawRowView(i); j < columns; j++ {
			out[j] = row[j] - means[j]
		}
	}
	return centred, means
}

// nuclearNorm returns the sum of the singular values of a square matrix and
// its gradient, the polar factor UVᵀ over the directions that are not null.
func nuclearNorm(a *mat.Dense) (float64, *mat.Dense) {
	n, _ := a.Dims()
	polar := mat.NewDense(n, n, nil)
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDFull) {
		// The iteration fails on NaN and infinity alone; let them be seen.
		polar.Apply(func(i, j int, _ float64) float64 { return a.At(0, 0) - a.At(0, 0) }, polar)
		return mat.Sum(a), polar
	}
	values := svd.Values(nil)
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sum := 0.0
	for k, s := range values {
		sum += s
		if s <= nullShare*values[0] {
			continue // a null direction has no one gradient; zero is a subgradient
		}
		polar.RankOne(polar, 1, u.ColView(k), v.ColView(k))
	}
	return sum, polar
}

// nullShare is the size of a singular value, beside the largest, below which
// its direction is rounding noise.
const nullShare = 1e-12

func sumOfSquares(m *mat.Dense) float64 {
	rows, _ := m.Dims()
	sum := 0.0
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			sum += v * v
		}
	}
	return sum
}
