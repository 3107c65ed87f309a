package onnx

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/encoder/encodertest"
)

var update = flag.Bool("update", false, "write testdata anew")

// folder writes a model's folder.
func folder(t testing.TB, f *encodertest.Folder) string {
	t.Helper()
	dir := t.TempDir()
	if err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// written is a folder's file, read back.
func written(t testing.TB, dir string) model {
	t.Helper()
	var file bytes.Buffer
	if err := Write(&file, dir); err != nil {
		t.Fatal(err)
	}
	return readModel(t, file.Bytes())
}

// TestSameVectors runs the written graph, one text padded beside another, and wants gradus's own vectors.
func TestSameVectors(t *testing.T) {
	for name, change := range map[string]func(*encodertest.Folder){
		"gelu, mean, normalised, 2 heads": func(*encodertest.Folder) {},
		"relu, cls, normalised, 4 heads, a coarse epsilon": func(f *encodertest.Folder) {
			f.Config["hidden_act"], f.Config["num_attention_heads"], f.Config["layer_norm_eps"] = "relu", 4, 0.1
			f.Files["1_Pooling/config.json"] = map[string]any{"pooling_mode_cls_token": true}
		},
		"gelu_new, mean, any length": func(f *encodertest.Folder) {
			f.Config["hidden_act"] = "gelu_new"
			f.Files["modules.json"] = f.Files["modules.json"].([]map[string]any)[:2]
		},
		"RoBERTa": func(f *encodertest.Folder) {
			f.Config["model_type"] = "roberta"
			f.Files["sentence_bert_config.json"] = map[string]any{"max_seq_length": 64}
		},
	} {
		f := encodertest.Tiny()
		change(f)
		dir := folder(t, f)
		m, err := encoder.Load(context.Background(), dir, encoder.Options{})
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{"the flow of heat", "wing", "a pressure, and of the wings: how high is 42?"}
		want, err := m.Encode(context.Background(), texts, encoder.EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := written(t, dir).run(t, padded(m, texts))["sentence_embedding"]
		for i, vector := range want {
			for j, x := range vector {
				if y := got.data[i*len(vector)+j]; math.Abs(float64(x)-y) > 1e-5 {
					t.Errorf("%s: text %d, element %d: want %g, got %g", name, i, j, x, y)
					break
				}
			}
		}
	}
}

// padded is the graph's inputs for texts. What stands in the padding must not matter: it is token 7.
func padded(m *encoder.Model, texts []string) map[string]array {
	rows, longest := make([][]int32, len(texts)), 0
	for i, text := range texts {
		rows[i] = m.Tokenize(text, 0)
		longest = max(longest, len(rows[i]))
	}
	shape := []int{len(texts), longest}
	return map[string]array{
		inputTypes: newArray(shape...),
		inputMask: fill(shape, func(at []int) float64 {
			if at[1] < len(rows[at[0]]) {
				return 1
			}
			return 0
		}),
		inputIDs: fill(shape, func(at []int) float64 {
			if at[1] < len(rows[at[0]]) {
				return float64(rows[at[0]][at[1]])
			}
			return 7
		}),
	}
}

// TestFile holds the file's structure: its versions, inputs, outputs, and each node with what it reads.
func TestFile(t *testing.T) {
	m := written(t, folder(t, encodertest.Deep(1)))
	var text strings.Builder
	fmt.Fprintf(&text, "ir %d, opset %d\n", m.ir, m.opset)
	for _, line := range m.inputs {
		fmt.Fprintf(&text, "in  %s\n", line)
	}
	for _, line := range m.outputs {
		fmt.Fprintf(&text, "out %s\n", line)
	}
	made := map[string]bool{}
	for _, n := range m.nodes {
		if made[n.output] {
			t.Errorf("want one node to make %s, got two", n.output)
		}
		made[n.output] = true
		var in []string
		for _, name := range n.inputs {
			if tensor, ok := m.tensors[name]; ok {
				name += strings.ReplaceAll(fmt.Sprint(tensor.shape), " ", ",")
			}
			in = append(in, name)
		}
		fmt.Fprintf(&text, "%s = %s(%s)\n", n.output, n.op, strings.Join(in, ", "))
	}
	const golden = "testdata/tiny.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("want %s, which go test -update writes anew, got:\n%s", golden, text.String())
	}
}

// TestWeights: a matrix is turned over, and nothing else is changed on the way.
func TestWeights(t *testing.T) {
	f := encodertest.Tiny()
	m := written(t, folder(t, f))
	for _, w := range f.Tensors {
		want := array{w.Shape, nil}
		for _, x := range w.Data {
			want.data = append(want.data, float64(x))
		}
		got, ok := m.tensors[w.Name]
		if !ok {
			got = m.tensors[w.Name+".T"]
			want = operators["Transpose"](readNode{numbers: map[string][]int{"perm": {1, 0}}}, []array{want})
		}
		if !slices.Equal(got.shape, want.shape) || !slices.Equal(got.data, want.data) {
			t.Errorf("%s: want it as in the model's file, got another of shape %v", w.Name, got.shape)
		}
	}
}

func TestRefusals(t *testing.T) {
	for want, change := range map[string]func(*encodertest.Folder){
		`config.json: want model_type one of bert, roberta, xlm-roberta, camembert to write ONNX, got "mpnet"`: func(f *encodertest.Folder) { f.Config["model_type"] = "mpnet" },
		"want a model of at most 2147483647 bytes":                                                             func(f *encodertest.Folder) { f.Config["vocab_size"] = 1 << 26 },
		"want shape [16 16] from config.json, got [4 64]":                                                      func(f *encodertest.Folder) { f.Tensors[5].Shape = []int{4, 64} },
		`tensor "embeddings.position_embeddings.weight": want it among`:                                        func(f *encodertest.Folder) { f.Tensors[1].Name = "other" },
	} {
		f := encodertest.Tiny()
		change(f)
		err := Write(io.Discard, folder(t, f))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	if err := Write(io.Discard, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want an error that there is no such folder, got %v", err)
	}
}

// full is a disk with room for so many bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errors.New("no room")
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	dir := folder(t, encodertest.Tiny())
	var file bytes.Buffer
	if err := Write(&file, dir); err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 100, file.Len() - 1} {
		disk := full(room)
		if err := Write(&disk, dir); err == nil {
			t.Errorf("want an error on a disk with room for %d of %d bytes, got none", room, file.Len())
		}
	}
}
