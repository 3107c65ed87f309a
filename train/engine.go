package train

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder"
)

// engine is the device side of a step. A step encodes its micro-batches, takes
// the loss over all their vectors on the host, and pulls the loss's gradient
// back through each micro-batch. There are two plans with the same numbers:
//   - fused: what the way back needs is kept on the device from the way there
//   - cached: each micro-batch is encoded again on the way back (gradient
//     caching, Gao et al., arXiv 2101.06983); memory is one micro-batch's,
//     whatever the number of queries in a step
type engine struct {
	model    *encoder.Model
	backend  compute.Backend
	plan     Plan
	budget   int64
	there    *Exec             // weights, input → vectors, kept (fused)
	back     *Exec             // weights, sums, input, gradient, kept → sums (fused)
	encode   *Exec             // weights, input → vectors (cached)
	pull     *Exec             // weights, sums, input, gradient → sums (cached)
	norm     *Exec             // sums → their global norm
	update   *Exec             // weights, first moments, second moments, sums, settings → weights, moments, zeros
	sums     []*tensors.Tensor // gradients of the step so far
	first    []*tensors.Tensor
	second   []*tensors.Tensor
	adamW    AdamW
	finished int // updates so far
}

func newEngine(m *encoder.Model, opts Options) (*engine, error) {
	e := &engine{model: m, backend: m.Backend(), adamW: opts.Optimizer, plan: opts.Plan, budget: opts.MemoryBudget}
	for _, program := range []struct {
		exec  **Exec
		name  string
		build func(g encoder.Network, in []*Node) []*Node
	}{
		{&e.there, "there", thereGraph},
		{&e.back, "back", backGraph},
		{&e.encode, "pooled", func(g encoder.Network, in []*Node) []*Node { return thereGraph(g, in)[:1] }},
		{&e.pull, "pull", pullGraph},
		{&e.norm, "norm", func(_ encoder.Network, in []*Node) []*Node { return []*Node{globalNorm(in)} }},
		{&e.update, fmt.Sprint("update", e.adamW), e.adamW.graph},
	} {
		var err error
		if *program.exec, err = m.Program(program.name, program.build); err != nil {
			return nil, err
		}
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

// thereGraph is the way there: the vectors, then what the way back needs.
func thereGraph(g encoder.Network, in []*Node) []*Node {
	n := len(g.WeightList())
	vectors, kept := g.ForwardKeep(in[:n], in[n:])
	return append([]*Node{vectors}, kept...)
}

// backGraph is the way back from what was kept.
func backGraph(g encoder.Network, in []*Node) []*Node {
	weights, sums, input, gradient, kept := backInputs(g, in)
	return g.Backward(weights, sums, input, kept, gradient)
}

// pullGraph is the way there and back in one program.
func pullGraph(g encoder.Network, in []*Node) []*Node {
	weights, sums, input, gradient, _ := backInputs(g, in)
	_, kept := g.ForwardKeep(weights, input)
	return g.Backward(weights, sums, input, kept, gradient)
}

func backInputs(g encoder.Network, in []*Node) (weights, sums, input []*Node, gradient *Node, kept []*Node) {
	n := len(g.WeightList())
	rest := in[2*n:]
	return in[:n], in[n : 2*n], rest[:encoder.InputCount], rest[encoder.InputCount], rest[encoder.InputCount+1:]
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
func release(err error, list ...finalizer) error {
	for _, t := range list {
		if failed := t.FinalizeAll(); err == nil {
			err = failed
		}
	}
	return err
}

type finalizer interface{ FinalizeAll() error }

func finalizers(list []*tensors.Tensor) []finalizer {
	out := make([]finalizer, len(list))
	for i, t := range list {
		out[i] = t
	}
	return out
}
