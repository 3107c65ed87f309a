package embedded

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/hybridgroup/yzma/pkg/llama"
)

// logitsOf gives tokens the probabilities p at temperature 1.
func logitsOf(p ...float64) []float32 {
	logits := make([]float32, len(p))
	for i, x := range p {
		logits[i] = float32(math.Log(x)) + 3 // a constant changes nothing
	}
	return logits
}

func frequencies(s sampling, logits []float32, draws int) []float64 {
	f := make([]float64, len(logits))
	sampler := newSampler(s, nil)
	for range draws {
		t, _ := sampler.draw(logits)
		f[t] += 1 / float64(draws)
	}
	return f
}

func TestDraw(t *testing.T) {
	logits := logitsOf(0.1, 0.5, 0.15, 0.25)
	for _, test := range []struct {
		name string
		s    sampling
		want []float64
	}{
		{"greedy", sampling{0, 1, 0, 1}, []float64{0, 1, 0, 0}},
		{"as it is", sampling{1, 1, 0, 1}, []float64{0.1, 0.5, 0.15, 0.25}},
		{"min-p", sampling{1, 1, 0.3, 1}, []float64{0, 0.5 / 0.9, 0.15 / 0.9, 0.25 / 0.9}},
		{"top-p", sampling{1, 0.75, 0, 1}, []float64{0, 2.0 / 3, 0, 1.0 / 3}},
		{"top-p keeps the token that crosses it", sampling{1, 0.76, 0, 1}, []float64{0, 0.5 / 0.9, 0.15 / 0.9, 0.25 / 0.9}},
		{"cooler", sampling{0.5, 1, 0, 1}, []float64{0.01 / 0.345, 0.25 / 0.345, 0.0225 / 0.345, 0.0625 / 0.345}},
	} {
		got := frequencies(test.s, logits, 40_000)
		for i := range got {
			if math.Abs(got[i]-test.want[i]) > 0.012 {
				t.Errorf("%s: want frequencies %.3f, got %.3f", test.name, test.want, got)
				break
			}
		}
	}
}

func TestDrawIsReproducible(t *testing.T) {
	logits := logitsOf(0.25, 0.25, 0.25, 0.25)
	draws := func(seed uint64) (got [32]llama.Token) {
		s := newSampler(sampling{1, 1, 0, seed}, nil)
		for i := range got {
			got[i], _ = s.draw(logits)
		}
		return got
	}
	first := draws(3)
	if again := draws(3); again != first {
		t.Error("the same seed drew differently")
	}
	if draws(4) == first {
		t.Error("seeds 3 and 4 drew the same")
	}
}

func BenchmarkDraw(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	logits := make([]float32, 151_936)
	for i := range logits {
		logits[i] = float32(random.NormFloat64() * 2.5)
	}
	for i := range 20 { // what a model thinks likely stands out
		logits[i*7000] = 14 + float32(i)/5
	}
	s := newSampler(sampling{0.8, 0.95, 0.05, 1}, nil)
	for b.Loop() {
		s.draw(logits)
	}
}
