package train

import (
	"context"
	"syscall"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
)

// BenchmarkStep trains on the golden groups, eight queries with four documents
// each a step, and reports real tokens per second of wall and of processor time.
func BenchmarkStep(b *testing.B) {
	golden := cranfieldTrajectory(b)
	m := miniLM(b, encoder.Options{})
	opts := Options{Loss: only("ws2"), Temperature: 0.05, QueriesPerStep: 8, DocumentMaxLength: 192}
	if _, err := Train(context.Background(), m, golden.groups, opts); err != nil { // compiles
		b.Fatal(err)
	}
	tokens, padded := 0, 0
	before := processorSeconds()
	for b.Loop() {
		result, err := Train(context.Background(), m, golden.groups, opts)
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range result.Steps {
			tokens += s.Tokens
			padded += s.Padded
		}
	}
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
	b.ReportMetric(float64(tokens)/(processorSeconds()-before), "tokens/cpu-s")
	b.ReportMetric(100*(1-float64(tokens)/float64(padded)), "%padding")
}

func processorSeconds() float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}
