package onnx

import (
	"fmt"
	"math"

	"github.com/gradus-ir/gradus/encoder"
)

// The inputs, as transformers' tokenizers name them.
const (
	inputIDs   = "input_ids"
	inputMask  = "attention_mask"
	inputTypes = "token_type_ids"
)

// bert adds a model's nodes to a graph.
// Source: BertModel and RobertaModel of Hugging Face transformers with eager
// attention, and sentence-transformers' Pooling and Normalize.
type bert struct {
	encoder.Config
	*graph
	typed bool // whether token types are an input: RoBERTa has one for all tokens
}

// newGraph is the graph of a model of a kind, as config.json names it.
func newGraph(c encoder.Config, kind string) *graph {
	b := bert{c, &graph{inputs: of(inputIDs, inputMask)}, kind == "bert"}
	if b.typed {
		b.inputs = append(b.inputs, inputTypes)
	}
	mask := b.op("mask", "Cast", of(inputMask), attribute{"to", typeFloat}) // [batch, length], 1 or 0
	x := b.embeddings()
	bias := b.attentionBias(mask)
	for i := range b.Layers {
		x = b.layer(fmt.Sprintf("encoder.layer.%d.", i), x, bias)
	}
	x = b.returns(output{name: "last_hidden_state", byToken: true, elements: b.HiddenSize})
	b.pool(x, mask)
	b.returns(output{name: "sentence_embedding", elements: b.HiddenSize})
	return b.graph
}

// of lists a node's inputs.
func of(values ...string) []string { return values }

// embeddings is [batch, length, hidden]. A text longer than the position table
// fails in the runtime: its positions would not fit its words.
func (b bert) embeddings() string {
	const at = "embeddings."
	sum := b.op(at+"word", "Gather", of(b.weight(at+"word_embeddings.weight", b.VocabSize, b.HiddenSize), inputIDs))
	if b.TypeVocab > 0 {
		sum = b.op(at+"word_and_type", "Add", of(sum, b.types(at+"type", b.weight(at+"token_type_embeddings.weight", b.TypeVocab, b.HiddenSize))))
	}
	return b.norm(at+"LayerNorm", b.op(at+"all", "Add", of(sum, b.positions(at))))
}

// types are the rows of the token types, of one for all where they are no input.
func (b bert) types(at, table string) string {
	first := b.ints("first", 0)
	if b.typed {
		return b.op(at, "Gather", of(table, inputTypes))
	}
	return b.op(at, "Slice", of(table, first, b.ints("second", 1), first))
}

// positions are the position table's rows of a text. RoBERTa does not count a
// padding token, in the midst of a text too: its row is that of its id.
func (b bert) positions(at string) string {
	table := b.weight(at+"position_embeddings.weight", b.PositionOffset+b.MaxPositions, b.HiddenSize)
	if b.PositionOffset == 0 {
		first := b.ints("first", 0)
		length := b.op(at+"length", "Shape", of(inputIDs), attribute{"start", 1}, attribute{"end", 2})
		return b.op(at+"position", "Slice", of(table, first, length, first)) // [length, hidden]
	}
	padding := b.ints("padding", int64(b.PositionOffset-1))
	other := b.op(at+"counted", "Not", of(b.op(at+"counted", "Equal", of(inputIDs, padding))))
	counted := b.op(at+"counted", "Cast", of(other), attribute{"to", typeInt64})
	count := b.op(at+"rows", "CumSum", of(counted, b.whole("along_text", 1)))
	rows := b.op(at+"rows", "Add", of(b.op(at+"rows", "Mul", of(count, counted)), padding))
	return b.op(at+"position", "Gather", of(table, rows)) // [batch, length, hidden]
}

// attentionBias is [batch, 1, 1, length]: 0 for a token, so low for padding that its softmax is exactly zero.
func (b bert) attentionBias(mask string) string {
	wide := b.op("mask", "Unsqueeze", of(mask, b.ints("heads_and_queries", 1, 2)))
	padding := b.op("mask", "Sub", of(b.float("one", 1), wide))
	return b.op("mask", "Mul", of(padding, b.float("lowest", -math.MaxFloat32)))
}

// layer is one Transformer layer over x [batch, length, hidden].
func (b bert) layer(at, x, bias string) string {
	h := b.HiddenSize
	context := b.attention(at+"attention.", x, bias)
	attended := b.dense(at+"attention.output.dense", context, h, h)
	x = b.norm(at+"attention.output.LayerNorm", b.op(at+"attention.output", "Add", of(attended, x)))
	inner := b.activate(at+"intermediate.act", b.dense(at+"intermediate.dense", x, b.Intermediate, h))
	out := b.dense(at+"output.dense", inner, h, b.Intermediate)
	return b.norm(at+"output.LayerNorm", b.op(at+"output", "Add", of(out, x)))
}

