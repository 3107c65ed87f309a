package encoder

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:staticcheck // graph code reads as algebra
)

// Pooling is how the states of a text's tokens become one vector.
type Pooling string

// The poolings of sentence-transformers that BERT-family retrievers use.
const (
	MeanPooling Pooling = "mean" // the mean over the text's tokens, [CLS] and [SEP] included
	CLSPooling  Pooling = "cls"  // the state of [CLS]
)

// pool reduces hidden states [rows, length, hidden] to [rows, hidden]; mask is
// [rows, length], true at tokens. A row without tokens becomes zero.
func (p Pooling) pool(hidden, mask *Node) *Node {
	if p == CLSPooling {
		return Squeeze(Slice(hidden, AxisRange(), AxisElem(0)), 1)
	}
	weight := InsertAxes(ConvertDType(mask, hidden.DType()), -1)
	count := MaxScalar(ReduceSum(weight, 1), 1)
	return Div(ReduceSum(Mul(hidden, weight), 1), count)
}

// normalize scales each row of [rows, hidden] to unit length; shorter rows than 1e-12 are left as PyTorch leaves them.
func normalize(x *Node) *Node {
	squared := ReduceAndKeep(Mul(x, x), ReduceSum, -1)
	// The square root has no finite gradient at zero, where padding rows are.
	return Div(x, Sqrt(MaxScalar(squared, 1e-24)))
}

// tokenMask is [rows, length], true where a row still has tokens.
func tokenMask(lengths *Node, rows, length int) *Node {
	position := Iota(lengths.Graph(), shapes.Make(dtypes.Int32, rows, length), 1)
	return LessThan(position, BroadcastToDims(InsertAxes(lengths, -1), rows, length))
}
