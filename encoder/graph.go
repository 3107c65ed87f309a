package encoder

import (
	"fmt"
	"sync"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Each calls f with each row of the batch and its place among the graph's
// vectors, which are [capacity, segments, hidden].
func (b Batch) Each(f func(row, at int)) {
	for i, bin := range b.Bins {
		for j, row := range bin {
			f(row, i*b.Segments+j)
		}
	}
}

// Input is a batch as the graph takes it.
type Input struct {
	ids       *tensors.Tensor // [capacity, length] int32 token ids
	positions *tensors.Tensor // [capacity, length] int32, from 0 in each row
	segments  *tensors.Tensor // [capacity, length] int32: 1 for the bin's first row and so on, 0 for padding
	counter   *tensors.Tensor // [segments] int32: 1, 2, …
}

// InputCount is the number of tensors an Input has.
const InputCount = 4

// Tensors are the input's tensors in Forward's order.
func (in Input) Tensors() []any { return []any{in.ids, in.positions, in.segments, in.counter} }

// FinalizeAll frees the tensors at once. An Input that was never laid has none.
func (in Input) FinalizeAll() error {
	if in.ids == nil {
		return nil
	}
	return firstOf(in.ids.FinalizeAll(), in.positions.FinalizeAll(), in.segments.FinalizeAll(), in.counter.FinalizeAll())
}

// Lay lays a batch's rows of token ids out.
func (m *Model) Lay(b Batch, rows [][]int32) Input {
	ids, positions, segments := make([]int32, b.Tokens()), make([]int32, b.Tokens()), make([]int32, b.Tokens())
	if pad := m.tokenizer.PadID(); pad != 0 {
		for i := range ids {
			ids[i] = pad
		}
	}
	for i, bin := range b.Bins {
		at := i * b.Length
		for j, row := range bin {
			position := int32(0)
			for _, id := range rows[row] {
				ids[at], positions[at], segments[at] = id, position, int32(j+1)
				if int(id) == m.PositionOffset-1 {
					positions[at] = -1 // RoBERTa gives a padding token in a text the row of its id, and does not count it
				} else {
					position++
				}
				at++
			}
		}
	}
	counter := make([]int32, b.Segments)
	for i := range counter {
		counter[i] = int32(i + 1)
	}
	tokens := func(data []int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(data, b.Capacity, b.Length)
	}
	return Input{tokens(ids), tokens(positions), tokens(segments), tensors.FromFlatDataAndDimensions(counter, b.Segments)}
}

// Network is what a model's computation is built from: its configuration and
// the names and shapes of its weights, not their values.
type Network struct {
	Config
	Precision

	// Recompute keeps of a layer what its output follows from, and computes the
	// rest again on the way back: gradient checkpointing (Chen et al., arXiv 1604.06174).
	Recompute bool

	shapes []Weight // Data is nil
}

// WeightList returns the names and shapes of the weights, in the order of
// Model.WeightTensors and of Forward's parameters. Data is nil.
func (g Network) WeightList() []Weight { return g.shapes }

// Forward builds the graph from an Input's nodes to vectors
// [capacity, segments, hidden]; the vector of an absent row is zero. The
// weights are in encodingShapes' order.
func (g Network) Forward(weights, input []*Node) *Node {
	vectors, _ := g.pooled(g.encodingShapes(), weights, input)
	if g.Normalize {
		vectors = normalize(vectors)
	}
	return vectors
}

// ForwardKeep is Forward before normalisation, with what Backward needs of it.
func (g Network) ForwardKeep(weights, input []*Node) (vectors *Node, kept []*Node) {
	vectors, state := g.pooled(g.shapes, weights, input)
	return vectors, state.nodes(g.Recompute)
}

// Backward pulls a gradient over ForwardKeep's vectors back to the weights and
// adds it to the sums: one a weight, in WeightList's order. It ends above the
// frozen lowest blocks (see Block), whose sums are returned as they came.
func (g Network) Backward(weights, sums, input, kept []*Node, gradient *Node, frozen int) []*Node {
	b := backward{g.bert(g.shapes, weights), map[string]*Node{}, frozen, g.Recompute}
	for i, w := range g.shapes {
		b.sums[w.Name] = sums[i]
	}
	ids, positions, segments, counter := input[0], input[1], input[2], input[3]
	shares := g.Pooling.shares(segments, positions, counter, gradient)
	b.states(ids, positions, segments, newBertState(kept, g.Layers, g.Recompute), unpool(shares, gradient))
	out := make([]*Node, len(g.shapes))
	for i, w := range g.shapes {
		out[i] = b.sums[w.Name]
	}
	return out
}

func (g Network) pooled(shapes []Weight, weights, input []*Node) (*Node, bertState) {
	ids, positions, segments, counter := input[0], input[1], input[2], input[3]
	states, kept := g.bert(shapes, weights).states(ids, positions, segments)
	return pool(g.Pooling.shares(segments, positions, counter, states), states), kept
}

func (g Network) bert(shapes []Weight, weights []*Node) bert {
	byName := make(map[string]*Node, len(weights))
	for i, w := range shapes {
		byName[w.Name] = weights[i]
	}
	return bert{Config: g.Config, Precision: g.Precision, weight: func(name string) *Node { return byName[name] }}
}

// nodes lists the state, or of each layer its output alone, in newBertState's order.
func (s bertState) nodes(outputsAlone bool) []*Node {
	list := []*Node{s.embedded.unit, s.embedded.inverse}
	for _, l := range s.layers {
		list = append(list, l.out.unit, l.out.inverse)
		if !outputsAlone {
			list = append(list, l.query, l.key, l.value, l.weights, l.inverse, l.context, l.attended.unit, l.attended.inverse, l.inner)
		}
	}
	return list
}

func newBertState(nodes []*Node, layers int, outputsAlone bool) bertState {
	next := func() *Node {
		n := nodes[0]
		nodes = nodes[1:]
		return n
	}
	norm := func() normState { return normState{unit: next(), inverse: next()} }
	s := bertState{embedded: norm()}
	for range layers {
		l := layerState{out: norm()}
		if !outputsAlone {
			l.query, l.key, l.value, l.weights, l.inverse, l.context = next(), next(), next(), next(), next(), next()
			l.attended, l.inner = norm(), next()
		}
		s.layers = append(s.layers, l)
	}
	return s
}

// KeptBytes is the memory of what ForwardKeep keeps of a batch.
func (g Network) KeptBytes(b Batch) int {
	layer := g.HiddenSize + 1
	if !g.Recompute {
		layer += 5*g.HiddenSize + g.Intermediate + g.Heads*(b.Length+1) + 1
	}
	return 4 * b.Tokens() * (g.Layers*layer + g.HiddenSize + 1)
}

// sameSegment is [bins, length, length], true where two tokens of a bin are of one row.
func sameSegment(segments *Node) *Node {
	bins, length := segments.Shape().Dim(0), segments.Shape().Dim(1)
	return Equal(BroadcastToDims(InsertAxes(segments, -1), bins, length, length),
		BroadcastToDims(InsertAxes(segments, 1), bins, length, length))
}

// programs holds the executors of the process, by name and graph.
var programs struct {
	sync.Mutex
	byGraph map[string]*Exec
}

// Program returns the process's executor of a computation over the model's
// weights that is known by a name; build is called once for each new shape of
// the inputs. Models of one configuration share it, since weights are inputs.
func (m *Model) Program(name string, build func(g Network, inputs []*Node) []*Node) (*Exec, error) {
	g := m.Network
	key := name + g.key()
	programs.Lock()
	defer programs.Unlock()
	if exec, ok := programs.byGraph[key]; ok {
		return exec, nil
	}
	exec, err := NewExec(m.backend, func(inputs []*Node) []*Node { return build(g, inputs) })
	if err != nil {
		return nil, err
	}
	if programs.byGraph == nil {
		programs.byGraph = map[string]*Exec{}
	}
	exec.WithName(name).SetMaxCache(-1)
	programs.byGraph[key] = exec
	return exec, nil
}

// encodeProgram takes encodingWeights and an Input's tensors and returns Forward's vectors.
func (m *Model) encodeProgram() (*Exec, error) {
	return m.Program("encode", func(g Network, inputs []*Node) []*Node {
		n := len(inputs) - InputCount
		return []*Node{g.Forward(inputs[:n], inputs[n:])}
	})
}

// key names what the computation depends on.
func (g Network) key() string {
	return fmt.Sprint(g.Layers, g.Heads, g.HiddenSize, g.Intermediate, g.VocabSize, g.MaxPositions, g.PositionOffset, g.TypeVocab, g.Relative,
		g.Activation, g.LayerNormEps, g.Pooling, g.Normalize, g.Precision, g.Recompute)
}
