package encoder

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// backward is the way back through bert by hand: the chain rule, one operation
// after the other, from a gradient over the last states to one over each
// weight. It beats automatic differentiation on two counts: what the way there
// has computed is taken from bertState, in another program, so that the loss
// can be taken between the two; and each product is written in the order of
// axes that runs fastest.
type backward struct {
	bert
	sums      map[string]*Node // by weight; each operation adds its part
	frozen    int              // the lowest blocks, whose sums stay as they are
	recompute bool             // of the layers' state there is the output alone
}

// add adds a gradient to a weight's sum.
func (b backward) add(name string, gradient *Node) { b.sums[name] = Add(b.sums[name], gradient) }

// states pulls a gradient over bert.states' result [bins, length, hidden] back to the weights.
func (b backward) states(ids, positions, segments *Node, s bertState, gradient *Node) {
	bins, length := ids.Shape().Dim(0), ids.Shape().Dim(1)
	tokens := bins * length
	x := Reshape(gradient, tokens, b.HiddenSize)
	for i := b.Layers - 1; i >= 0; i-- {
		if 1+i < b.frozen {
			return // nothing below is trained
		}
		below := b.scaledBelow(i, s)
		layer := s.layers[i]
		if b.recompute {
			// Behind the barrier, so that XLA neither takes the way there's nor computes it before x is there.
			again := OptimizationBarriers(below, x)
			below, x = again[0], again[1]
			_, layer = b.bert.layer(i, below, b.attentionBias(segments))
			layer.out = s.layers[i].out
		}
		x = b.layer(i, layer, below, x)
	}
	if b.frozen > 0 {
		return
	}
	x = b.norm(embeddingNorm, s.embedded, x)
	b.table(wordTable, Reshape(ids, tokens, 1), x)
	b.table(positionTable, Reshape(b.positionRows(positions), tokens, 1), x)
	if b.TypeVocab > 0 {
		first := InsertAxes(ReduceSum(x, 0), 0)
		b.add(typeTable, Pad(first, ScalarZero(x.Graph(), x.DType()), PadAxis{End: b.TypeVocab - 1}, PadAxis{}))
	}
}

// scaledBelow is the input of layer i.
func (b backward) scaledBelow(i int, s bertState) *Node {
	if i == 0 {
		return b.scaled(embeddingNorm, s.embedded)
	}
	return b.scaled(layerPrefix(i-1)+outNorm, s.layers[i-1].out)
}

// table adds each token's gradient to its row of an embedding table's sum, in
// place: most rows of a large vocabulary have none.
func (b backward) table(name string, rows, x *Node) {
	b.sums[name] = ScatterSum(b.sums[name], rows, x, false, false)
}

// layer returns the gradient over a layer's input, given its input and the gradient over its output.
func (b backward) layer(i int, s layerState, input, x *Node) *Node {
	at := layerPrefix(i)
	sum := b.norm(at+outNorm, s.out, x)
	activated, slope := b.activation(s.inner)
	inner := Mul(b.dense(at+outDense, activated, sum), slope)
	middle := b.scaled(at+attendedNorm, s.attended)
	sum = Add(sum, b.dense(at+innerDense, middle, inner))

	sum = b.norm(at+attendedNorm, s.attended, sum)
	query, key, value := b.attention(s, b.dense(at+attendedDense, s.context, sum))
	for _, part := range []struct {
		name string
		x    *Node
	}{{queryDense, query}, {keyDense, key}, {valueDense, value}} {
		sum = Add(sum, b.dense(at+part.name, input, part.x))
	}
	return sum
}

// attention returns the gradients over query, key and value, each [tokens,
// hidden], given one over the context [tokens, hidden].
func (b backward) attention(s layerState, context *Node) (query, key, value *Node) {
	bins, length := s.query.Shape().Dim(0), s.query.Shape().Dim(2)
	out := b.splitHeads(s.context, bins, length)
	context = Mul(b.splitHeads(context, bins, length), s.inverse)
	value = b.product(s.weights, []int{2}, []int{0, 1}, context, []int{2}, []int{0, 1}) // [bins, heads, length, width]
	// The sum over a row of the weights' gradients, each times its weight, is that over the context's width.
	mean := ReduceAndKeep(Mul(context, out), ReduceSum, -1)
	scores := b.product(context, []int{3}, []int{0, 1}, s.value, []int{3}, []int{0, 1}) // [bins, heads, length, length]
	scores = Mul(s.weights, Sub(scores, mean))
	if b.Relative && b.frozen == 0 {
		b.add(relativeTable, b.relativeGradient(scores))
	}
	query = MulScalar(b.product(scores, []int{3}, []int{0, 1}, s.key, []int{2}, []int{0, 1}), b.attentionScale())
	key = b.product(scores, []int{2}, []int{0, 1}, s.query, []int{2}, []int{0, 1})
	return b.joinHeads(query), b.joinHeads(key), b.joinHeads(value)
}

// dense adds the gradients of a dense layer's weight and bias to the sums, and returns that over its input.
func (b backward) dense(name string, input, x *Node) *Node {
	weight := b.weight(name + ".weight")
	b.add(name+".bias", ReduceSum(x, 0))
	if out, in := weight.Shape().Dim(0), weight.Shape().Dim(1); out > in {
		// The narrower operand on the left is a third faster, transposition included.
		b.add(name+".weight", Transpose(b.product(input, []int{0}, nil, x, []int{0}, nil), 0, 1))
	} else {
		b.add(name+".weight", b.product(x, []int{0}, nil, input, []int{0}, nil))
	}
	return b.product(x, []int{1}, nil, weight, []int{0}, nil)
}

// norm adds the gradients of a layer norm's scale and shift to the sums, and returns that over its input.
func (b backward) norm(name string, s normState, x *Node) *Node {
	b.add(name+".weight", ReduceSum(Mul(x, s.unit), 0))
	b.add(name+".bias", ReduceSum(x, 0))
	x = Mul(x, ExpandLeftToRank(b.weight(name+".weight"), 2))
	mean := ReduceAndKeep(x, ReduceMean, -1)
	along := ReduceAndKeep(Mul(x, s.unit), ReduceMean, -1)
	return Mul(Sub(Sub(x, mean), Mul(s.unit, along)), s.inverse)
}

// activation returns the activation's value and slope.
func (b backward) activation(x *Node) (value, slope *Node) {
	switch b.Activation {
	case "relu":
		slope = ConvertDType(GreaterThan(x, ScalarZero(x.Graph(), x.DType())), x.DType())
		return Mul(x, slope), slope
	case "gelu_new":
		tanh := Tanh(tanhArgument(x))
		half := MulScalar(AddScalar(tanh, 1), 0.5)
		inner := MulScalar(AddScalar(MulScalar(Mul(x, x), 3*0.044715), 1), math.Sqrt(2/math.Pi))
		bend := MulScalar(Mul(x, Mul(OneMinus(Mul(tanh, tanh)), inner)), 0.5)
		return Mul(x, half), Add(half, bend)
	default:
		share := normalCDF(x)
		density := MulScalar(Exp(MulScalar(Mul(x, x), -0.5)), 1/math.Sqrt(2*math.Pi))
		return Mul(x, share), Add(share, Mul(x, density))
	}
}
