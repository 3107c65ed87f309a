// Package loss holds list-wise losses over a batch's scores and grades.
//
// A loss is where a grade becomes a gradient: it takes the matrix of scores of
// a batch and the grades beside it, and returns its value and the gradient
// over the scores. It runs on the host in float64: the matrix is small beside
// the encoder's work, and the code stays the formula.
package loss

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Masked is the grade of a document that has no place in a query's list:
// neither a positive nor a negative. Every loss leaves it out of the row, and
// its gradient is zero.
const Masked = -1

// Func is a list-wise loss of a batch of Q queries by N documents.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N], 0 and up, or Masked; in-batch documents of other queries
//     have grade 0, or are masked, by the trainer's choice
//
// It returns the mean loss and its gradient over scores, [Q, N]. The
// arguments are not changed. A Func is a pure function, safe for concurrent use.
type Func func(scores, grades *mat.Dense) (value float64, gradient *mat.Dense)

// softmax writes the softmax of in to out, which may be the same slice.
func softmax(in, out []float64) {
	top := slices.Max(in)
	sum := 0.0
	for i, x := range in {
		out[i] = math.Exp(x - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
}

// softmaxRows is the softmax of each row of m over what the grades do not mask, zero elsewhere.
func softmaxRows(m, grades *mat.Dense) *mat.Dense {
	rows, columns := m.Dims()
	out := mat.NewDense(rows, columns, nil)
	var l list
	for i := range rows {
		l.take(m.RawRowView(i), grades.RawRowView(i))
		if len(l.scores) == 0 {
			continue
		}
		softmax(l.scores, l.gradient)
		l.putBack(out.RawRowView(i))
	}
	return out
}

// throughSoftmax pulls a gradient over probabilities back to the scores they
// are the row-wise softmax of, in place: g ← p ∘ (g − ⟨g, p⟩).
func throughSoftmax(gradient, probabilities *mat.Dense) {
	rows, _ := gradient.Dims()
	for i := range rows {
		g, p := gradient.RawRowView(i), probabilities.RawRowView(i)
		mean := 0.0
		for j := range g {
			mean += g[j] * p[j]
		}
		for j := range g {
			g[j] = p[j] * (g[j] - mean)
		}
	}
}
