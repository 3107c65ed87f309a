package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gradus-ir/gradus/encoder"
)

// optimizer turns a step's summed gradients into new weights: AdamW over all of
// them, over those that are not frozen, or over low-rank adapters, with a
// moving average of the weights beside them where it is wanted. It is a pure
// description; what it carries from step to step is a list of named tensors.
type optimizer struct {
	AdamW
	frozen  int     // the lowest blocks that stay as they are: embeddings, then layers
	lora    LoRA    // Rank 0: none
	average float64 // decay of the moving average; 0: none
}

// LoRA trains, in the place of each dense layer's weight W of attention and
// feed-forward, two narrow matrices: W + Alpha/Rank · up · down. All else is
// frozen. The product is added into W in each step, so that the model is a
// plain one at any time.
// Source: Hu et al., arXiv 2106.09685.
type LoRA struct {
	Rank  int     // width of the adapters; 0 trains the weights themselves
	Alpha float64 // default 2·Rank
}

func (l LoRA) scale() float64 {
	if l.Alpha == 0 {
		return 2
	}
	return l.Alpha / float64(l.Rank)
}

func (o optimizer) String() string {
	return fmt.Sprintf("%+v", struct {
		AdamW
		Frozen  int
		LoRA    LoRA
		Average float64
	}{o.AdamW, o.frozen, o.lora, o.average})
}

// trains says whether a weight itself is moved.
func (o optimizer) trains(name string) bool { return o.lora.Rank == 0 && !o.isFrozen(name) }

// adapts says whether a weight is moved by adapters.
func (o optimizer) adapts(w encoder.Weight) bool {
	return o.lora.Rank > 0 && len(w.Shape) == 2 && strings.HasPrefix(w.Name, encoder.LayerPrefix) && !o.isFrozen(w.Name)
}

func (o optimizer) isFrozen(name string) bool { return encoder.Block(name) < o.frozen }

// Prefixes of the state's names, before a weight's.
const (
	firstMoment  = "first/"
	secondMoment = "second/"
	averaged     = "average/"
	base         = "base/" // the weight that adapters are added to
	down         = "down/" // [rank, in]
	up           = "up/"   // [out, rank]
)

// stateList names and shapes what the optimizer carries, in order.
func (o optimizer) stateList(weights []encoder.Weight) []encoder.Weight {
	var list []encoder.Weight
	moved := func(name string, shape ...int) {
		list = append(list, encoder.Weight{Name: firstMoment + name, Shape: shape}, encoder.Weight{Name: secondMoment + name, Shape: shape})
	}
	for _, w := range weights {
		if o.trains(w.Name) {
			moved(w.Name, w.Shape...)
		}
		if o.adapts(w) {
			narrow, wide := []int{o.lora.Rank, w.Shape[1]}, []int{w.Shape[0], o.lora.Rank}
			list = append(list, encoder.Weight{Name: base + w.Name, Shape: w.Shape},
				encoder.Weight{Name: down + w.Name, Shape: narrow}, encoder.Weight{Name: up + w.Name, Shape: wide})
			moved(down+w.Name, narrow...)
			moved(up+w.Name, wide...)
		}
		if o.average > 0 {
			list = append(list, encoder.Weight{Name: averaged + w.Name, Shape: w.Shape})
		}
	}
	return list
}

// begin fills a state list with what a run starts from: the model's weights for
// averages and bases, random numbers for the way down, zeros for the rest.
func (o optimizer) begin(state, weights []encoder.Weight, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0x10a4)) // apart from the order's
	for i := range state {
		s := &state[i]
		of := func(prefix string) bool { return strings.HasPrefix(s.Name, prefix) }
		switch {
		case of(averaged), of(base):
			_, name, _ := strings.Cut(s.Name, "/")
			at := slices.IndexFunc(weights, func(w encoder.Weight) bool { return w.Name == name })
			s.Data = slices.Clone(weights[at].Data)
		case of(down):
			s.Data = make([]float32, sizeOf(s.Shape))
			bound := 1 / math.Sqrt(float64(s.Shape[1]))
			for j := range s.Data {
				s.Data[j] = float32(bound * (2*random.Float64() - 1))
			}
		default:
			s.Data = make([]float32, sizeOf(s.Shape))
		}
	}
}

// moving is one tensor that AdamW moves, with its gradient.
type moving struct {
	name     string
	value    *Node
	gradient *Node
}

// moved lists what AdamW moves, from the weights, the state and the summed gradients.
func (o optimizer) moved(list []encoder.Weight, weights, sums []*Node, state map[string]*Node) []moving {
	var all []moving
	for i, w := range list {
		switch {
		case o.trains(w.Name):
			all = append(all, moving{w.Name, weights[i], sums[i]})
		case o.adapts(w):
			narrow, wide := state[down+w.Name], state[up+w.Name]
			all = append(all,
				moving{down + w.Name, narrow, MulScalar(DotGeneral(wide, []int{0}, nil, sums[i], []int{0}, nil), o.lora.scale())},
				moving{up + w.Name, wide, MulScalar(DotGeneral(sums[i], []int{1}, nil, narrow, []int{1}, nil), o.lora.scale())})
		}
	}
	return all
}

// updateGraph takes weights, state, sums and settings, and returns new weights, new state and zeros for the sums.
func (o optimizer) updateGraph(g encoder.Network, in []*Node) []*Node {
	list := g.WeightList()
	n := len(list)
	names := o.stateList(list)
	weights, sums, set := in[:n], in[n+len(names):2*n+len(names)], readSettings(in[2*n+len(names)])
	state := byName(names, in[n:])

	next := map[string]*Node{}
	for _, m := range o.moved(list, weights, sums, state) {
		next[m.name], next[firstMoment+m.name], next[secondMoment+m.name] =
			o.move(m.value, state[firstMoment+m.name], state[secondMoment+m.name], m.gradient, set)
	}
	var out []*Node
	for i, w := range list {
		weight := weights[i]
		if o.trains(w.Name) {
			weight = next[w.Name]
		}
		if o.adapts(w) {
			product := DotGeneral(next[up+w.Name], []int{1}, nil, next[down+w.Name], []int{0}, nil)
			weight = Add(state[base+w.Name], MulScalar(product, o.lora.scale()))
		}
		if o.average > 0 {
			next[averaged+w.Name] = Add(MulScalar(state[averaged+w.Name], o.average), MulScalar(weight, 1-o.average))
		}
		out = append(out, weight)
	}
	for _, s := range names {
		if node, ok := next[s.Name]; ok {
			out = append(out, node)
		} else {
			out = append(out, state[s.Name])
		}
	}
	for _, sum := range sums {
		out = append(out, ZerosLike(sum))
	}
	return out
}

// normGraph takes weights, state and sums, and returns the global norm of what is moved.
func (o optimizer) normGraph(g encoder.Network, in []*Node) []*Node {
	list := g.WeightList()
	n := len(list)
	names := o.stateList(list)
	total := ScalarZero(in[0].Graph(), dtypes.Float32)
	for _, m := range o.moved(list, in[:n], in[n+len(names):], byName(names, in[n:])) {
		total = Add(total, ReduceAllSum(Mul(m.gradient, m.gradient)))
	}
	return []*Node{Sqrt(total)}
}

func byName(names []encoder.Weight, nodes []*Node) map[string]*Node {
	byName := make(map[string]*Node, len(names))
	for i, s := range names {
		byName[s.Name] = nodes[i]
	}
	return byName
}

func sizeOf(shape []int) int {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return size
}
