package encoder

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Precision is what the operands of a model's matrix products are rounded to.
// Everything else, the weights that are trained and saved among it, is float32.
type Precision string

// The precisions. Vectors of one model in different ones lie in one space.
const (
	Float32  Precision = "float32"  // as is ""
	BFloat16 Precision = "bfloat16" // sums in float32
	// Int8 is for encoding alone: a dense layer's weights are whole numbers up to 127
	// times a scale for each output, its input so for each token, its sums exact.
	Int8 Precision = "int8"
)

// ParsePrecision reads a precision's name.
func ParsePrecision(name string) (Precision, error) {
	switch p := Precision(name); p {
	case Float32, BFloat16, Int8:
		return p, nil
	}
	return "", fmt.Errorf("unknown precision %q; want %s, %s or %s", name, Float32, BFloat16, Int8)
}

func (p Precision) exact() bool { return p == "" || p == Float32 }

// denseProduct is x·Wᵀ for x [tokens, in] and the weight W [out, in] of a name.
func (b bert) denseProduct(x *Node, name string) *Node {
	w := b.weight(name)
	if b.Precision != Int8 {
		return b.product(x, []int{1}, nil, w, []int{1}, nil)
	}
	steps, scale := quantize(x)
	sums := Dot(steps, w).WithOutputDType(dtypes.Int32).General([]int{1}, nil, []int{1}, nil)
	return Mul(ConvertDType(sums, dtypes.Float32), Mul(scale, InsertAxes(b.weight(name+scaleSuffix), 0)))
}

// product is DotGeneral over operands rounded to bfloat16 where the precision is not float32.
func (b bert) product(x *Node, contracted, batch []int, y *Node, yContracted, yBatch []int) *Node {
	if b.exact() {
		return DotGeneral(x, contracted, batch, y, yContracted, yBatch)
	}
	half := func(n *Node) *Node { return ConvertDType(n, dtypes.BFloat16) }
	return Dot(half(x), half(y)).WithOutputDType(dtypes.Float32).General(contracted, batch, yContracted, yBatch)
}

// quantize rounds rows [n, m] to whole numbers between -127 and 127, as int8;
// scale [n, 1] times them is the rows again.
func quantize(x *Node) (steps, scale *Node) {
	scale = MulScalar(MaxScalar(ReduceAndKeep(Abs(x), ReduceMax, 1), 1e-30), 1.0/127)
	return ConvertDType(Round(Mul(x, Inverse(scale))), dtypes.Int8), scale
}

// scaleSuffix ends the name of an int8 weight's scales [out].
const scaleSuffix = ".scale"

// encodingShapes lists the weights that encoding takes: in int8, a dense
// layer's is followed by its scales.
func (g Network) encodingShapes() []Weight {
	if g.Precision != Int8 {
		return g.shapes
	}
	var list []Weight
	for _, w := range g.shapes {
		list = append(list, w)
		if isDense(w) {
			list = append(list, Weight{Name: w.Name + scaleSuffix, Shape: w.Shape[:1]})
		}
	}
	return list
}

// isDense tells a dense layer's matrix from biases, norms and embedding tables.
func isDense(w Weight) bool {
	return strings.HasPrefix(w.Name, LayerPrefix) && len(w.Shape) == 2
}

// encodingWeights are the weights as EncodeProgram takes them: where the
// precision is not float32, rounded once.
func (m *Model) encodingWeights() ([]*tensors.Tensor, error) {
	if m.exact() {
		return m.weights, nil
	}
	m.rounding.Lock()
	defer m.rounding.Unlock()
	if m.rounded != nil {
		return m.rounded, nil
	}
	program, err := m.Program("round", func(g Network, weights []*Node) []*Node {
		var out []*Node
		for i, w := range g.shapes {
			switch {
			case !isDense(w):
				out = append(out, Identity(weights[i]))
			case g.Precision == BFloat16:
				out = append(out, ConvertDType(weights[i], dtypes.BFloat16))
			default:
				steps, scale := quantize(weights[i])
				out = append(out, steps, Squeeze(scale, 1))
			}
		}
		return out
	})
	if err != nil {
		return nil, err
	}
	m.rounded, err = program.Call(asInputs(m.weights)...)
	return m.rounded, err
}
