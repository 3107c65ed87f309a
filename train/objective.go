package train

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// outcome is the loss of a batch and the way back from it.
type outcome struct {
	value    float64
	terms    []float64  // of the loss's sum, not weighted
	gradient *mat.Dense // over the vectors, [rows, hidden]
	slope    float64    // over the logarithm of the temperature
}

// objective takes the loss over a batch's vectors, queries first: the mean over
// the widths, each of which looks at the vectors' first dimensions alone
// (Matryoshka training; Kusupati et al., arXiv 2205.13147).
func (t *trainer) objective(vectors *mat.Dense, b *batch) outcome {
	rows, hidden := vectors.Dims()
	widths := t.opts.Dimensions
	if len(widths) == 0 {
		widths = []int{hidden}
	}
	share := 1 / float64(len(widths))
	out := outcome{terms: make([]float64, len(t.opts.Loss)), gradient: mat.NewDense(rows, hidden, nil)}
	for _, width := range widths {
		scores := newScores(vectors.Slice(0, rows, 0, width), b.queries, t.cosine(), t.temperature.value())
		matrix := scores.matrix()
		values, over := t.opts.Loss.Of(matrix, b.grades)
		for i, v := range values {
			out.terms[i] += share * v
		}
		over.Scale(share, over)
		out.slope -= inner(over, matrix) // the scores are similarities over the temperature
		into := out.gradient.Slice(0, rows, 0, width).(*mat.Dense)
		into.Add(into, scores.gradient(over))
	}
	out.value = t.opts.Loss.Total(out.terms)
	return out
}

// check says which term of the loss is not finite, and on which queries.
func (o outcome) check(t *trainer, b *batch) error {
	for i, v := range o.terms {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("the loss %s is %g on %s; a lower learning rate or a higher temperature may help", t.opts.Loss[i].Name, v, b.name())
		}
	}
	return nil
}

// name names a batch by its queries, the first of them where they are many.
func (b *batch) name() string {
	const most = 8
	if len(b.ids) <= most {
		return "queries " + strings.Join(b.ids, ", ")
	}
	return fmt.Sprintf("queries %s and %d more", strings.Join(b.ids[:most], ", "), len(b.ids)-most)
}

// inner is the sum of the products of two matrices' elements.
func inner(a, b *mat.Dense) float64 {
	rows, _ := a.Dims()
	sum := 0.0
	for i := range rows {
		sum += dot(a.RawRowView(i), b.RawRowView(i))
	}
	return sum
}
