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
	model     *encoder.Model
	backend   compute.Backend
	plan      Plan
	budget    int64
	optimizer optimizer
	there     *Exec // weights, input → vectors, kept (fused)
	back      *Exec // weights, sums, input, gradient, kept → sums (fused)
	encode    *Exec // weights, input → vectors (cached)
	pull      *Exec // weights, sums, input, gradient → sums (cached)
	norm      *Exec // weights, state, sums → the global norm of what is moved
	update    *Exec // weights, state, sums, settings → weights, state, zeros
	add       *Exec // sums, others → sums
	clear     *Exec // sums → zeros
	devices   []*device
	state     []*tensors.Tensor // the optimizer's, in its list's order
	finished  int               // updates so far
}

func newEngine(m *encoder.Model, opts Options) (*engine, error) {
	o := optimizer{AdamW: opts.Optimizer, frozen: opts.FreezeBlocks, lora: opts.LoRA, average: opts.AverageDecay}
	m.Recompute = opts.Recompute
	e := &engine{model: m, backend: m.Backend(), optimizer: o, plan: opts.Plan, budget: opts.MemoryBudget}
	for _, program := range []struct {
		exec  **Exec
		name  string
		build func(g encoder.Network, in []*Node) []*Node
	}{
		{&e.there, "there", thereGraph},
		{&e.back, fmt.Sprint("back", o.frozen), backGraph(o.frozen)},
		{&e.encode, "pooled", func(g encoder.Network, in []*Node) []*Node { return thereGraph(g, in)[:1] }},
		{&e.pull, fmt.Sprint("pull", o.frozen), pullGraph(o.frozen)},
		{&e.norm, "norm" + o.String(), o.normGraph},
		{&e.update, "update" + o.String(), o.updateGraph},
		{&e.add, "add", func(_ encoder.Network, in []*Node) []*Node { return addGraph(in) }},
		{&e.clear, "clear", func(_ encoder.Network, in []*Node) []*Node { return clearGraph(in) }},
	} {
		var err error
		if *program.exec, err = m.Program(program.name, program.build); err != nil {
			return nil, err
		}
	}
	if err := e.openDevices(opts.Devices); err != nil {
		return nil, err
	}
	return e, e.begin(opts.Seed)
}

// begin sets the optimizer's state to a run's start.
func (e *engine) begin(seed uint64) error {
	list := e.optimizer.stateList(e.model.WeightList())
	var weights []encoder.Weight
	if e.optimizer.average > 0 || e.optimizer.lora.Rank > 0 {
		var err error
		if weights, err = e.model.Weights(); err != nil {
			return err
		}
	}
	e.optimizer.begin(list, weights, seed)
	for _, s := range list {
		e.state = append(e.state, tensors.FromFlatDataAndDimensions(s.Data, s.Shape...))
	}
	return nil
}

// thereGraph is the way there: the vectors, then what the way back needs.
func thereGraph(g encoder.Network, in []*Node) []*Node {
	n := len(g.WeightList())
	vectors, kept := g.ForwardKeep(in[:n], in[n:])
	return append([]*Node{vectors}, kept...)
}

// backGraph is the way back from what was kept, down to the frozen blocks.
func backGraph(frozen int) func(g encoder.Network, in []*Node) []*Node {
	return func(g encoder.Network, in []*Node) []*Node {
		weights, sums, input, gradient, kept := backInputs(g, in)
		return g.Backward(weights, sums, input, kept, gradient, frozen)
	}
}

// pullGraph is the way there and back in one program.
func pullGraph(frozen int) func(g encoder.Network, in []*Node) []*Node {
	return func(g encoder.Network, in []*Node) []*Node {
		weights, sums, input, gradient, _ := backInputs(g, in)
		_, kept := g.ForwardKeep(weights, input)
		return g.Backward(weights, sums, input, kept, gradient, frozen)
	}
}

func backInputs(g encoder.Network, in []*Node) (weights, sums, input []*Node, gradient *Node, kept []*Node) {
	n := len(g.WeightList())
	rest := in[2*n:]
	return in[:n], in[n : 2*n], rest[:encoder.InputCount], rest[encoder.InputCount], rest[encoder.InputCount+1:]
}

// gradientNorm is the global norm of the gradient of what is moved.
func (e *engine) gradientNorm() (float64, error) {
	args := inputs(e.model.WeightTensors())
	args = append(append(args, inputs(e.state)...), inputs(e.devices[0].sums)...)
	out, err := e.norm.Call1(args...)
	if err != nil {
		return 0, err
	}
	norm := tensors.ToScalar[float32](out)
	return float64(norm), release(nil, out)
}

// apply updates the weights by the summed gradients times clip, and clears the sums.
func (e *engine) apply(rate, clip float64) error {
	e.finished++
	first := e.devices[0]
	settings := tensors.FromFlatDataAndDimensions(e.optimizer.settings(e.finished, rate, clip), settingsCount)
	var args []any
	var err error
	for _, list := range [][]*tensors.Tensor{e.model.WeightTensors(), e.state, first.sums} {
		if args, err = e.donate(args, first, list); err != nil {
			return err
		}
	}
	out, err := e.update.Call(append(args, settings)...)
	if err != nil {
		return fmt.Errorf("updating the weights: %w", err)
	}
	n, k := len(first.sums), len(e.state)
	e.model.SetWeights(out[:n:n])
	e.state, first.sums = out[n:n+k:n+k], out[n+k:]
	return release(nil, settings)
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
