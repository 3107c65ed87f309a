package train

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder"
	"gonum.org/v1/gonum/mat"
)

// engine is the device side of a step. Its plan is the cached one (Gao et al.,
// arXiv 2101.06983): encode all micro-batches, take the loss and its gradient
// on the host, then encode each micro-batch again and pull its part of the
// gradient through. Memory is that of one micro-batch, whatever the number of
// queries in a step.
type engine struct {
	model    *encoder.Model
	backend  compute.Backend
	encode   *Exec             // weights, ids, counts → vectors
	pull     *Exec             // weights, sums, ids, counts, gradient of vectors → sums
	norm     *Exec             // sums → their global norm
	update   *Exec             // weights, first moments, second moments, sums, settings → weights, moments, zeros
	sums     []*tensors.Tensor // gradients of the step so far
	first    []*tensors.Tensor
	second   []*tensors.Tensor
	adamW    AdamW
	finished int // updates so far
}

// AdamW are the constants of the optimizer. Its decay is decoupled and applies to every weight.
// Source: Loshchilov and Hutter, arXiv 1711.05101; torch.optim.AdamW.
type AdamW struct {
	Beta1, Beta2, Epsilon, WeightDecay float64
}

// DefaultAdamW is PyTorch's.
var DefaultAdamW = AdamW{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.01}

func newEngine(m *encoder.Model, adamW AdamW) (*engine, error) {
	e := &engine{model: m, backend: m.Backend(), adamW: adamW}
	var err error
	if e.encode, err = m.EncodeProgram(); err != nil {
		return nil, err
	}
	if e.pull, err = m.Program("pull", pullGraph); err != nil {
		return nil, err
	}
	if e.norm, err = m.Program("norm", func(_ encoder.Network, in []*Node) []*Node { return []*Node{globalNorm(in)} }); err != nil {
		return nil, err
	}
	if e.update, err = m.Program(fmt.Sprint("update", adamW), adamW.graph); err != nil {
		return nil, err
	}
	e.sums, e.first, e.second = e.zeros(), e.zeros(), e.zeros()
	return e, nil
}

func (e *engine) zeros() []*tensors.Tensor {
	var list []*tensors.Tensor
	for _, w := range e.model.WeightList() {
		size := 1
		for _, d := range w.Shape {
			size *= d
		}
		list = append(list, tensors.FromFlatDataAndDimensions(make([]float32, size), w.Shape...))
	}
	return list
}

// pullGraph adds to the sums the gradient over the weights of ⟨vectors, gradient⟩.
func pullGraph(g encoder.Network, in []*Node) []*Node {
	n := len(g.WeightList())
	weights, sums, input, gradient := in[:n], in[n:2*n], in[2*n:len(in)-1], in[len(in)-1]
	out := Gradient(ReduceAllSum(Mul(g.Forward(weights, input), gradient)), weights...)
	for i := range out {
		out[i] = Add(sums[i], out[i])
	}
	return out
}

func globalNorm(gradients []*Node) *Node {
	total := ScalarZero(gradients[0].Graph(), dtypes.Float32)
	for _, g := range gradients {
		total = Add(total, ReduceAllSum(Mul(g, g)))
	}
	return Sqrt(total)
}

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

// vectors encodes a batch: [rows, hidden], queries first.
func (e *engine) vectors(b *batch) (*mat.Dense, error) {
	out := mat.NewDense(len(b.rows), e.model.Dimensions(), nil)
	for _, micro := range b.micro {
		input := e.model.Lay(micro, b.rows)
		result, err := e.encode.Call1(append(inputs(e.model.WeightTensors()), input.Tensors()...)...)
		if err != nil {
			return nil, fmt.Errorf("encoding %d bins of %d tokens: %w", micro.Capacity, micro.Length, err)
		}
		err = tensors.ConstFlatData(result, func(flat []float32) {
			micro.Each(func(row, at int) {
				target := out.RawRowView(row)
				for j := range target {
					target[j] = float64(flat[at*len(target)+j])
				}
			})
		})
		if err := release(err, input, result); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// backward adds a batch's gradients to the sums; gradient is over vectors' result.
func (e *engine) backward(b *batch, gradient *mat.Dense) error {
	hidden := e.model.Dimensions()
	for _, micro := range b.micro {
		flat := make([]float32, micro.Capacity*micro.Segments*hidden)
		micro.Each(func(row, at int) {
			for j, g := range gradient.RawRowView(row) {
				flat[at*hidden+j] = float32(g)
			}
		})
		over := tensors.FromFlatDataAndDimensions(flat, micro.Capacity, micro.Segments, hidden)
		args, err := e.donate(inputs(e.model.WeightTensors()), e.sums)
		if err != nil {
			return err
		}
		input := e.model.Lay(micro, b.rows)
		if e.sums, err = e.pull.Call(append(append(args, input.Tensors()...), over)...); err != nil {
			return fmt.Errorf("gradients of %d bins of %d tokens: %w", micro.Capacity, micro.Length, err)
		}
		if err := release(nil, input, over); err != nil {
			return err
		}
	}
	return nil
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

// donate appends the tensors' buffers, which the program may write into; the tensors are gone afterwards.
func (e *engine) donate(args []any, list []*tensors.Tensor) ([]any, error) {
	for _, t := range list {
		buffer, err := DonateTensorBuffer(t, e.backend, 0)
		if err != nil {
			return nil, err
		}
		args = append(args, buffer)
	}
	return args, nil
}

func inputs(list []*tensors.Tensor) []any {
	args := make([]any, len(list), 2*len(list)+4)
	for i, t := range list {
		args[i] = t
	}
	return args
}

// release frees tensors' memory at once, not when the collector gets there.
func release(err error, list ...interface{ FinalizeAll() error }) error {
	for _, t := range list {
		if failed := t.FinalizeAll(); err == nil {
			err = failed
		}
	}
	return err
}
