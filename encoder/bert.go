package encoder

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// bert builds the graph of one model out of its weights' nodes.
// Source: BertModel of Hugging Face transformers, without dropout.
type bert struct {
	Config
	weight func(name string) *Node
}

// states returns the last layer's states [bins, length, hidden] for token ids,
// positions and segments [bins, length].
func (b bert) states(ids, positions, segments *Node) *Node {
	bins, length := ids.Shape().Dim(0), ids.Shape().Dim(1)
	x := b.embeddings(ids, positions)

	// A bias so low that its softmax is exactly zero keeps attention within a row.
	g := ids.Graph()
	bias := Where(sameSegment(segments), ScalarZero(g, x.DType()), Scalar(g, x.DType(), -1e9))
	bias = BroadcastToDims(InsertAxes(bias, 1), bins, b.Heads, length, length)

	// Between the attentions a token needs no row: [tokens, hidden] makes every product a plain matrix product.
	x = Reshape(x, bins*length, b.HiddenSize)
	for i := range b.Layers {
		x = b.layer(i, x, bias)
	}
	return Reshape(x, bins, length, b.HiddenSize)
}

func (b bert) embeddings(ids, positions *Node) *Node {
	word := Gather(b.weight(wordTable), InsertAxes(ids, -1))
	position := Gather(b.weight(positionTable), InsertAxes(positions, -1))
	kind := InsertAxes(Slice(b.weight(typeTable), AxisRange(0, 1)), 0) // one segment of text: type 0
	return b.layerNorm("embeddings.LayerNorm", Add(Add(word, position), kind))
}

// layer is one Transformer layer over x [tokens, hidden].
func (b bert) layer(i int, x, bias *Node) *Node {
	at := layerPrefix(i)
	attended := b.dense(at+"attention.output.dense", b.attention(at+"attention.self.", x, bias))
	x = b.layerNorm(at+"attention.output.LayerNorm", Add(x, attended))
	inner := b.activate(b.dense(at+"intermediate.dense", x))
	return b.layerNorm(at+"output.LayerNorm", Add(x, b.dense(at+"output.dense", inner)))
}

// attention is multi-head self-attention over x [tokens, hidden]; bias is [bins, heads, length, length].
func (b bert) attention(at string, x, bias *Node) *Node {
	bins, length := bias.Shape().Dim(0), bias.Shape().Dim(3)
	width := b.HiddenSize / b.Heads
	heads := func(name string) *Node {
		return Reshape(b.dense(at+name, x), bins, length, b.Heads, width)
	}
	query, key, value := heads("query"), heads("key"), heads("value")
	scores := DotGeneral(query, []int{3}, []int{0, 2}, key, []int{3}, []int{0, 2}) // [bins, heads, length, length]
	weights := Softmax(Add(MulScalar(scores, 1/math.Sqrt(float64(width))), bias), -1)
	context := DotGeneral(weights, []int{3}, []int{0, 1}, value, []int{1}, []int{0, 2}) // [bins, heads, length, width]
	return Reshape(TransposeAllAxes(context, 0, 2, 1, 3), bins*length, b.HiddenSize)
}

// dense is x·Wᵀ + b, with W [out, in] as PyTorch stores it.
func (b bert) dense(name string, x *Node) *Node {
	y := DotGeneral(x, []int{x.Rank() - 1}, nil, b.weight(name+".weight"), []int{1}, nil)
	return Add(y, ExpandLeftToRank(b.weight(name+".bias"), y.Rank()))
}

func (b bert) layerNorm(name string, x *Node) *Node {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	variance := ReduceAndKeep(Mul(centred, centred), ReduceMean, -1)
	// Not Rsqrt: it has no gradient in GoMLX.
	unit := Div(centred, Sqrt(AddScalar(variance, b.LayerNormEps)))
	scaled := Mul(unit, ExpandLeftToRank(b.weight(name+".weight"), x.Rank()))
	return Add(scaled, ExpandLeftToRank(b.weight(name+".bias"), x.Rank()))
}

func (b bert) activate(x *Node) *Node {
	switch b.Activation {
	case "relu":
		return MaxScalar(x, 0)
	case "gelu_new":
		inner := MulScalar(Add(x, MulScalar(Mul(x, Mul(x, x)), 0.044715)), math.Sqrt(2/math.Pi))
		return Mul(MulScalar(x, 0.5), AddScalar(Tanh(inner), 1))
	default:
		return Mul(MulScalar(x, 0.5), AddScalar(Erf(MulScalar(x, 1/math.Sqrt2)), 1))
	}
}
