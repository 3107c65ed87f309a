package xla

import (
	"context"
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/internal/assets"
)

// BenchmarkMatmul is the rate of the matrix products of a MiniLM layer, 4,096
// tokens at once, in float32 and with both operands rounded to bfloat16: what
// no graph of ours can beat.
func BenchmarkMatmul(b *testing.B) {
	backend, err := Open(context.Background(), assets.Options{})
	if err != nil {
		b.Fatal(err)
	}
	const tokens, times = 4096, 10 // products a call, so that the call itself counts little
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		for _, shape := range [][2]int{{384, 384}, {384, 1536}, {1536, 384}} {
			in, out := shape[0], shape[1]
			b.Run(fmt.Sprintf("%s/%dx%d", dtype, in, out), func(b *testing.B) {
				exec, err := NewExec(backend, func(nodes []*Node) []*Node {
					x, w := ConvertDType(nodes[0], dtype), ConvertDType(nodes[1], dtype)
					var sum *Node
					for i := range times {
						y := DotGeneral(AddScalar(x, float64(i)), []int{1}, nil, w, []int{1}, nil)
						if sum == nil {
							sum = y
						} else {
							sum = Add(sum, y)
						}
					}
					return []*Node{ReduceAllSum(ConvertDType(sum, dtypes.Float32))}
				})
				if err != nil {
					b.Fatal(err)
				}
				x := tensors.FromFlatDataAndDimensions(make([]float32, tokens*in), tokens, in)
				w := tensors.FromFlatDataAndDimensions(make([]float32, in*out), out, in)
				call := func() {
					y, err := exec.Call1(x, w)
					if err != nil {
						b.Fatal(err)
					}
					tensors.ToScalar[float32](y)
				}
				call() // compiles
				for b.Loop() {
					call()
				}
				flops := 2 * float64(tokens*in*out) * times * float64(b.N)
				b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOPS")
			})
		}
	}
}
