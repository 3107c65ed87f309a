package encoder

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/encoder/safetensors"
)

func load(t *testing.T, f *encodertest.Folder, opts Options) *Model {
	t.Helper()
	dir := t.TempDir()
	if err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	m, err := Load(context.Background(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fingerprint(t *testing.T, m *Model) string {
	t.Helper()
	sum, err := m.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestLoadErrors(t *testing.T) {
	const word = "embeddings.word_embeddings.weight"
	tensor := func(name string, edit func(w *safetensors.Float32Tensor)) func(f *encodertest.Folder) {
		return func(f *encodertest.Folder) {
			i := slices.IndexFunc(f.Tensors, func(w safetensors.Float32Tensor) bool { return w.Name == name })
			edit(&f.Tensors[i])
		}
	}
	weightsAs := func(name string) func(dir string) error {
		return func(dir string) error {
			return os.Rename(filepath.Join(dir, "model.safetensors"), filepath.Join(dir, name))
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(f *encodertest.Folder) // before the folder is written
		after func(dir string) error      // and after
		opts  Options
		want  []string
	}{
		{name: "no weights", spoil: func(f *encodertest.Folder) { f.Tensors = nil },
			want: []string{"want model.safetensors, got no weights"}},
		{name: "a pickle only", after: weightsAs("pytorch_model.bin"),
			want: []string{"want model.safetensors, got only pytorch_model.bin", "a pickle can run code", "save_pretrained(safe_serialization=True)"}},
		{name: "TensorFlow only", after: weightsAs("tf_model.h5"), want: []string{"got only tf_model.h5"}},
		{name: "a tensor missing", spoil: tensor("encoder.layer.1.output.dense.bias", func(w *safetensors.Float32Tensor) { w.Name = "x" }),
			want: []string{"model.safetensors", "encoder.layer.1.output.dense.bias"}},
		{name: "fewer layers than said", spoil: func(f *encodertest.Folder) { f.Config["num_hidden_layers"] = 3 },
			want: []string{"encoder.layer.2.attention.self.query.weight"}},
		{name: "another shape", spoil: func(f *encodertest.Folder) { f.Config["intermediate_size"] = 64 },
			want: []string{"encoder.layer.0.intermediate.dense.weight: want shape [64 16] from config.json, got [32 16]"}},
		{name: "turned round", spoil: tensor(word, func(w *safetensors.Float32Tensor) { slices.Reverse(w.Shape) }),
			want: []string{word + ": want shape [89 16] from config.json, got [16 89]"}},
		{name: "truncated", after: func(dir string) error { return os.Truncate(filepath.Join(dir, "model.safetensors"), 10000) },
			want: []string{"model.safetensors: want 31936 bytes of tensors, got 6200 in the file"}},
		{name: "empty", after: func(dir string) error { return os.Truncate(filepath.Join(dir, "model.safetensors"), 0) },
			want: []string{"model.safetensors: want 8 bytes"}},
		{name: "no tokenizer", spoil: func(f *encodertest.Folder) { delete(f.Files, "vocab.txt") },
			want: []string{"want tokenizer.json or vocab.txt, got neither"}},
		{name: "a tokenizer of another model", spoil: func(f *encodertest.Folder) { f.Files["vocab.txt"] = f.Files["vocab.txt"].(string) + "one\ntwo\n" },
			want: []string{"want a tokenizer of at most vocab_size 89 tokens", "got one of 91"}},
		{name: "texts longer than the positions", opts: Options{MaxLength: 129},
			want: []string{"want a maximum length between 3 and the model's 128 positions, got 129"}},
		{name: "texts of no length", opts: Options{MaxLength: -1}, want: []string{"want a maximum length between 3 and the model's 128 positions, got -1"}},
		{name: "a layer that is not there", opts: Options{KeepLayers: []int{0, 2}},
			want: []string{"keeping layers [0 2]: want distinct layers between 0 and 1, got 2"}},
		{name: "a layer twice", opts: Options{KeepLayers: []int{1, 1}}, want: []string{"want distinct layers between 0 and 1, got 1"}},
		{name: "a layer before the first", opts: Options{KeepLayers: []int{-1}}, want: []string{"between 0 and 1, got -1"}},
		{name: "no layer", opts: Options{KeepLayers: []int{}}, want: []string{"keeping layers []: want at least one"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, f := t.TempDir(), encodertest.Tiny()
			if c.spoil != nil {
				c.spoil(f)
			}
			if err := f.Write(dir); err != nil {
				t.Fatal(err)
			}
			if c.after != nil {
				if err := c.after(dir); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Load(context.Background(), dir, c.opts)
			for _, want := range append(c.want, dir) {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("want %s, got %v", want, err)
				}
			}
		})
	}
}

// TestCheckpointsOfAHead: a checkpoint saved from a model with a head has
// "bert." before each name and tensors of the head besides, and the first ones
// called the norms' weights gamma and beta.
func TestCheckpointsOfAHead(t *testing.T) {
	pooler := safetensors.Float32Tensor{Name: "pooler.dense.bias", Shape: []int{encodertest.Hidden}, Data: make([]float32, encodertest.Hidden)}
	plain := encodertest.Tiny()
	plain.Tensors = append(plain.Tensors, pooler)
	want := load(t, plain, Options{})

	for _, gamma := range []bool{false, true} {
		f := encodertest.Tiny()
		f.Tensors = append(f.Tensors, pooler)
		for i := range f.Tensors {
			name := "bert." + f.Tensors[i].Name
			if gamma {
				name = strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta").Replace(name)
			}
			f.Tensors[i].Name = name
		}
		f.Tensors = append(f.Tensors, safetensors.Float32Tensor{Name: "cls.predictions.bias", Shape: []int{89}, Data: make([]float32, 89)})
		got := load(t, f, Options{})
		if fingerprint(t, got) != fingerprint(t, want) {
			t.Errorf("gamma and beta %t: want the same model as without a head", gamma)
		}
		dir := filepath.Join(t.TempDir(), "saved")
		if err := got.Save(dir, "", nil); err != nil {
			t.Fatal(err)
		}
		saved, err := safetensors.OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer saved.Close()
		if names := saved.Names(); len(names) != len(plain.Tensors) || !slices.Contains(names, "pooler.dense.bias") || !slices.Contains(names, "embeddings.LayerNorm.weight") {
			t.Errorf("gamma and beta %t: want the model's own tensors under today's names, got %q", gamma, names)
		}
	}
}

func TestKeptLayersAreTheCheckpoints(t *testing.T) {
	student, err := load(t, encodertest.Deep(4), Options{KeepLayers: []int{3, 1}}).Weights()
	if err != nil {
		t.Fatal(err)
	}
	teacher := encodertest.Deep(4).Tensors
	for _, w := range student {
		name := strings.NewReplacer("layer.0.", "layer.3.", "layer.1.", "layer.1.").Replace(w.Name)
		i := slices.IndexFunc(teacher, func(t safetensors.Float32Tensor) bool { return t.Name == name })
		if !slices.Equal(w.Data, teacher[i].Data) {
			t.Errorf("%s is not the teacher's %s", w.Name, name)
		}
	}
	if got, want := len(student), 5+2*16; got != want {
		t.Errorf("want %d weights, got %d", want, got)
	}
}

// TestTextsWithoutWords: a text of nothing is [CLS] and [SEP], whatever the nothing is made of.
func TestTextsWithoutWords(t *testing.T) {
	m := load(t, encodertest.Tiny().Plain(), Options{})
	vectors, err := m.Encode(context.Background(), []string{"", " \t\n\u00a0\u2028", "\x00\u200b\ufffd", "heat"}, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 3; i++ {
		if d := distance(vectors[0], vectors[i]); d > 1e-5 {
			t.Errorf("text %d differs from the empty one by %g", i, d)
		}
	}
	if d := distance(vectors[0], vectors[3]); d < 1e-3 {
		t.Error("a word changes nothing")
	}
	if n := norm(vectors[3]); math.Abs(n-1) < 1e-3 {
		t.Errorf("a plain folder's vectors have length %g, want them not normalised", n)
	}
}

// TestEncodeLength: the device would take the last position's row for those beyond it.
func TestEncodeLength(t *testing.T) {
	m := load(t, encodertest.Tiny(), Options{MaxLength: 16})
	for length, want := range map[int]string{
		-1: "want a maximum length between 3 and the model's 128 positions, got -1", 2: "got 2", 129: "got 129",
		0: "", 3: "", 128: "",
	} {
		_, err := m.Encode(context.Background(), []string{"heat"}, EncodeOptions{MaxLength: length})
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), m.Dir)) {
			t.Errorf("%d: want %s, got %v", length, want, err)
		}
	}
}

func TestCancelledEncode(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	m := load(t, encodertest.Tiny(), Options{})
	cancel()
	if _, err := m.Encode(ctx, []string{"heat"}, EncodeOptions{}); err != context.Canceled {
		t.Errorf("want %v, got %v", context.Canceled, err)
	}
}
