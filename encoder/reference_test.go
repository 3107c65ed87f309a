package encoder

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/encoder/safetensors"
)

// reference is BERT's way forward for one row alone, written from the paper's
// formulas in float64: no batch, no padding, nothing shared with the graph.
type reference struct {
	weights map[string]safetensors.Float32Tensor
	heads   int
}

func newReference(f *encodertest.Folder) reference {
	r := reference{map[string]safetensors.Float32Tensor{}, f.Config["num_attention_heads"].(int)}
	for _, w := range f.Tensors {
		r.weights[w.Name] = w
	}
	return r
}

// row is a row of a table.
func (r reference) row(table string, i int) []float64 {
	w := r.weights[table]
	row := make([]float64, w.Shape[1])
	for d := range row {
		row[d] = float64(w.Data[i*len(row)+d])
	}
	return row
}

func (r reference) dense(name string, x []float64) []float64 {
	y := make([]float64, len(r.weights[name+".bias"].Data))
	for out := range y {
		y[out] = float64(r.weights[name+".bias"].Data[out]) + dot(r.row(name+".weight", out), x)
	}
	return y
}

func (r reference) norm(name string, x []float64) []float64 {
	mean, variance := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	y := make([]float64, len(x))
	for d, v := range x {
		y[d] = (v-mean)/math.Sqrt(variance+1e-12)*float64(r.weights[name+".weight"].Data[d]) + float64(r.weights[name+".bias"].Data[d])
	}
	return y
}

// states are the last layer's, one a token.
func (r reference) states(ids []int32, layers int) [][]float64 {
	var states [][]float64
	for position, id := range ids {
		x := plus(r.row("embeddings.word_embeddings.weight", int(id)), r.row("embeddings.position_embeddings.weight", position))
		states = append(states, r.norm("embeddings.LayerNorm", plus(x, r.row("embeddings.token_type_embeddings.weight", 0))))
	}
	for i := range layers {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		contexts := r.attention(at+"attention.self.", states)
		for token, x := range states {
			x = r.norm(at+"attention.output.LayerNorm", plus(x, r.dense(at+"attention.output.dense", contexts[token])))
			inner := r.dense(at+"intermediate.dense", x)
			for d, v := range inner {
				inner[d] = v * (1 + math.Erf(v/math.Sqrt2)) / 2
			}
			states[token] = r.norm(at+"output.LayerNorm", plus(x, r.dense(at+"output.dense", inner)))
		}
	}
	return states
}

func (r reference) attention(at string, states [][]float64) [][]float64 {
	var queries, keys, values [][]float64
	for _, x := range states {
		queries, keys, values = append(queries, r.dense(at+"query", x)), append(keys, r.dense(at+"key", x)), append(values, r.dense(at+"value", x))
	}
	contexts := make([][]float64, len(states))
	for token := range states {
		contexts[token] = make([]float64, len(states[token]))
		width := len(states[token]) / r.heads
		for from := 0; from < len(states[token]); from += width {
			weights, sum := make([]float64, len(states)), 0.0
			for other := range states {
				weights[other] = math.Exp(dot(queries[token][from:from+width], keys[other][from:from+width]) / math.Sqrt(float64(width)))
				sum += weights[other]
			}
			for other, weight := range weights {
				for d := from; d < from+width; d++ {
					contexts[token][d] += weight / sum * values[other][d]
				}
			}
		}
	}
	return contexts
}

// vector pools and scales to unit length.
func (r reference) vector(states [][]float64, pooling Pooling) []float64 {
	vector := slices.Clone(states[0])
	if pooling == MeanPooling { // the scale takes care of the count
		for _, x := range states[1:] {
			vector = plus(vector, x)
		}
	}
	length := math.Sqrt(dot(vector, vector))
	for d := range vector {
		vector[d] /= length
	}
	return vector
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func plus(a, b []float64) []float64 {
	sum := slices.Clone(a)
	for i := range b {
		sum[i] += b[i]
	}
	return sum
}

// TestPoolingAgreesWithReference has rows that share a bin, where the first
// token of a row is not the first of the bin, and one that has its own.
func TestPoolingAgreesWithReference(t *testing.T) {
	texts := []string{"heat flow", "", "the pressure of the wing, 7", strings.Repeat("wing heat ", 40), "wings"}
	for _, pooling := range []Pooling{CLSPooling, MeanPooling} {
		f := encodertest.Tiny()
		f.Files["1_Pooling/config.json"] = map[string]any{"pooling_mode": string(pooling)}
		m := load(t, f, Options{})
		vectors, err := m.Encode(context.Background(), texts, EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		r := newReference(f)
		for i, text := range texts {
			want := r.vector(r.states(m.Tokenize(text, 0), encodertest.Layers), pooling)
			for d, v := range want {
				if math.Abs(v-float64(vectors[i][d])) > 1e-5 {
					t.Fatalf("%s pooling of %.20q: want %.5f, got %.5f", pooling, text, want, vectors[i])
				}
			}
		}
	}
}
