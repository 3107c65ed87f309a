package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
	"gonum.org/v1/gonum/mat"
)

// TestObjectiveAgreesWithFiniteDifferences holds the gradient over the vectors
// and the slope over the temperature's logarithm, for cosine and dot, one
// width and several, one loss and a sum.
func TestObjectiveAgreesWithFiniteDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	const queries, documents, hidden = 3, 7, 6
	b := &batch{queries: queries, documents: documents, grades: mat.NewDense(queries, documents, nil)}
	b.grades.Apply(func(_, _ int, _ float64) float64 { return float64(r.IntN(5) - 1) }, b.grades)
	vectors := mat.NewDense(queries+documents, hidden, nil)
	vectors.Apply(func(_, _ int, _ float64) float64 { return r.NormFloat64() }, vectors)
	for _, similarity := range []string{"cosine", "dot"} {
		for _, widths := range [][]int{nil, {2, 4, 6}} {
			for _, name := range []string{"infonce", "ws2+0.5*listnet"} {
				tr := &trainer{model: &encoder.Model{}, temperature: temperature{Value: 0.4}}
				tr.model.Similarity = similarity
				tr.opts.Loss, tr.opts.Dimensions = only(name), widths
				got := tr.objective(vectors, b)
				const step = 1e-6
				for i := range queries + documents {
					for j := range hidden {
						at := vectors.At(i, j)
						vectors.Set(i, j, at+step)
						above := tr.objective(vectors, b).value
						vectors.Set(i, j, at-step)
						below := tr.objective(vectors, b).value
						vectors.Set(i, j, at)
						if want := (above - below) / (2 * step); math.Abs(got.gradient.At(i, j)-want) > 1e-6 {
							t.Errorf("%s %s %v: gradient at %d,%d is %g, finite differences give %g", similarity, name, widths, i, j, got.gradient.At(i, j), want)
						}
					}
				}
				tr.temperature.Value = 0.4 * math.Exp(step)
				above := tr.objective(vectors, b).value
				tr.temperature.Value = 0.4 * math.Exp(-step)
				below := tr.objective(vectors, b).value
				if want := (above - below) / (2 * step); math.Abs(got.slope-want) > 1e-6 {
					t.Errorf("%s %s %v: slope over the temperature is %g, finite differences give %g", similarity, name, widths, got.slope, want)
				}
			}
		}
	}
}

func TestLearnedTemperatureGoesDownhill(t *testing.T) {
	t1 := temperature{Value: 0.1, Learned: true}
	t1.update(DefaultAdamW, 2, 1) // the loss grows with the temperature
	if want := 0.1 * math.Exp(-temperatureRate); math.Abs(t1.Value-want) > 1e-6 {
		t.Errorf("temperature %g, want %g", t1.Value, want)
	}
	for range 10_000 {
		t1.update(DefaultAdamW, 2, 1)
	}
	if t1.Value != lowestTemperature {
		t.Errorf("temperature %g, want it held at %g", t1.Value, lowestTemperature)
	}
	fixed := temperature{Value: 0.1}
	fixed.update(DefaultAdamW, 2, 1)
	if fixed.Value != 0.1 {
		t.Errorf("a fixed temperature moved to %g", fixed.Value)
	}
}
