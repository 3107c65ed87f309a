package index_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkTopK reports queries a second over 20,000 rows of 384, k 100.
func BenchmarkTopK(b *testing.B) {
	const rows, dim = 20_000, 384
	r := rand.New(rand.NewPCG(1, 1))
	v := write(b, "dot", random(r, rows, dim))
	for _, count := range []int{1, 1000} {
		queries := random(r, count, dim)
		b.Run(fmt.Sprintf("queries=%d", count), func(b *testing.B) {
			for b.Loop() {
				if _, err := v.TopK(context.Background(), queries, 100); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "queries/s")
		})
	}
}
