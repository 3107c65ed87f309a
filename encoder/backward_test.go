package encoder

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/xla"
)

// TestBackwardAgreesWithAutodiff pulls a random gradient through small random
// models by hand and by GoMLX's automatic differentiation.
func TestBackwardAgreesWithAutodiff(t *testing.T) {
	backend, err := xla.Open(context.Background(), assets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, activation := range activations {
		for _, pooling := range []Pooling{MeanPooling, CLSPooling} {
			recompute := pooling == CLSPooling
			config := Config{VocabSize: 50, HiddenSize: 12, Layers: 2, Heads: 3, Intermediate: 20, MaxPositions: 16, TypeVocab: 2,
				Activation: activation, LayerNormEps: 1e-12, Pooling: pooling}
			if recompute { // and what other families have
				config.TypeVocab, config.PositionOffset, config.Relative = 0, 2, true
			}
			g := Network{Config: config, Recompute: recompute, shapes: config.weightShapes()}
			r := rand.New(rand.NewPCG(1, 2))
			noise := func(dims ...int) *tensors.Tensor {
				size := 1
				for _, d := range dims {
					size *= d
				}
				data := make([]float32, size)
				for i := range data {
					data[i] = float32(r.NormFloat64())
				}
				return tensors.FromFlatDataAndDimensions(data, dims...)
			}
			m := &Model{Network: g, tokenizer: huggingFace{}}
			batch := Batch{Bins: [][]int{{0, 1}, {2}}, Capacity: 3, Length: 10, Segments: 3}
			input := m.Lay(batch, [][]int32{{1, 2, 3, 2}, {4, 5, 6, 7, 8}, {9, 2, 11}})
			var args []any
			for range 2 { // weights, then sums to add to
				for _, w := range g.shapes {
					args = append(args, noise(w.Shape...))
				}
			}
			args = append(append(args, input.Tensors()...), noise(batch.Capacity, batch.Segments, config.HiddenSize))
			n := len(g.shapes)
			exec, err := NewExec(backend, func(in []*Node) []*Node {
				weights, sums, input, gradient := in[:n], in[n:2*n], in[2*n:2*n+InputCount], in[len(in)-1]
				vectors, kept := g.ForwardKeep(weights, input)
				auto := Gradient(ReduceAllSum(Mul(vectors, gradient)), weights...)
				var differences []*Node
				for i, by := range g.Backward(weights, sums, input, kept, gradient, 0) {
					want := Add(sums[i], auto[i])
					differences = append(differences, ReduceAllMax(Abs(Sub(by, want))), ReduceAllMax(Abs(want)))
				}
				return differences
			})
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Call(args...)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range g.shapes {
				difference, size := float64(tensors.ToScalar[float32](out[2*i])), float64(tensors.ToScalar[float32](out[2*i+1]))
				if !(difference <= 2e-5*math.Max(1, size)) {
					t.Errorf("%s, %s: gradient of %s is off by %g of %g", activation, pooling, w.Name, difference, size)
				}
			}
		}
	}
}
