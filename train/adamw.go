package train

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder"
)

// AdamW are the constants of the optimizer. Its decay is decoupled and applies to every weight.
// Source: Loshchilov and Hutter, arXiv 1711.05101; torch.optim.AdamW.
type AdamW struct {
	Beta1, Beta2, Epsilon, WeightDecay float64
}

// DefaultAdamW is PyTorch's.
var DefaultAdamW = AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01}

// graph is one step of the optimizer. Settings are [learning rate, clip factor, 1−β1ᵗ, √(1−β2ᵗ)].
func (a AdamW) graph(g encoder.Network, in []*Node) []*Node {
	n := len(g.WeightList())
	settings := in[4*n]
	setting := func(i int) *Node { return Squeeze(Slice(settings, AxisElem(i))) }
	rate, clip, correction1, correction2 := setting(0), setting(1), setting(2), setting(3)
	out := make([]*Node, 4*n)
	for i := range n {
		weight, first, second, gradient := in[i], in[n+i], in[2*n+i], Mul(in[3*n+i], clip)
		first = Add(MulScalar(first, a.Beta1), MulScalar(gradient, 1-a.Beta1))
		second = Add(MulScalar(second, a.Beta2), MulScalar(Mul(gradient, gradient), 1-a.Beta2))
		decayed := Sub(weight, Mul(weight, MulScalar(rate, a.WeightDecay)))
		denominator := AddScalar(Div(Sqrt(second), correction2), a.Epsilon)
		out[i] = Sub(decayed, Mul(Div(rate, correction1), Div(first, denominator)))
		out[n+i], out[2*n+i], out[3*n+i] = first, second, ZerosLike(gradient)
	}
	return out
}

// settings are what graph takes at update t, counted from 1.
func (a AdamW) settings(t int, rate, clip float64) []float32 {
	return []float32{
		float32(rate), float32(clip),
		float32(1 - math.Pow(a.Beta1, float64(t))),
		float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(t)))),
	}
}

func globalNorm(gradients []*Node) *Node {
	total := ScalarZero(gradients[0].Graph(), dtypes.Float32)
	for _, g := range gradients {
		total = Add(total, ReduceAllSum(Mul(g, g)))
	}
	return Sqrt(total)
}

// gradientNorm is the global norm of the summed gradients.
func (e *engine) gradientNorm() (float64, error) {
	out, err := e.norm.Call1(inputs(e.sums)...)
	if err != nil {
		return 0, err
	}
	norm := tensors.ToScalar[float32](out)
	return float64(norm), release(nil, out)
}

// apply updates the weights by the summed gradients times clip, and clears the sums.
func (e *engine) apply(rate, clip float64) error {
	e.finished++
	settings := tensors.FromFlatDataAndDimensions(e.adamW.settings(e.finished, rate, clip), 4)
	var args []any
	var err error
	for _, list := range [][]*tensors.Tensor{e.model.WeightTensors(), e.first, e.second, e.sums} {
		if args, err = e.donate(args, list); err != nil {
			return err
		}
	}
	out, err := e.update.Call(append(args, settings)...)
	if err != nil {
		return fmt.Errorf("updating the weights: %w", err)
	}
	n := len(e.sums)
	e.model.SetWeights(out[:n:n])
	e.first, e.second, e.sums = out[n:2*n:2*n], out[2*n:3*n:3*n], out[3*n:]
	return release(nil, settings)
}
