package encoder

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// relativeBuckets is the rows of the table; transformers computes no other number, whatever config.json says.
const relativeBuckets = 32

// relativeBias is what MPNet adds to the attention of each two tokens by how
// far apart they stand, [heads, length, length]; all layers share it. Rows of
// a bin lie whole within it, so that distances in the bin are distances in the text.
func (b bert) relativeBias(g *Graph, length int) *Node {
	rows := Gather(b.weight(relativeTable), InsertAxes(b.bucketRows(g, length), -1)) // [length, length, heads]
	return TransposeAllAxes(rows, 2, 0, 1)
}

// relativeGradient sums a gradient over attention's scores [bins, heads,
// length, length] to one over the table of relativeBias.
func (b bert) relativeGradient(scores *Node) *Node {
	length := scores.Shape().Dim(2)
	rows := OneHot(b.bucketRows(scores.Graph(), length), relativeBuckets, scores.DType()) // [length, length, buckets]
	return DotGeneral(rows, []int{0, 1}, nil, ReduceSum(scores, 0), []int{1, 2}, nil)
}

// bucketRows is the table's row for each two tokens, int32 [length, length].
func (b bert) bucketRows(g *Graph, length int) *Node {
	buckets := make([]int32, 2*length-1)
	for i := range buckets {
		buckets[i] = int32(relativeBucket(i - (length - 1)))
	}
	square := shapes.Make(dtypes.Int32, length, length)
	from, to := Iota(g, square, 0), Iota(g, square, 1)
	return Gather(Const(g, buckets), InsertAxes(AddScalar(Sub(to, from), length-1), -1))
}

// relativeBucket is the table's row for a token that stands so many places
// behind another: near ones have a row each, far ones share it, those beyond 128 one.
// Source: MPNetEncoder.relative_position_bucket of Hugging Face transformers, in float32 as there.
func relativeBucket(distance int) int {
	const farthest, half = 128, relativeBuckets / 2
	row := 0
	if distance > 0 {
		row = half
	}
	n, exact := max(distance, -distance), half/2
	if n < exact {
		return row + n
	}
	share := float32(math.Log(float64(float32(n)/float32(exact)))) / float32(math.Log(farthest/float64(exact)))
	return row + min(half-1, exact+int(share*float32(half-exact)))
}
