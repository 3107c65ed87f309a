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

// shares is [bins, segments, length]: what each token counts in each row's
// vector. counter is [segments]: 1, 2, …; see Input for the others. An absent row has no share.
func (p Pooling) shares(segments, positions, counter *Node, like *Node) *Node {
	bins, length, rows := segments.Shape().Dim(0), segments.Shape().Dim(1), counter.Shape().Dim(0)
	of := Equal(BroadcastToDims(InsertAxes(segments, 1), bins, rows, length),
		BroadcastToDims(InsertAxes(counter, 0, -1), bins, rows, length))
	if p == CLSPooling {
		first := Equal(positions, ZerosLike(positions))
		of = LogicalAnd(of, BroadcastToDims(InsertAxes(first, 1), bins, rows, length))
	}
	weight := ConvertDType(of, like.DType())
	return Div(weight, MaxScalar(ReduceAndKeep(weight, ReduceSum, -1), 1))
}

// pool reduces states [bins, length, hidden] to vectors [bins, segments, hidden].
func pool(shares, states *Node) *Node {
	return DotGeneral(shares, []int{2}, []int{0}, states, []int{1}, []int{0})
}

// unpool pulls a gradient over pool's vectors back to its states.
func unpool(shares, vectors *Node) *Node {
	return DotGeneral(shares, []int{1}, []int{0}, vectors, []int{1}, []int{0})
}

// normalize scales the last axis to unit length; shorter rows than 1e-12 are left as PyTorch leaves them.
func normalize(x *Node) *Node {
	squared := ReduceAndKeep(Mul(x, x), ReduceSum, -1)
	// The square root has no finite gradient at zero, where padding rows are.
	return Div(x, Sqrt(MaxScalar(squared, 1e-24)))
}
