package encoder

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder/safetensors"
)

// familyFolders hold small random models as transformers writes them, and what it makes of texts (bench/goldens/families.py).
var familyFolders = []string{"distilbert", "roberta", "xlm_roberta", "mpnet"}

// familyGolden is the golden.json of such a folder.
type familyGolden struct {
	Cases []struct {
		Text   string
		IDs    []int32
		Cut    []int32 `json:"ids_max_8"`
		Vector []float32
	}
	// Gradients are, by the checkpoint's names, the norm of a weight's and its sum with the cosine of each place.
	Gradients map[string][2]float64
}

func (g familyGolden) texts() []string {
	var texts []string
	for _, c := range g.Cases {
		texts = append(texts, c.Text)
	}
	return texts
}

func loadFamily(t *testing.T, name string) (*Model, familyGolden) {
	t.Helper()
	dir := filepath.Join("testdata", name)
	m, err := Load(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var golden familyGolden
	data, err := os.ReadFile(filepath.Join(dir, "golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	return m, golden
}

func TestFamilies(t *testing.T) {
	for _, name := range familyFolders {
		t.Run(name, func(t *testing.T) {
			m, golden := loadFamily(t, name)
			if m.MaxLength != 40 {
				t.Errorf("want texts cut at the 40 positions that there are for tokens, got %d", m.MaxLength)
			}
			vectors, err := m.Encode(context.Background(), golden.texts(), EncodeOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range golden.Cases {
				if got := m.tokenizer.Encode(c.Text, 0); !slices.Equal(got, c.IDs) {
					t.Errorf("%q: want %v, got %v", c.Text, c.IDs, got)
				}
				if got := m.Tokenize(c.Text, 8); !slices.Equal(got, c.Cut) {
					t.Errorf("%q cut at 8: want %v, got %v", c.Text, c.Cut, got)
				}
				if d := distance(vectors[i], c.Vector); d > 1e-5 {
					t.Errorf("%q: want the vector of transformers, got one that differs by %g", c.Text, d)
				}
			}
		})
	}
}

// TestFamiliesGradients holds the way back to PyTorch's: the gradient of the sum of
// all vectors' elements, each times the sine of its place.
func TestFamiliesGradients(t *testing.T) {
	for _, name := range familyFolders {
		t.Run(name, func(t *testing.T) {
			m, golden := loadFamily(t, name)
			rows := m.TokenizeAll(golden.texts(), "", 0)
			batch := Batch{Capacity: 3, Length: 120, Segments: len(rows)}
			filled := batch.Length
			for i, row := range rows {
				if filled += len(row); filled > batch.Length {
					batch.Bins, filled = append(batch.Bins, nil), len(row)
				}
				last := len(batch.Bins) - 1
				batch.Bins[last] = append(batch.Bins[last], i)
			}
			gradient := make([]float32, batch.Capacity*batch.Segments*m.HiddenSize)
			batch.Each(func(row, at int) {
				for d := range m.HiddenSize {
					gradient[at*m.HiddenSize+d] = float32(math.Sin(float64(1 + row*m.HiddenSize + d)))
				}
			})
			program, err := m.Program("gradients", func(g Network, in []*Node) []*Node {
				n := len(g.shapes)
				weights, input, gradient := in[:n], in[n:n+InputCount], in[len(in)-1]
				_, kept := g.ForwardKeep(weights, input)
				var sums []*Node
				for _, w := range weights {
					sums = append(sums, ZerosLike(w))
				}
				return g.Backward(weights, sums, input, kept, gradient, 0)
			})
			if err != nil {
				t.Fatal(err)
			}
			args := append(asInputs(m.WeightTensors()), m.Lay(batch, rows).Tensors()...)
			args = append(args, tensors.FromFlatDataAndDimensions(gradient, batch.Capacity, batch.Segments, m.HiddenSize))
			got, err := program.Call(args...)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(golden.Gradients) {
				t.Errorf("want gradients of %d weights, got %d", len(golden.Gradients), len(got))
			}
			for i, w := range m.WeightList() {
				want, ok := golden.Gradients[m.family.stored(w.Name)]
				data, err := tensors.CopyFlatData[float32](got[i])
				if err != nil || !ok {
					t.Fatalf("%s: want a gradient of PyTorch's, got none: %v", m.family.stored(w.Name), err)
				}
				switch w.Name { // PyTorch trains no row of the padding token, which one of the texts has
				case wordTable:
					clear(data[int(m.tokenizer.PadID())*m.HiddenSize:][:m.HiddenSize])
				case positionTable:
					clear(data[:m.PositionOffset*m.HiddenSize])
				}
				squares, cosines := 0.0, 0.0
				for k, x := range data {
					squares += float64(x) * float64(x)
					cosines += float64(x) * math.Cos(float64(k))
				}
				// A key's bias moves no attention: its gradient is what rounding leaves.
				tolerance := math.Max(2e-4*want[0], 1e-4)
				if math.Abs(math.Sqrt(squares)-want[0]) > tolerance || math.Abs(cosines-want[1]) > tolerance {
					t.Errorf("%s: want norm %g and sum %g, got %g and %g", w.Name, want[0], want[1], math.Sqrt(squares), cosines)
				}
			}
		})
	}
}

// TestFamiliesSaved: a saved model has its family's configuration and names, and fewer layers where some were left out.
func TestFamiliesSaved(t *testing.T) {
	for _, name := range familyFolders {
		t.Run(name, func(t *testing.T) {
			m, _ := loadFamily(t, name)
			back := saved(t, m)
			if fingerprint(t, back) != fingerprint(t, m) {
				t.Error("want the model that was saved, got another")
			}
			if got, want := tensorNames(t, back.Dir), tensorNames(t, m.Dir); !slices.Equal(got, want) {
				t.Errorf("want tensors %q, got %q", want, got)
			}
			student, err := Load(context.Background(), m.Dir, Options{KeepLayers: []int{1}})
			if err != nil {
				t.Fatal(err)
			}
			if back := saved(t, student); back.Layers != 1 || fingerprint(t, back) != fingerprint(t, student) {
				t.Errorf("want the student of one layer that was saved, got one of %d", back.Layers)
			}
		})
	}
}

func tensorNames(t *testing.T, dir string) []string {
	t.Helper()
	file, err := safetensors.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return slices.Sorted(slices.Values(file.Names()))
}

// TestFamilyErrors: config.json is spoken of by the family's own keys.
func TestFamilyErrors(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"distilbert", `"dim": 32`, `"dim": 0`, "config.json: want dim as a positive whole number, got 0"},
		{"distilbert", `"activation": "gelu"`, `"activation": "silu"`, `want activation one of gelu, gelu_new, relu, got "silu"`},
		{"distilbert", `"n_heads": 4`, `"n_heads": 5`, "want dim divisible by n_heads, got 32 and 5"},
		{"roberta", `"max_position_embeddings": 42`, `"max_position_embeddings": 4`, "want max_position_embeddings of at least 5, got 4"},
		{"roberta", `"pad_token_id": 1`, `"pad_token_id": -1`, "want pad_token_id as a whole number, got -1"},
		{"mpnet", `"relative_attention_num_buckets": 32`, `"relative_attention_num_buckets": 16`, "want relative_attention_num_buckets 32, got 16"},
		{"mpnet", `"model_type": "mpnet"`, `"model_type": "nomic_bert"`, `want model_type one of bert, distilbert, roberta, xlm-roberta, camembert, mpnet, got "nomic_bert"`},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", c.name, "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		spoilt := strings.Replace(string(data), c.from, c.to, 1)
		if spoilt == string(data) {
			t.Fatalf("%s: want %s in config.json, got none", c.name, c.from)
		}
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(spoilt), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadConfig(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %s, got %v", c.name, c.want, err)
		}
	}
}

// TestLongerThanThePositions: sentence-transformers writes a RoBERTa's length as the position table's rows, which are two too many.
func TestLongerThanThePositions(t *testing.T) {
	m, _ := loadFamily(t, "roberta")
	back := saved(t, m)
	file := filepath.Join(back.Dir, "sentence_bert_config.json")
	for length, want := range map[string]int{"42": 40, "12": 12, "43": 0} {
		if err := os.WriteFile(file, []byte(`{"max_seq_length": `+length+`}`), 0o666); err != nil {
			t.Fatal(err)
		}
		c, err := ReadConfig(back.Dir)
		if c.MaxLength != want || (err != nil) != (want == 0) {
			t.Errorf("%s: want %d tokens, got %d, %v", length, want, c.MaxLength, err)
		}
	}
}

// TestRelativeBuckets holds the rows of far distances against PyTorch's, whose logarithm is of float32.
func TestRelativeBuckets(t *testing.T) {
	for distance, want := range map[int]int{
		0: 0, 1: 17, -1: 1, -7: 7, -8: 8, -11: 8, -12: 9, -15: 9, -16: 10, -22: 10, -23: 11, -31: 11, -32: 12, -45: 12, -46: 13,
		-63: 13, -64: 14, -90: 14, -91: 15, -127: 15, -128: 15, -600: 15, 8: 24, 16: 26, 32: 28, 64: 30, 128: 31, 600: 31,
	} {
		if got := relativeBucket(distance); got != want {
			t.Errorf("distance %d: want row %d, got %d", distance, want, got)
		}
	}
}
