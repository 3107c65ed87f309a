package encoder

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// bert builds the graph of one model out of its weights' nodes: BERT's, and
// what the configuration of another family takes away or adds.
// Source: BertModel of Hugging Face transformers, without dropout.
type bert struct {
	Config
	Precision
	weight func(name string) *Node
}

// bertState is what the way back needs of the way there.
type bertState struct {
	embedded normState
	layers   []layerState
}

// layerState is one layer's part of it. The states between layers are not
// kept: they follow from the norms'.
type layerState struct {
	query, key, value *Node     // [bins, heads, length, width]; query is scaled
	weights           *Node     // attention's before division by their sums, [bins, heads, length, length]
	inverse           *Node     // one over their sums, [bins, heads, length, 1]
	context           *Node     // [tokens, hidden]
	attended          normState // of the sum after attention
	inner             *Node     // [tokens, intermediate], before the activation
	out               normState // of the sum after the feed-forward
}

// normState is a layer norm before its scale and shift: unit has mean 0 and
// variance 1 in each row, inverse is one over the rows' deviation.
type normState struct {
	unit, inverse *Node // [tokens, hidden], [tokens, 1]
}

// states returns the last layer's states [bins, length, hidden] for token ids,
// positions and segments [bins, length].
func (b bert) states(ids, positions, segments *Node) (*Node, bertState) {
	bins, length := ids.Shape().Dim(0), ids.Shape().Dim(1)
	// Between the attentions a token needs no row: [tokens, hidden] makes every product a plain matrix product.
	x, embedded := b.embeddings(Reshape(ids, bins*length), Reshape(positions, bins*length))
	state := bertState{embedded: embedded}

	bias := b.attentionBias(segments)
	for i := range b.Layers {
		var layer layerState
		x, layer = b.layer(i, x, bias)
		state.layers = append(state.layers, layer)
	}
	return Reshape(x, bins, length, b.HiddenSize), state
}

// attentionBias is [bins, heads, length, length], so low between two rows that
// its softmax is exactly zero there: attention stays within a row.
func (b bert) attentionBias(segments *Node) *Node {
	g, bins, length := segments.Graph(), segments.Shape().Dim(0), segments.Shape().Dim(1)
	bias := Where(sameSegment(segments), ScalarZero(g, dtypes.Float32), Scalar(g, dtypes.Float32, -1e9))
	bias = BroadcastToDims(InsertAxes(bias, 1), bins, b.Heads, length, length)
	if b.Relative {
		bias = Add(bias, BroadcastToDims(InsertAxes(b.relativeBias(g, length), 0), bins, b.Heads, length, length))
	}
	return bias
}

// embeddings takes ids and positions [tokens].
func (b bert) embeddings(ids, positions *Node) (*Node, normState) {
	word := Gather(b.weight(wordTable), InsertAxes(ids, -1))
	sum := Add(word, Gather(b.weight(positionTable), InsertAxes(b.positionRows(positions), -1)))
	if b.TypeVocab > 0 {
		sum = Add(sum, Slice(b.weight(typeTable), AxisRange(0, 1))) // one segment of text: type 0
	}
	return b.layerNorm(embeddingNorm, sum)
}

// positionRows are the position table's rows of positions.
func (b bert) positionRows(positions *Node) *Node { return AddScalar(positions, b.PositionOffset) }

// layer is one Transformer layer over x [tokens, hidden].
func (b bert) layer(i int, x, bias *Node) (*Node, layerState) {
	at := layerPrefix(i)
	var s layerState
	b.attention(at, x, bias, &s)
	x, s.attended = b.layerNorm(at+attendedNorm, Add(x, b.dense(at+attendedDense, s.context)))
	s.inner = b.dense(at+innerDense, x)
	x, s.out = b.layerNorm(at+outNorm, Add(x, b.dense(at+outDense, b.activate(s.inner))))
	return x, s
}

// attention is multi-head self-attention over x [tokens, hidden]; bias is [bins, heads, length, length].
// The softmax's division comes last, over [length, width] in place of [length, length].
func (b bert) attention(at string, x, bias *Node, s *layerState) {
	bins, length := bias.Shape().Dim(0), bias.Shape().Dim(3)
	heads := func(name string) *Node { return b.splitHeads(b.dense(at+name, x), bins, length) }
	s.query = MulScalar(heads(queryDense), b.attentionScale())
	s.key, s.value = heads(keyDense), heads(valueDense)
	scores := Add(b.product(s.query, []int{3}, []int{0, 1}, s.key, []int{3}, []int{0, 1}), bias)
	s.weights = Exp(Sub(scores, ReduceAndKeep(scores, ReduceMax, -1)))
	s.inverse = Inverse(ReduceAndKeep(s.weights, ReduceSum, -1))
	context := b.product(s.weights, []int{3}, []int{0, 1}, s.value, []int{2}, []int{0, 1})
	s.context = b.joinHeads(Mul(context, s.inverse))
}

func (b bert) headWidth() int          { return b.HiddenSize / b.Heads }
func (b bert) attentionScale() float64 { return 1 / math.Sqrt(float64(b.headWidth())) }

// splitHeads lays [tokens, hidden] out as [bins, heads, length, width], joinHeads back again.
func (b bert) splitHeads(x *Node, bins, length int) *Node {
	return TransposeAllAxes(Reshape(x, bins, length, b.Heads, b.headWidth()), 0, 2, 1, 3)
}

func (b bert) joinHeads(x *Node) *Node {
	return Reshape(TransposeAllAxes(x, 0, 2, 1, 3), x.Shape().Dim(0)*x.Shape().Dim(2), b.HiddenSize)
}

// dense is x·Wᵀ + b, with W [out, in] as PyTorch stores it.
func (b bert) dense(name string, x *Node) *Node {
	return Add(b.denseProduct(x, name+".weight"), ExpandLeftToRank(b.weight(name+".bias"), 2))
}

func (b bert) layerNorm(name string, x *Node) (*Node, normState) {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	variance := ReduceAndKeep(Mul(centred, centred), ReduceMean, -1)
	// Not Rsqrt: it has no gradient in GoMLX.
	inverse := Inverse(Sqrt(AddScalar(variance, b.LayerNormEps)))
	s := normState{unit: Mul(centred, inverse), inverse: inverse}
	return b.scaled(name, s), s
}

// scaled is a norm's output.
func (b bert) scaled(name string, s normState) *Node {
	return Add(Mul(s.unit, ExpandLeftToRank(b.weight(name+".weight"), 2)), ExpandLeftToRank(b.weight(name+".bias"), 2))
}

func (b bert) activate(x *Node) *Node {
	switch b.Activation {
	case "relu":
		return MaxScalar(x, 0)
	case "gelu_new":
		return Mul(MulScalar(x, 0.5), AddScalar(Tanh(tanhArgument(x)), 1))
	default:
		return Mul(x, normalCDF(x))
	}
}

// tanhArgument is √(2/π)(x + 0.044715x³), of GELU's approximation.
func tanhArgument(x *Node) *Node {
	return MulScalar(Add(x, MulScalar(Mul(x, Mul(x, x)), 0.044715)), math.Sqrt(2/math.Pi))
}

// normalCDF is Φ(x), the share of the standard normal distribution below x.
func normalCDF(x *Node) *Node {
	return MulScalar(AddScalar(Erf(MulScalar(x, 1/math.Sqrt2)), 1), 0.5)
}
