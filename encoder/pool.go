package encoder

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Pooling is how the states of a text's tokens become one vector.
type Pooling string

// The poolings of sentence-transformers that BERT-family retrievers use.
const (
	MeanPooling Pooling = "mean" // the mean over the text's tokens, [CLS] and [SEP] included
	CLSPooling  Pooling = "cls"  // the state of [CLS]
)

// pool reduces states [bins, length, hidden] to one vector a row,
// [bins, segments, hidden]. counter is [segments]: 1, 2, …; see Input for the
// others. A product with the rows' indicator does it: [bins, segments, length].
func (p Pooling) pool(states, segments, positions, counter *Node) *Node {
	bins, length, rows := states.Shape().Dim(0), states.Shape().Dim(1), counter.Shape().Dim(0)
	of := Equal(BroadcastToDims(InsertAxes(segments, 1), bins, rows, length),
		BroadcastToDims(InsertAxes(counter, 0, -1), bins, rows, length))
	if p == CLSPooling {
		first := Equal(positions, ZerosLike(positions))
		of = LogicalAnd(of, BroadcastToDims(InsertAxes(first, 1), bins, rows, length))
	}
	weight := ConvertDType(of, states.DType())
	count := MaxScalar(ReduceAndKeep(weight, ReduceSum, -1), 1)
	return Div(DotGeneral(weight, []int{2}, []int{0}, states, []int{1}, []int{0}), count)
}

// normalize scales the last axis to unit length; shorter rows than 1e-12 are left as PyTorch leaves them.
func normalize(x *Node) *Node {
	squared := ReduceAndKeep(Mul(x, x), ReduceSum, -1)
	// The square root has no finite gradient at zero, where padding rows are.
	return Div(x, Sqrt(MaxScalar(squared, 1e-24)))
}