// attention is multi-head self-attention over x [batch, length, hidden].
func (b bert) attention(at, x, bias string) string {
	width := b.HiddenSize / b.Heads
	apart := b.ints("heads_apart", 0, 0, int64(b.Heads), int64(width)) // 0 keeps a dimension
	heads := func(name string, order ...int) string {
		states := b.dense(at+"self."+name, x, b.HiddenSize, b.HiddenSize)
		return b.op(at+"self."+name, "Transpose", of(b.op(at+"self."+name, "Reshape", of(states, apart))), attribute{"perm", order})
	}
	query, key, value := heads("query", 0, 2, 1, 3), heads("key", 0, 2, 3, 1), heads("value", 0, 2, 1, 3)
	scores := b.op(at+"scores", "MatMul", of(query, key)) // [batch, heads, length, length]
	scores = b.op(at+"scores", "Div", of(scores, b.float("root_of_width", float32(math.Sqrt(float64(width))))))
	scores = b.op(at+"scores", "Add", of(scores, bias))
	weights := b.op(at+"scores", "Softmax", of(scores), attribute{"axis", -1})
	context := b.op(at+"context", "MatMul", of(weights, value))
	context = b.op(at+"context", "Transpose", of(context), attribute{"perm", []int{0, 2, 1, 3}})
	return b.op(at+"context", "Reshape", of(context, b.ints("heads_together", 0, 0, int64(b.HiddenSize))))
}

// dense is x·Wᵀ + b, with W [out, in] in the file.
func (b bert) dense(name, x string, out, in int) string {
	product := b.op(name, "MatMul", of(x, b.matrix(name+".weight", out, in)))
	return b.op(name, "Add", of(product, b.weight(name+".bias", out)))
}

func (b bert) norm(name, x string) string {
	scale, shift := b.weight(name+".weight", b.HiddenSize), b.weight(name+".bias", b.HiddenSize)
	return b.op(name, "LayerNormalization", of(x, scale, shift), attribute{"axis", -1}, attribute{"epsilon", float32(b.LayerNormEps)})
}

// activate writes GELU in the steps that runtimes look for to make one of them: ONNX has it as an operator only from opset 20 on.
func (b bert) activate(at, x string) string {
	one, half := b.float("one", 1), b.float("half", 0.5)
	switch b.Activation {
	case "relu":
		return b.op(at, "Relu", of(x))
	case "gelu_new":
		cube := b.op(at+".cube", "Mul", of(x, b.op(at+".square", "Mul", of(x, x))))
		sum := b.op(at, "Add", of(x, b.op(at+".part", "Mul", of(cube, b.float("part_of_cube", 0.044715)))))
		tanh := b.op(at, "Tanh", of(b.op(at+".scaled", "Mul", of(sum, b.float("root_of_2_over_pi", float32(math.Sqrt(2/math.Pi)))))))
		return b.op(at, "Mul", of(b.op(at+".half", "Mul", of(x, half)), b.op(at+".tanh", "Add", of(tanh, one))))
	default:
		erf := b.op(at, "Erf", of(b.op(at, "Div", of(x, b.float("root_of_2", math.Sqrt2)))))
		return b.op(at, "Mul", of(b.op(at+".share", "Mul", of(x, b.op(at, "Add", of(erf, one)))), half))
	}
}

// pool makes one vector a text of x [batch, length, hidden]. The smallest divisors are sentence-transformers' and PyTorch's.
func (b bert) pool(x, mask string) string {
	first := b.ints("first", 0)
	var vector string // [batch, 1, hidden]
	switch b.Pooling {
	case encoder.CLSPooling:
		vector = b.op("pooling", "Gather", of(x, first), attribute{"axis", 1})
	default:
		tokens, last := b.ints("tokens", 1), b.ints("last", -1)
		shares := b.op("pooling", "Unsqueeze", of(mask, last)) // [batch, length, 1]
		sum := b.op("pooling", "ReduceSum", of(b.op("pooling", "Mul", of(x, shares)), tokens))
		count := b.op("pooling.count", "ReduceSum", of(shares, tokens))
		vector = b.op("pooling", "Div", of(sum, b.op("pooling", "Max", of(count, b.float("smallest_count", 1e-9)))))
	}
	vector = b.op("pooling", "Squeeze", of(vector, b.ints("tokens", 1)))
	if !b.Normalize {
		return vector
	}
	length := b.op("normalize", "ReduceL2", of(vector, b.ints("last", -1)))
	return b.op("normalize", "Div", of(vector, b.op("normalize", "Max", of(length, b.float("smallest_length", 1e-12)))))
}
