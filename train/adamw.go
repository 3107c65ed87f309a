package train

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// AdamW are the constants of the optimizer. Its decay is decoupled.
// Source: Loshchilov and Hutter, arXiv 1711.05101; torch.optim.AdamW.
type AdamW struct {
	Beta1, Beta2, Epsilon, WeightDecay float64
	// DecayMatricesOnly keeps the decay off biases and norms, which have one axis.
	DecayMatricesOnly bool
}

// DefaultAdamW is PyTorch's: every weight decays.
var DefaultAdamW = AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01}

// settings of an update: [learning rate, clip factor, 1−β1ᵗ, √(1−β2ᵗ)].
type settings struct{ rate, clip, correction1, correction2 *Node }

const settingsCount = 4

func readSettings(in *Node) settings {
	at := func(i int) *Node { return Squeeze(Slice(in, AxisElem(i))) }
	return settings{at(0), at(1), at(2), at(3)}
}

// settings are what readSettings takes at update t, counted from 1.
func (a AdamW) settings(t int, rate, clip float64) []float32 {
	return []float32{
		float32(rate), float32(clip),
		float32(1 - math.Pow(a.Beta1, float64(t))),
		float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(t)))),
	}
}

// move is one update of a weight: its new value and its new moments.
func (a AdamW) move(weight, first, second, gradient *Node, s settings) (w, f, v *Node) {
	gradient = Mul(gradient, s.clip)
	first = Add(MulScalar(first, a.Beta1), MulScalar(gradient, 1-a.Beta1))
	second = Add(MulScalar(second, a.Beta2), MulScalar(Mul(gradient, gradient), 1-a.Beta2))
	if !a.DecayMatricesOnly || weight.Rank() > 1 {
		weight = Sub(weight, Mul(weight, MulScalar(s.rate, a.WeightDecay)))
	}
	denominator := AddScalar(Div(Sqrt(second), s.correction2), a.Epsilon)
	return Sub(weight, Mul(Div(s.rate, s.correction1), Div(first, denominator))), first, second
}
