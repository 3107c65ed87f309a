package train

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// scores is the similarity matrix of a batch, and the way back from a
// gradient over it to one over the vectors.
type scores struct {
	queries, documents *mat.Dense // [Q, D], [N, D]; unit rows where cosine
	norms              []float64  // of the rows as they came, queries first; nil for dot
	temperature        float64
}

// newScores takes the vectors of a batch, queries first.
func newScores(vectors mat.Matrix, queries int, cosine bool, temperature float64) scores {
	rows, columns := vectors.Dims()
	s := scores{temperature: temperature}
	v := mat.DenseCopyOf(vectors)
	if cosine {
		s.norms = make([]float64, rows)
		for i := range rows {
			row := v.RawRowView(i)
			// A zero vector has no direction; it scores zero and gets no gradient.
			s.norms[i] = math.Max(math.Sqrt(dot(row, row)), 1e-12)
			for j := range row {
				row[j] /= s.norms[i]
			}
		}
	}
	s.queries = v.Slice(0, queries, 0, columns).(*mat.Dense)
	s.documents = v.Slice(queries, rows, 0, columns).(*mat.Dense)
	return s
}

// matrix is [Q, N], divided by the temperature.
func (s scores) matrix() *mat.Dense {
	var m mat.Dense
	m.Mul(s.queries, s.documents.T())
	m.Scale(1/s.temperature, &m)
	return &m
}

// gradient pulls a gradient over matrix back to the vectors, queries first.
func (s scores) gradient(over *mat.Dense) *mat.Dense {
	queries, columns := s.queries.Dims()
	documents, _ := s.documents.Dims()
	out := mat.NewDense(queries+documents, columns, nil)
	out.Slice(0, queries, 0, columns).(*mat.Dense).Mul(over, s.documents)
	out.Slice(queries, queries+documents, 0, columns).(*mat.Dense).Mul(over.T(), s.queries)
	out.Scale(1/s.temperature, out)
	for i, norm := range s.norms {
		unit := s.documents.RawRowView
		row := i - queries
		if i < queries {
			unit, row = s.queries.RawRowView, i
		}
		throughNorm(out.RawRowView(i), unit(row), norm)
	}
	return out
}

// throughNorm pulls a gradient over a unit vector back to the vector it is the direction of, in place.
func throughNorm(gradient, unit []float64, norm float64) {
	along := dot(gradient, unit)
	for j := range gradient {
		gradient[j] = (gradient[j] - along*unit[j]) / norm
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
